"""Synthetic gaze: turn the eyeball inside a real eye patch by a known displacement.

The patch is taken apart into three layers: the skin with lids and lashes, the sclera with the iris removed, and the
iris with the part hidden by the lids completed. The iris moves and foreshortens, the lids follow it a little, the
lid's shadow stays with the lid, reflections of lamps move less than the iris, and the layers are put back together.
Everything is in the canonical eye frame (`gazehub.eye_frame`): eye widths, +x to the inner corner, +y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from gazehub.eye_frame import PATCH_SCALE, frame_to_patch, patch_to_frame

PIXEL = 1 / PATCH_SCALE  # eye widths
LUMA = np.float32([0.299, 0.587, 0.114])

STRAIGHT_AHEAD = np.array([0.0, -0.05])  # gaze offset of an eye that looks along the head's axis
BALL_RADIUS = 0.36  # eye widths: the distance of the iris from the eyeball's centre
MAX_TILT = 0.27  # eye widths; past it the foreshortening is held
UPPER_LID_DOWN, UPPER_LID_UP, LOWER_LID = 0.6, 0.45, 0.25  # lid motion per vertical iris motion
LID_REACH = 0.38  # eye widths of skin that stretch when a lid moves
LID_SHADOW = 0.05  # eye widths over which the shadow of the upper lid falls off
DRAWN_IN = (1.3, 0.8)  # pixels by which lashes and lid rims reach into the opening, above and below
GLINT_FOLLOWS = 0.55  # motion of a reflection per motion of the iris

MIN_OPENING = 0.11  # eye widths, mean height over the middle half
MIN_SCLERA_PIXELS = 30
MIN_IRIS_SHARE = 0.35  # share of the iris that must be visible now
MIN_IRIS_PIXELS_AFTER = 40
MIN_CONTRAST = 12  # grey levels between sclera and iris


class EyeballError(ValueError):
    """The eyeball of this patch cannot be turned; the message says why."""


@dataclass(frozen=True)
class _Disc:
    """The iris: centre (frame coordinates), radius and half-width of its soft edge (eye widths)."""

    center: np.ndarray
    radius: float
    softness: float

    def distance(self, shape: tuple[int, ...]) -> np.ndarray:
        x, y, _ = _grid(*shape[:2])
        return np.hypot(x - self.center[0], y - self.center[1])


@lru_cache(maxsize=64)
def _grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frame coordinates x, y of every pixel of a patch, and a fixed noise of unit spread, as smooth as a photo's."""
    x, y = np.moveaxis(patch_to_frame(np.dstack(np.meshgrid(range(width), range(height))), width, height), -1, 0)
    noise = cv2.GaussianBlur(np.random.default_rng(0).standard_normal((height, width)), (0, 0), 0.9)
    return np.float32(x), np.float32(y), np.float32(noise / noise.std())


def _smoothstep(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def _sample(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The image at frame coordinates x, y."""
    origin_x, origin_y = frame_to_patch(np.zeros(2), image.shape[1], image.shape[0])
    column, row = np.float32(x * PATCH_SCALE + origin_x), np.float32(y * PATCH_SCALE + origin_y)
    return cv2.remap(image, column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _lids(opening: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(2, W) heights of the upper and the lower lid per patch column, frame coordinates."""
    rims = opening[[0, *range(15, 7, -1)]], opening[:9]
    lids = np.stack([np.interp(columns, np.maximum.accumulate(rim[:, 0]), rim[:, 1]) for rim in rims])
    kernel = cv2.getGaussianKernel(9, 1.5, cv2.CV_32F).T
    lids = cv2.filter2D(lids.astype(np.float32), -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.stack([lids.min(0), lids[1]])


def _moved_lids(lids: np.ndarray, columns: np.ndarray, rise: float) -> np.ndarray:
    """The lids after the iris moved down by `rise`; the opening keeps at least a third of its height."""
    window = rise * np.clip(1 - (columns / 0.55) ** 4, 0, None) ** 2
    upper, lower = lids[0] + (UPPER_LID_DOWN if rise > 0 else UPPER_LID_UP) * window, lids[1] + LOWER_LID * window
    return np.stack([np.minimum(upper, lower - (lids[1] - lids[0]) / 3), lower])


def _depth(y: np.ndarray, lid: np.ndarray) -> np.ndarray:
    """How far below a lid's edge, eye widths."""
    return (y - lid) / np.hypot(1, np.gradient(lid, PIXEL))


def _opening_mask(lids: np.ndarray, y: np.ndarray, erode: tuple[float, float]) -> np.ndarray:
    """Soft mask of the opening, drawn in by `erode` pixels at the upper and the lower lid."""
    pixels = np.minimum(_depth(y, lids[0]) / PIXEL - erode[0], -_depth(y, lids[1]) / PIXEL - erode[1])
    return cv2.GaussianBlur(np.clip(pixels + 0.5, 0, 1).astype(np.float32), (0, 0), 0.7)


def _warp_skin(image: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Carry the lids from `before` to `after`; the skin stretches smoothly and is still past `LID_REACH`."""
    x, y, _ = _grid(*image.shape[:2])
    across = np.clip((y - after[0]) / np.maximum(after[1] - after[0], PIXEL), 0, 1)
    shift = (after - before)[0] * (1 - across) + (after - before)[1] * across
    distance = np.maximum(np.maximum(after[0] - y, y - after[1]), 0)
    shift = shift * np.clip(1 - (distance / LID_REACH) ** 2, 0, None) ** 3
    return np.where((shift != 0)[..., None], _sample(image, x, y - shift), image)


def _fit_disc(luma: np.ndarray, visible: np.ndarray, center: np.ndarray, radius: float) -> _Disc:
    """Settle the limbus on the strongest edge to the left and to the right of the iris, and measure its softness."""
    radii = radius * np.linspace(0.7, 1.35, 40)
    angles = np.radians(np.linspace(-35, 35, 15))
    edges, widths = {}, [1.2 * PIXEL]
    for side in (-1, 1):
        x, y = center[0] + side * radii[:, None] * np.cos(angles), center[1] + radii[:, None] * np.sin(angles)
        seen = _sample(visible, x, y) > 0.7
        enough = seen.sum(1) > 4
        if enough.sum() < 25:
            continue
        profile = (_sample(luma, x, y) * seen).sum(1)[enough] / seen.sum(1)[enough]
        slope = np.gradient(np.convolve(np.pad(profile, 2, mode="edge"), np.ones(5) / 5, mode="valid"))
        peak = int(np.argmax(slope))
        if 2 < peak < len(slope) - 3 and slope[peak] > 0:
            edges[side] = radii[enough][peak]
            widths.append(0.7 * np.ptp(profile) / slope[peak] * (radii[1] - radii[0]))  # as steep as a smoothstep
    softness = float(np.clip(np.mean(widths[1:] or widths), PIXEL, 3 * PIXEL))
    if len(edges) == 2:
        shift = np.clip((edges[1] - edges[-1]) / 2, -0.12 * radius, 0.12 * radius)
        center = center + np.float32([shift, 0])
    if edges:
        radius = float(np.clip(np.mean(list(edges.values())), 0.88 * radius, 1.15 * radius))
    return _Disc(center, radius, softness)


def _fit_sclera(image: np.ndarray, pixels: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Coefficients (5, 3) of a smooth colour model over `basis`, blind to lashes, veins, glints and the caruncle."""
    design, colors = basis[pixels], image[pixels]
    mean = np.median(colors, axis=0)
    # What few pixels leave open is settled by how eyeballs look: darker to the corners and under the upper lid.
    ridge = np.diag([1e-3, 0.6, 2.0, 6.0, 1.0])
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


def _radial(values: np.ndarray, weights: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The mean of `values` (H, W, 3) over pixels equally far from the iris centre, as an image."""
    bins = np.minimum((distance / PIXEL + 0.5).astype(int), 63)
    total = np.bincount(bins.ravel(), weights.ravel(), 64)
    sums = [np.bincount(bins.ravel(), (values[..., c] * weights).ravel(), 64) for c in range(3)]
    known = np.flatnonzero(total > 0.5)
    nearest = known[np.abs(np.arange(64)[:, None] - known).argmin(1)]
    profile = (np.stack(sums, axis=-1) / np.maximum(total, 0.5)[:, None])[None, nearest].astype(np.float32)
    return cv2.remap(profile, distance / np.float32(PIXEL), np.zeros_like(distance), cv2.INTER_LINEAR, borderMode=1)


def _split_glints(image: np.ndarray, visible: np.ndarray, disc: _Disc) -> tuple[np.ndarray, np.ndarray]:
    """Separate the reflections of lamps from the iris: the image without them, and the reflections alone."""
    distance = disc.distance(image.shape)
    luma = image @ LUMA
    around = cv2.medianBlur(np.clip(luma, 0, 255).astype(np.uint8), 9).astype(np.float32)
    inside = (distance < disc.radius) & (visible > 0.6)
    core = inside & (distance < 0.8 * disc.radius) & (luma - np.maximum(around, np.median(luma[inside])) > 34)
    region = cv2.dilate(core.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))) > 0
    usable = inside & ~region
    if not core.any() or not usable.any():
        return image, np.zeros_like(image)
    weight = usable.astype(np.float32)
    near = cv2.GaussianBlur(np.dstack([image * weight[..., None], weight]), (0, 0), 1.6)
    local, trust = near[..., :3] / np.maximum(near[..., 3:], 1e-3), np.clip(near[..., 3:] / 0.15, 0, 1)
    radial = _radial(image, weight, distance)
    filled = trust * np.minimum(local, radial) + (1 - trust) * radial  # the darker of both keeps the pupil round
    region = (region & (distance < disc.radius) & (visible > 0.3)).astype(np.float32)
    glints = cv2.GaussianBlur(region, (0, 0), 0.7)[..., None] * np.maximum(image - filled, 0)
    return image - glints, glints


def _clean_lower_rim(image: np.ndarray, disc: _Disc, lids: np.ndarray) -> np.ndarray:
    """Lift the dark trace that the iris leaves on the rim of the lower lid to the colour of the rim beside it."""
    x, y, _ = _grid(*image.shape[:2])
    on_iris = _smoothstep((1.1 * disc.radius + 2 * PIXEL - disc.distance(image.shape)) / (2 * PIXEL))
    beside = (1 - on_iris) * (np.abs(x) < 0.4)
    unrolled = _sample(np.dstack([image * beside[..., None], beside]), x, y + lids[1])
    unrolled = cv2.GaussianBlur(unrolled, (0, 0), sigmaX=7.0, sigmaY=0.5)
    rim = _sample(unrolled, x, y - lids[1])
    rim = rim[..., :3] / np.maximum(rim[..., 3:], 0.02)
    near_rim = _smoothstep(2 - np.abs(lids[1] - y) / (1.6 * PIXEL))
    return image + (on_iris * near_rim)[..., None] * np.maximum(rim - image, 0)


def _complete_iris(image: np.ndarray, visible: np.ndarray, disc: _Disc) -> np.ndarray:
    """The whole iris: what the lids hide comes from the other half, else from the mean at that radius."""
    x, y, _ = _grid(*image.shape[:2])
    distance, solid = disc.distance(image.shape), visible**2
    radial = _radial(image, solid * (distance < 1.3 * disc.radius), distance)
    mirrored = _sample(np.dstack([image, solid]), x, 2 * disc.center[1] - y)
    mirror_seen = np.clip(mirrored[..., 3:], 0, 1)
    hidden = mirror_seen * mirrored[..., :3] + (1 - mirror_seen) * radial
    return solid[..., None] * image + (1 - solid[..., None]) * hidden


def _turned_ball(
    image: np.ndarray, before: np.ndarray, after: np.ndarray, disc: _Disc, displacement: np.ndarray
) -> np.ndarray:
    """(H, W, 3) the turned eyeball as if no lid hid it, in the light that the lids `after` leave it."""
    x, y, noise = _grid(*image.shape[:2])
    luma, distance, visible = image @ LUMA, disc.distance(image.shape), _opening_mask(before, y, DRAWN_IN)
    inside = distance < disc.radius
    if visible[inside].sum() < MIN_IRIS_SHARE * np.pi * (disc.radius / PIXEL) ** 2:
        raise EyeballError("too little of the iris is visible")
    reached = 1.1 * disc.radius + 0.9 * disc.softness + PIXEL
    beside = 1 - _smoothstep((reached - distance) / (PIXEL + disc.softness))
    sclera_pixels = (visible > 0.9) & (beside > 0.95)
    if sclera_pixels.sum() < MIN_SCLERA_PIXELS:
        raise EyeballError("too little of the sclera is visible")
    if np.median(luma[sclera_pixels]) - np.median(luma[inside & (visible > 0.6)]) < MIN_CONTRAST:
        raise EyeballError("the iris does not stand out from the sclera")

    # The sclera as a smooth surface, and the share of light that the upper lid leaves it, before and after.
    shadows = [np.exp(-np.maximum(_depth(y, lids[0]), 0) / LID_SHADOW) for lids in (before, after)]
    basis = np.stack([np.ones_like(x), x, y, x * x, shadows[0]], axis=-1)
    coefficients = _fit_sclera(image, sclera_pixels, basis)
    low, high = np.percentile(image[sclera_pixels], [8, 92], axis=0).astype(np.float32)
    unshaded = np.clip(basis[..., :4] @ coefficients[:4], low, high)
    drop = float(coefficients[4] @ LUMA) / np.maximum(unshaded @ LUMA, 1)
    light_before, light_after = (np.clip(1 + drop * shadow, 0.4, 1.1)[..., None] for shadow in shadows)
    flat = image / light_before

    # Fill the place of the iris: the surface, plus what the sclera around it departs from it, plus its grain.
    weight = sclera_pixels.astype(np.float32)[..., None]
    departure = np.clip(flat - unshaded, -30, 30) * weight
    nearby = cv2.GaussianBlur(np.dstack([departure, weight]), (0, 0), 3.5)
    local = nearby[..., :3] / (nearby[..., 3:] + 0.2)
    rough = (departure - local)[sclera_pixels] @ LUMA
    grain = min(1.2 * float(np.median(np.abs(rough))), 3.5) * noise[..., None]
    keep = (visible * beside)[..., None]
    sclera = keep * flat + (1 - keep) * (unshaded + local + grain)

    clean, glints = _split_glints(image, visible, disc)
    whole = _complete_iris(clean / light_before, visible, disc)
    center = disc.center + displacement
    tilt = np.minimum(np.abs([disc.center - STRAIGHT_AHEAD, center - STRAIGHT_AHEAD]), MAX_TILT)
    foreshortened = np.sqrt(1 - (tilt / BALL_RADIUS) ** 2)
    stretch = foreshortened[1] / foreshortened[0]
    u, v = (x - center[0]) / stretch[0], (y - center[1]) / stretch[1]
    reach = np.maximum(np.hypot(u, v), 1e-6)
    # Past the edge the iris repeats its own rim, so that no sclera is dragged along.
    inward = np.minimum(1, (disc.radius - 0.8 * disc.softness) / reach)
    moved = _sample(whole, disc.center[0] + u * inward, disc.center[1] + v * inward)
    alpha = _smoothstep((disc.radius + disc.softness - reach) / (2 * disc.softness))[..., None]
    if (_opening_mask(after, y, DRAWN_IN)[..., None] * alpha).sum() < MIN_IRIS_PIXELS_AFTER:
        raise EyeballError("too little of the iris would be visible")
    ball = (alpha * moved + (1 - alpha) * sclera) * light_after
    # Only the cornea mirrors lamps this sharply: a reflection fades towards the edge of the iris.
    on_cornea = _smoothstep((disc.radius - reach) / (0.3 * disc.radius))[..., None]
    lamps = _sample(glints, x - GLINT_FOLLOWS * displacement[0], y - GLINT_FOLLOWS * displacement[1])
    return ball + on_cornea * lamps


def rotate_eyeball(
    patch: np.ndarray, opening: np.ndarray, iris: np.ndarray, iris_radius: float, displacement: np.ndarray
) -> np.ndarray:
    """Turn the eyeball so that the iris moves by `displacement`; the lids follow.

    Args:
        patch: (H, W, 3) uint8 RGB, one eye in the canonical frame, at `PATCH_SCALE` pixels per eye width.
        opening: (16, 2) contour of the opening in frame coordinates: the outer corner, 7 points of the lower lid,
            the inner corner, 7 points of the upper lid.
        iris: (2,) centre of the iris, frame coordinates.
        iris_radius: eye widths.
        displacement: (2,) motion of the iris in eye widths, +x to the inner corner, +y down.

    Returns:
        (H, W, 3) uint8. Pixels further than `LID_REACH` from the opening are those of `patch`.

    Raises:
        EyeballError: the eye is too closed, or too little of its sclera or iris is visible, now or afterwards.
    """
    height, width = patch.shape[:2]
    displacement = np.asarray(displacement, np.float32)
    image = patch.astype(np.float32)
    x, y, _ = _grid(height, width)
    before = _lids(np.asarray(opening, np.float32), x[0])
    after = _moved_lids(before, x[0], displacement[1])
    if np.mean((before[1] - before[0])[np.abs(x[0]) < 0.25]) < MIN_OPENING:
        raise EyeballError("the eye is too closed")

    # The eyeball is worked on in a window that shares the patch's centre, so frame coordinates hold in it too.
    top = max(0, int(height / 2 - np.abs([before, after]).max() / PIXEL - 8))
    left = max(0, int(width / 2 - 0.5 / PIXEL - 6))
    window = (slice(top, height - top), slice(left, width - left))
    eye, lids = image[window], before[:, window[1]]
    disc = _fit_disc(eye @ LUMA, _opening_mask(lids, y[window], DRAWN_IN), np.float32(iris), float(iris_radius))
    ball = _turned_ball(eye, lids, after[:, window[1]], disc, displacement)
    image[window] = _clean_lower_rim(eye, disc, lids)
    turned = _warp_skin(image, before, after)
    mask = _opening_mask(after, y, (1.0, 0.4))[window][..., None]
    turned[window] += mask * (ball - turned[window])
    return np.clip(turned + 0.5, 0, 255).astype(np.uint8)


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
