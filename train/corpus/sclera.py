"""The eyeball without its iris: a smooth surface, the texture of what is seen of it, and the shadow of the lid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.corpus.canvas import Canvas, smoothstep
from train.corpus.iris import LUMA, Disc

CARUNCLE = 0.3  # eye widths to the inner side, from which on flesh may cover the eyeball
LASHES_REACH = 0.08  # eye widths that lashes and the dark edge of the upper lid reach into the opening
TRACE = 0.6  # of the iris' radius around it, in which what is dark below it is its own trace


@dataclass(frozen=True, eq=False)
class Sclera:
    """The eyeball without its iris.

    Args:
        surface: (H, W, 3) as if the upper lid threw no shadow.
        drop: (H, W) share by which that shadow changes the light where it is deepest, negative.
        flesh: (H, W) 0..1, where the caruncle and the fold beside it lie on the eyeball.
        lashes: (H, W, 3) share of light that lashes and the edge of the upper lid leave it; they move with the lid.
    """

    surface: np.ndarray
    drop: np.ndarray
    flesh: np.ndarray
    lashes: np.ndarray

    def light(self, shadow: np.ndarray) -> np.ndarray:
        """(H, W, 1) share of light that a shadow, 1 at the lid, leaves."""
        return _light(self.drop, shadow)


def fill_sclera(
    image: np.ndarray,
    visible: np.ndarray,
    below: np.ndarray,
    shadow: np.ndarray,
    pixels: np.ndarray,
    disc: Disc,
    canvas: Canvas,
) -> Sclera:
    """Take the iris off the eyeball.

    Args:
        image: (H, W, 3) float32.
        visible: (H, W) soft mask of the opening.
        below: (H, W) depth below the upper lid, eye widths.
        shadow: (H, W) shadow of the upper lid, 1 at its edge.
        pixels: (H, W) which pixels surely show sclera.
    """
    x, y = canvas.x, canvas.y
    basis = np.stack([np.ones_like(x), x, y, x * x, shadow], axis=-1)
    coefficients = _fit_surface(image, pixels, basis, 1 / canvas.scale**2)
    low, high = np.percentile(image[pixels], [8, 92], axis=0).astype(np.float32)
    unshaded = np.clip(basis[..., :4] @ coefficients[:4], low, high)
    drop = float(coefficients[4] @ LUMA) / np.maximum(unshaded @ LUMA, 1)
    flat = image / _light(drop, shadow)

    # Fill the place of the iris: the surface, what the sclera around it departs from it, and its fine texture.
    weight = pixels.astype(np.float32)[..., None]
    departure = np.clip(flat - unshaded, -30, 30) * weight
    nearby = canvas.blur(np.dstack([departure, weight]), 0.066)
    local = nearby[..., :3] / (nearby[..., 3:] + 0.2)
    smooth = unshaded + local
    lashes = _lashes(flat, smooth, below, disc, canvas)
    keep = visible * beside_iris(disc, canvas) * (1 - _trace(flat, smooth, disc, canvas))
    flesh = visible * _flesh(flat, smooth, canvas)
    filled = smooth + _texture(departure - local * weight, pixels & (flesh < 0.1), disc, canvas)
    keep *= np.clip(1 - 4 * (1 - lashes.mean(-1)), 0, 1)
    surface = keep[..., None] * (flat / lashes) + (1 - keep[..., None]) * filled
    return Sclera(surface, drop, flesh, lashes)


def beside_iris(disc: Disc, canvas: Canvas) -> np.ndarray:
    """(H, W) 1 where the iris and its soft edge are surely not, 0 on it."""
    return 1 - smoothstep((_reached(disc) - disc.distance(canvas)) / (0.019 + disc.softness))


def _reached(disc: Disc) -> float:
    return 1.1 * disc.radius + 0.9 * disc.softness + 0.019


def _light(drop: np.ndarray, shadow: np.ndarray) -> np.ndarray:
    return np.clip(1 + drop * shadow, 0.4, 1.1)[..., None]


def _trace(flat: np.ndarray, smooth: np.ndarray, disc: Disc, canvas: Canvas) -> np.ndarray:
    """(H, W) 0..1 the dark that the iris leaves between itself and the lower lid."""
    darker = (smooth - flat) @ LUMA
    near = smoothstep(((1 + TRACE) * disc.radius - disc.distance(canvas)) / (0.3 * disc.radius))
    below = smoothstep((canvas.y - disc.center[1]) / disc.radius - 0.2)
    return smoothstep((darker - 8) / 14) * near * below


def _lashes(flat: np.ndarray, smooth: np.ndarray, below: np.ndarray, disc: Disc, canvas: Canvas) -> np.ndarray:
    """(H, W, 3) how dark it is near the upper lid, beside the iris, against the sclera there."""
    left = flat / np.maximum(smooth, 1)
    near = smoothstep((LASHES_REACH - below) / 0.03) * beside_iris(disc, canvas)
    near = near * smoothstep((0.92 - left @ LUMA) / 0.1)
    return 1 - near[..., None] * (1 - np.clip(left, 0.1, 1))


def _texture(rough: np.ndarray, pixels: np.ndarray, disc: Disc, canvas: Canvas) -> np.ndarray:
    """(H, W, 3) texture for the place of the iris: veins go on as they come, mirrored at its edge; else grain."""
    u, v = disc.coordinates(canvas.x, canvas.y)
    mirrored = np.where(u < 0, -1, 1) * np.maximum(2 * _reached(disc) - np.abs(u), np.abs(u))
    seen = canvas.blur(pixels.astype(np.float32), 0.02)
    veins = canvas.sample(np.dstack([np.clip(rough, -10, 10), seen * pixels]), *disc.place(mirrored, v))
    share = np.clip(veins[..., 3:], 0, 1)
    grain = min(1.2 * float(np.median(np.abs(rough[pixels] @ LUMA))), 3.5) * canvas.noise[..., None]
    return share * veins[..., :3] + np.sqrt(1 - share**2) * grain


def _flesh(flat: np.ndarray, smooth: np.ndarray, canvas: Canvas) -> np.ndarray:
    """(H, W) 0..1 where it is redder than sclera at the inner corner."""
    redness = flat[..., 0] - (flat[..., 1] + flat[..., 2]) / 2
    usual = smooth[..., 0] - (smooth[..., 1] + smooth[..., 2]) / 2
    redder = canvas.blur((redness - usual) / np.maximum(smooth.mean(-1), 30), 0.012)
    return smoothstep((redder - 0.1) / 0.12) * smoothstep((canvas.x - CARUNCLE) / 0.06)


def _fit_surface(image: np.ndarray, pixels: np.ndarray, basis: np.ndarray, pixel_area: float) -> np.ndarray:
    """Coefficients (5, 3) of a smooth colour model over `basis`, blind to lashes, veins, glints and the caruncle."""
    design, colors = basis[pixels], image[pixels]
    # Where lids and caruncle are taken for sclera, they are redder than what is sclera beside them.
    redness = (colors[:, 0] - colors[:, 2]) / np.maximum(colors.mean(1), 30)
    white = np.exp(-np.maximum(redness - np.percentile(redness, 30), 0) / 0.1)
    mean = np.median(colors[redness <= np.percentile(redness, 60)], axis=0)
    # What a small area leaves open is settled by how eyeballs look: darker to the corners and under the upper lid.
    ridge = np.diag([4e-7, 2e-4, 7e-4, 2e-3, 3.5e-4]) / pixel_area
    usual = np.outer([0, 0, 0, -0.8, -0.35], mean)
    weights = white
    for _ in range(4):
        weighted = design * weights[:, None]
        coefficients = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ (colors - mean) + ridge @ usual)
        residual = (colors - mean - design @ coefficients) @ LUMA
        spread = 1.48 * np.median(np.abs(residual)) + 1.0
        # Lashes and lid rims are dark, so what is darker than the model is trusted less.
        weights = white / (1 + (residual / np.where(residual < 0, 1.5 * spread, 2.5 * spread)) ** 4)
    # A slope in hue, continued past the pixels it was seen on, would tint the sclera; one in brightness is safe.
    grey = np.outer(coefficients @ LUMA, mean / max(mean @ LUMA, 1))
    coefficients = 0.3 * coefficients + 0.7 * grey
    coefficients[0] += mean + np.average(colors - mean - design @ coefficients, axis=0, weights=weights)
    return coefficients.astype(np.float32)
