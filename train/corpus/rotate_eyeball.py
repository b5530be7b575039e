"""Synthetic gaze: turn the eyeball inside a real eye patch by a known displacement.

The patch is taken apart into layers: the skin with lids and lashes, the sclera without the iris, the iris with what
the lids hide of it, and the reflections of lamps. The iris moves and foreshortens, the lids follow it, the lid's
shadow stays with the lid, reflections move less than the iris, and the layers are put back together.
Everything is in the canonical eye frame (`gazehub.eye_frame`): eye widths, +x to the inner corner, +y down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from gazehub.eye_frame import PATCH_SCALE
from train.corpus.canvas import Canvas, smoothstep
from train.corpus.glints import Glints, split_glints
from train.corpus.iris import LUMA, Disc, complete_iris, fit_disc
from train.corpus.lids import DRAWN_IN, depth, lids_of, moved_lids, opening_mask, warp_skin
from train.corpus.sclera import Sclera, beside_iris, fill_sclera

LID_SHADOW = 0.05  # eye widths over which the shadow of the upper lid falls off

MIN_OPENING = 0.11  # eye widths, mean height over the middle half
MIN_SCLERA = 0.0105  # square eye widths
MIN_IRIS_SHARE = 0.35  # share of the iris that must be visible now
MIN_IRIS_AFTER = 0.014  # square eye widths
MIN_CONTRAST = 12  # grey levels between sclera and iris


class EyeballError(ValueError):
    """The eyeball of this patch cannot be turned; the message says why."""


@dataclass(frozen=True, eq=False)
class Eyeball:
    """An eye patch taken apart, so that it can be turned many times.

    Args:
        patch: (H, W, 3) float32, with the lower lid's rim cleared of the iris.
        canvas, lids: of the patch; `lids` is (2, W).
        window: the part of the patch in which the eyeball is worked on. It shares the patch's centre, so that frame
            coordinates hold in it too; what follows is of its size.
        ball: its canvas.
        disc: where the iris is.
        iris: (h, w, 3) the whole iris, evenly lit.
        sclera: the eyeball without it, evenly lit.
        glints: the reflections of lamps.
    """

    patch: np.ndarray
    canvas: Canvas
    lids: np.ndarray
    window: tuple[slice, slice]
    ball: Canvas
    disc: Disc
    iris: np.ndarray
    sclera: Sclera
    glints: Glints

    @classmethod
    def of(
        cls,
        patch: np.ndarray,
        opening: np.ndarray,
        iris: np.ndarray,
        iris_radius: float,
        scale: float = PATCH_SCALE,
    ) -> Eyeball:
        """Take a patch apart; arguments and errors as `rotate_eyeball` has them."""
        height, width = patch.shape[:2]
        canvas = Canvas.of(height, width, scale)
        lids = lids_of(np.asarray(opening, np.float32), canvas)
        if np.mean((lids[1] - lids[0])[np.abs(canvas.x[0]) < 0.25]) < MIN_OPENING:
            raise EyeballError("the eye is too closed")
        top = max(0, int(height / 2 - (np.abs(lids).max() + 0.27) * scale))
        left = max(0, int(width / 2 - 0.62 * scale))
        window = (slice(top, height - top), slice(left, width - left))
        ball = Canvas.of(height - 2 * top, width - 2 * left, scale)
        image, lids_here = patch[window].astype(np.float32), lids[:, window[1]]
        visible = opening_mask(lids_here, ball, DRAWN_IN)
        disc = fit_disc(image @ LUMA, visible, np.float32(iris), float(iris_radius), ball)

        sclera_pixels = _sclera_pixels(image, visible, disc, ball)
        below = depth(ball.y, lids_here[0], ball)
        shadow = lid_shadow(below)
        sclera = fill_sclera(image, visible, below, shadow, sclera_pixels, disc, ball)
        clean, glints, disc = split_glints(image, visible, disc, ball)
        amid = opening_mask(lids_here, ball, (DRAWN_IN[0] + 0.03, DRAWN_IN[1] + 0.04))
        whole = complete_iris(clean / sclera.light(shadow), visible, amid, disc, ball)
        skin = patch.astype(np.float32)
        skin[window] = _clean_lower_rim(image, disc, lids_here, ball)
        return cls(skin, canvas, lids, window, ball, disc, whole, sclera, glints)

    def turned(self, displacement: np.ndarray, follow: float = 1.0) -> np.ndarray:
        """(H, W, 3) uint8 the patch after the iris moved by `displacement`; see `rotate_eyeball`.

        Args:
            follow: how much of what lids usually do these lids do; people differ.
        """
        displacement = np.asarray(displacement, np.float32)
        lids = moved_lids(self.lids, self.canvas, self.disc.center, displacement, follow)
        ball = self._turned_ball(displacement, lids[:, self.window[1]])
        turned = warp_skin(self.patch, self.lids, lids, self.canvas)
        mask = opening_mask(lids, self.canvas, (0.019, 0.0075))[self.window][..., None]
        mask = mask * (1 - self.sclera.flesh[..., None])
        turned[self.window] += mask * (ball - turned[self.window])
        return np.clip(turned + 0.5, 0, 255).astype(np.uint8)

    def _turned_ball(self, displacement: np.ndarray, lids: np.ndarray) -> np.ndarray:
        """(h, w, 3) the turned eyeball as if no lid hid it, in the light that the lids leave it."""
        ball, disc = self.ball, self.disc
        turned = replace(disc, center=disc.center + displacement)
        u, v = turned.coordinates(ball.x, ball.y)
        reach = np.maximum(np.hypot(u, v), 1e-6)
        # Past the edge the iris repeats its own rim, so that no sclera is dragged along.
        inward = np.minimum(1, (disc.radius - 0.8 * disc.softness) / reach)
        moved = ball.sample(self.iris, *disc.place(u * inward, v * inward))
        alpha = smoothstep((disc.radius + disc.softness - reach) / (2 * disc.softness))[..., None]
        if (opening_mask(lids, ball, DRAWN_IN)[..., None] * alpha).sum() < MIN_IRIS_AFTER * ball.scale**2:
            raise EyeballError("too little of the iris would be visible")
        shadow = lid_shadow(depth(ball.y, lids[0], ball))
        lashes = ball.sample(self.sclera.lashes, ball.x, ball.y - (lids - self.lids[:, self.window[1]])[0])
        light = self.sclera.light(shadow) * np.clip(lashes, 0, 1)
        shown = (alpha * moved + (1 - alpha) * self.sclera.surface) * light
        return self.glints.added(shown, reach / disc.radius, displacement, ball)


def lid_shadow(below: np.ndarray) -> np.ndarray:
    """How deep in the shadow of the upper lid, so far below it: 1 at its edge."""
    return np.exp(-np.maximum(below, 0) / LID_SHADOW)


def _sclera_pixels(image: np.ndarray, visible: np.ndarray, disc: Disc, canvas: Canvas) -> np.ndarray:
    """(H, W) which pixels surely show sclera; an error if the eye shows too little to be turned."""
    luma, inside = image @ LUMA, disc.distance(canvas) < disc.radius
    if visible[inside].sum() < MIN_IRIS_SHARE * np.pi * (disc.radius * canvas.scale) ** 2:
        raise EyeballError("too little of the iris is visible")
    pixels = (visible > 0.9) & (beside_iris(disc, canvas) > 0.95)
    if pixels.sum() < MIN_SCLERA * canvas.scale**2:
        raise EyeballError("too little of the sclera is visible")
    if np.median(luma[pixels]) - np.median(luma[inside & (visible > 0.6)]) < MIN_CONTRAST:
        raise EyeballError("the iris does not stand out from the sclera")
    return pixels


def _clean_lower_rim(image: np.ndarray, disc: Disc, lids: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Lift the dark trace that the iris leaves on the rim of the lower lid to the colour of the rim beside it."""
    x, y = canvas.x, canvas.y
    on_iris = smoothstep((1.1 * disc.radius + 0.0375 - disc.distance(canvas)) / 0.0375)
    beside = (1 - on_iris) * (np.abs(x) < 0.4)
    unrolled = canvas.sample(np.dstack([image * beside[..., None], beside]), x, y + lids[1])
    unrolled = cv2.GaussianBlur(unrolled, (0, 0), sigmaX=0.13 * canvas.scale, sigmaY=0.01 * canvas.scale)
    rim = canvas.sample(unrolled, x, y - lids[1])
    rim = rim[..., :3] / np.maximum(rim[..., 3:], 0.02)
    near_rim = smoothstep(2 - np.abs(lids[1] - y) / 0.03)
    return image + (on_iris * near_rim)[..., None] * np.maximum(rim - image, 0)


def rotate_eyeball(
    patch: np.ndarray,
    opening: np.ndarray,
    iris: np.ndarray,
    iris_radius: float,
    displacement: np.ndarray,
    scale: float = PATCH_SCALE,
) -> np.ndarray:
    """Turn the eyeball so that the iris moves by `displacement`; the lids follow.

    To turn the same eye several times, take it apart once: `Eyeball.of(...)`, then `turned(displacement)`.

    Args:
        patch: (H, W, 3) uint8 RGB, one eye in the canonical frame.
        opening: (16, 2) contour of the opening in frame coordinates: the outer corner, 7 points of the lower lid,
            the inner corner, 7 points of the upper lid.
        iris: (2,) centre of the iris, frame coordinates.
        iris_radius: eye widths.
        displacement: (2,) motion of the iris in eye widths, +x to the inner corner, +y down.
        scale: pixels of the patch per eye width.

    Returns:
        (H, W, 3) uint8. Pixels further than `lids.LID_REACH` from the opening are those of `patch`.

    Raises:
        EyeballError: the eye is too closed, or too little of its sclera or iris is visible, now or afterwards.
    """
    return Eyeball.of(patch, opening, iris, iris_radius, scale).turned(displacement)


def sample_displacement(rng: np.random.Generator, offset: np.ndarray, camera: np.ndarray) -> np.ndarray:
    """Draw a displacement after which the eye looks somewhere real: near the lens, aside, or far aside.

    Args:
        rng: the source of randomness.
        offset: (2,) gaze offset of the eye now, eye widths.
        camera: (2,) gaze offset at which this eye looks into the lens.

    Returns:
        (2,) displacement in eye widths, at least 0.03 long. `offset + displacement - camera` spans -0.22..0.22
        horizontally and -0.09 (up)..0.13 (down) vertically.
    """
    away = np.asarray(camera, np.float64) - np.asarray(offset, np.float64)
    while True:
        residual = rng.uniform([-0.22, -0.09], [0.22, 0.13])
        kind = rng.choice(["near", "level", "moderate", "far"], p=[0.15, 0.3, 0.35, 0.2])
        if kind == "level":
            residual[1] = rng.normal(0, 0.008)
        displacement = away + residual * {"near": 1 / 3, "moderate": 0.7}.get(kind, 1.0)
        if np.hypot(*displacement) >= 0.03:
            return displacement
