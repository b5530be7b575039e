"""The two layers below the lids: the iris as a disc, completed where lids hide it, and the sclera without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.corpus.canvas import Canvas, smoothstep

LUMA = np.float32([0.299, 0.587, 0.114])
MIN_SOFTNESS, MAX_SOFTNESS = 0.019, 0.056  # half-width of the limbus, eye widths


@dataclass(frozen=True)
class Disc:
    """The iris: centre (frame coordinates), radius and half-width of its soft edge (eye widths)."""

    center: np.ndarray
    radius: float
    softness: float


def fit_disc(luma: np.ndarray, visible: np.ndarray, center: np.ndarray, radius: float, canvas: Canvas) -> Disc:
    """Settle the limbus on the strongest edge to the left and to the right of the iris, and measure its softness."""
    radii = radius * np.linspace(0.7, 1.35, 40)
    angles = np.radians(np.linspace(-35, 35, 15))
    edges, widths = {}, []
    for side in (-1, 1):
        x, y = center[0] + side * radii[:, None] * np.cos(angles), center[1] + radii[:, None] * np.sin(angles)
        seen = canvas.sample(visible, x, y) > 0.7
        enough = seen.sum(1) > 4
        if enough.sum() < 25:
            continue
        profile = (canvas.sample(luma, x, y) * seen).sum(1)[enough] / seen.sum(1)[enough]
        slope = np.gradient(np.convolve(np.pad(profile, 2, mode="edge"), np.ones(5) / 5, mode="valid"))
        peak = int(np.argmax(slope))
        if 2 < peak < len(slope) - 3 and slope[peak] > 0:
            edges[side] = radii[enough][peak]
            widths.append(0.7 * np.ptp(profile) / slope[peak] * (radii[1] - radii[0]))  # as steep as a smoothstep
    softness = float(np.clip(np.mean(widths or [0.0225]), MIN_SOFTNESS, MAX_SOFTNESS))
    if len(edges) == 2:
        shift = np.clip((edges[1] - edges[-1]) / 2, -0.12 * radius, 0.12 * radius)
        center = center + np.float32([shift, 0])
    if edges:
        radius = float(np.clip(np.mean(list(edges.values())), 0.88 * radius, 1.15 * radius))
    return Disc(center, radius, softness)


def radial_mean(values: np.ndarray, weights: np.ndarray, distance: np.ndarray, canvas: Canvas) -> np.ndarray:
    """The mean of `values` (H, W, 3) over pixels equally far from the iris centre, as an image."""
    place = distance * np.float32(canvas.scale)
    bins = (place + 0.5).astype(int)
    count = bins.max() + 1
    total = np.bincount(bins.ravel(), weights.ravel(), count)
    sums = [np.bincount(bins.ravel(), (values[..., c] * weights).ravel(), count) for c in range(3)]
    known = np.flatnonzero(total > 0.5)
    nearest = known[np.abs(np.arange(count)[:, None] - known).argmin(1)]
    profile = (np.stack(sums, axis=-1) / np.maximum(total, 0.5)[:, None])[nearest]
    return np.stack([np.interp(place, np.arange(count), c) for c in profile.T], axis=-1).astype(np.float32)


def complete_iris(image: np.ndarray, visible: np.ndarray, disc: Disc, canvas: Canvas) -> np.ndarray:
    """The whole iris: what the lids hide comes from the other half, else from the mean at that radius."""
    distance, solid = canvas.distance(disc.center), visible**2
    radial = radial_mean(image, solid * (distance < 1.3 * disc.radius), distance, canvas)
    mirrored = canvas.sample(np.dstack([image, solid]), canvas.x, 2 * disc.center[1] - canvas.y)
    mirror_seen = np.clip(mirrored[..., 3:], 0, 1)
    hidden = mirror_seen * mirrored[..., :3] + (1 - mirror_seen) * radial
    return solid[..., None] * image + (1 - solid[..., None]) * hidden


@dataclass(frozen=True)
class Sclera:
    """The eyeball without its iris.

    Args:
        surface: (H, W, 3) as if the upper lid threw no shadow.
        drop: (H, W) share by which that shadow changes the light where it is deepest, negative.
    """

    surface: np.ndarray
    drop: np.ndarray

    def light(self, shadow: np.ndarray) -> np.ndarray:
        """(H, W, 1) share of light that a shadow, 1 at the lid, leaves."""
        return np.clip(1 + self.drop * shadow, 0.4, 1.1)[..., None]


def fill_sclera(
    image: np.ndarray, visible: np.ndarray, shadow: np.ndarray, pixels: np.ndarray, disc: Disc, canvas: Canvas
) -> Sclera:
    """Take the iris off the eyeball.

    Args:
        image: (H, W, 3) float32.
        visible: (H, W) soft mask of the opening.
        shadow: (H, W) shadow of the upper lid, 1 at its edge.
        pixels: (H, W) which pixels surely show sclera.
    """
    x, y = canvas.x, canvas.y
    basis = np.stack([np.ones_like(x), x, y, x * x, shadow], axis=-1)
    coefficients = _fit_surface(image, pixels, basis, 1 / canvas.scale**2)
    low, high = np.percentile(image[pixels], [8, 92], axis=0).astype(np.float32)
    unshaded = np.clip(basis[..., :4] @ coefficients[:4], low, high)
    sclera = Sclera(unshaded, float(coefficients[4] @ LUMA) / np.maximum(unshaded @ LUMA, 1))
    flat = image / sclera.light(shadow)

    # Fill the place of the iris: the surface, plus what the sclera around it departs from it, plus its grain.
    weight = pixels.astype(np.float32)[..., None]
    departure = np.clip(flat - unshaded, -30, 30) * weight
    nearby = canvas.blur(np.dstack([departure, weight]), 0.066)
    local = nearby[..., :3] / (nearby[..., 3:] + 0.2)
    rough = (departure - local)[pixels] @ LUMA
    grain = min(1.2 * float(np.median(np.abs(rough))), 3.5) * canvas.noise[..., None]
    keep = (visible * beside_iris(disc, canvas))[..., None]
    return Sclera(keep * flat + (1 - keep) * (unshaded + local + grain), sclera.drop)


def beside_iris(disc: Disc, canvas: Canvas) -> np.ndarray:
    """(H, W) 1 where the iris and its soft edge are surely not, 0 on it."""
    reached = 1.1 * disc.radius + 0.9 * disc.softness + 0.019
    return 1 - smoothstep((reached - canvas.distance(disc.center)) / (0.019 + disc.softness))


def _fit_surface(image: np.ndarray, pixels: np.ndarray, basis: np.ndarray, pixel_area: float) -> np.ndarray:
    """Coefficients (5, 3) of a smooth colour model over `basis`, blind to lashes, veins, glints and the caruncle."""
    design, colors = basis[pixels], image[pixels]
    mean = np.median(colors, axis=0)
    # What a small area leaves open is settled by how eyeballs look: darker to the corners and under the upper lid.
    ridge = np.diag([4e-7, 2e-4, 7e-4, 2e-3, 3.5e-4]) / pixel_area
    usual = np.outer([0, 0, 0, -0.8, -0.35], mean)
    weights = np.ones(len(colors))
    for _ in range(4):
        weighted = design * weights[:, None]
        coefficients = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ (colors - mean) + ridge @ usual)
        residual = (colors - mean - design @ coefficients) @ LUMA
        spread = 1.48 * np.median(np.abs(residual)) + 1.0
        # Lashes and lid rims are dark, so what is darker than the model is trusted less.
        weights = 1 / (1 + (residual / np.where(residual < 0, 1.5 * spread, 2.5 * spread)) ** 4)
    # A slope in hue, continued past the pixels it was seen on, would tint the sclera; one in brightness is safe.
    grey = np.outer(coefficients @ LUMA, mean / max(mean @ LUMA, 1))
    coefficients = 0.3 * coefficients + 0.7 * grey
    coefficients[0] += mean + np.average(colors - mean - design @ coefficients, axis=0, weights=weights)
    return coefficients.astype(np.float32)
