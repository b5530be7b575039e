"""Reflections of lamps on the cornea: found, taken off the iris, and put back where the turned cornea shows them.

A distant lamp is mirrored where the cornea's normal halves the angle between lamp and viewer, so its reflection moves
with the centre of the cornea's curvature. That lies 5.7 mm before the centre on which the eyeball turns, the iris
10.3 mm as the cornea shows it: a reflection follows 0.55 of the motion of the iris, whichever way the eye looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazehub.eye_frame import PATCH_SCALE
from train.corpus.canvas import Canvas, ellipse, smoothstep
from train.corpus.iris import LUMA, Disc, fit_disc, radial_profile, spread_profile, with_pupil
from train.corpus.lids import DRAWN_IN, lids_of, opening_mask

GLINT_FOLLOWS = 5.7 / 10.3  # motion of a reflection per motion of the iris
MIN_RISE, MIN_CORE_RISE = 16, 36  # grey levels above the iris: to belong to a reflection, and to be one
RIM, BRIGHT_RIM = 0.04, 2.5  # eye widths inside limbus and lids; how much brighter than elsewhere there
CALM_SHARE = 0.6  # a reflection covers less than the rest of a ring around the pupil
SKIRT = 0.024  # eye widths of soft edge around a reflection
MAX_SHARE = 0.5  # of the visible iris; what covers more is no reflection of a lamp


@dataclass(frozen=True, eq=False)
class Glints:
    """The reflections of an eye.

    Args:
        labels: (H, W) int32, 0 where there is none, else the number of the reflection, from 1.
        screen: (H, W, 3) share of the way to white that they take each channel of what lies below, 0..1.
    """

    labels: np.ndarray
    screen: np.ndarray

    def added(self, image: np.ndarray, reach: np.ndarray, displacement: np.ndarray, canvas: Canvas) -> np.ndarray:
        """The image with the reflections on it after the iris moved; one fades only where it leaves the cornea.

        Args:
            reach: (H, W) distance from the centre of the turned iris, 1 at its edge.
        """
        if not self.labels.any():
            return image
        move = GLINT_FOLLOWS * displacement
        screen = np.clip(canvas.sample(self.screen, canvas.x - move[0], canvas.y - move[1]), 0, 1)
        on_cornea = smoothstep((1 - reach) / 0.15)[..., None]
        return image + on_cornea * screen * np.maximum(255 - image, 0)


def split_glints(
    image: np.ndarray, visible: np.ndarray, disc: Disc, canvas: Canvas
) -> tuple[np.ndarray, Glints, Disc]:
    """Separate the reflections of lamps from the iris.

    Returns:
        the image without them, the reflections, and the disc with its pupil, which shows best without them.
    """
    inside = (disc.distance(canvas) < disc.radius) & (visible > 0.6)
    labels, _ = _label(image, inside, disc, canvas)
    wide = cv2.dilate((labels > 0).astype(np.uint8), ellipse(2 * SKIRT * canvas.scale)) > 0
    disc = with_pupil(disc, image @ LUMA, inside & ~wide, canvas)
    if not labels.any():
        return image, Glints(labels, np.zeros_like(image)), disc
    below = _without(image, (visible > 0.6) & ~wide, disc, canvas)
    soft = canvas.blur(wide.astype(np.float32), 0.4 * SKIRT)[..., None] * (visible > 0.3)[..., None]
    screen = soft * np.clip((image - below) / np.maximum(255 - below, 1), 0, 1)
    return image + soft * (below - image), Glints(labels, screen), disc


def find_glints(
    patch: np.ndarray, opening: np.ndarray, iris: np.ndarray, iris_radius: float, scale: float = PATCH_SCALE
) -> np.ndarray:
    """The reflections on the iris of an eye.

    Args:
        patch, opening, iris, iris_radius, scale: as `rotate_eyeball` takes them.

    Returns:
        (N, 4) float32, largest first: x, y (frame coordinates, weighted by brightness), area (square eye widths), and
        the grey levels by which the brightest pixel stands above the iris around.
    """
    canvas = Canvas.of(*patch.shape[:2], scale)
    image = patch.astype(np.float32)
    visible = opening_mask(lids_of(np.asarray(opening, np.float32), canvas), canvas, DRAWN_IN)
    disc = fit_disc(image @ LUMA, visible, np.float32(iris), float(iris_radius), canvas)
    inside = (disc.distance(canvas) < disc.radius) & (visible > 0.6)
    labels, rise = _label(image, inside, disc, canvas)
    found = []
    for number in range(1, labels.max() + 1):
        place = labels == number
        weight = rise[place] / rise[place].sum()
        x, y = (canvas.x[place] * weight).sum(), (canvas.y[place] * weight).sum()
        found.append((x, y, place.sum() / scale**2, rise[place].max()))
    return np.float32(sorted(found, key=lambda glint: -glint[2])).reshape(-1, 4)


def _label(image: np.ndarray, inside: np.ndarray, disc: Disc, canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Numbered reflections, and (H, W) grey levels above the iris as its calmer part shows it at that radius."""
    distance = disc.distance(canvas)
    labels, rise = np.zeros(inside.shape, np.int32), np.zeros(inside.shape, np.float32)
    if inside.sum() < 12:
        return labels, rise
    calm = _calm(image @ LUMA, inside, distance, canvas)
    profile = radial_profile(image, calm, distance, canvas)
    pupil = int(0.5 * disc.radius * canvas.scale)  # nothing in the pupil is brighter than the iris around it
    profile[:pupil] = np.minimum.accumulate(profile[: pupil + 1][::-1], axis=0)[::-1][:pupil]
    above = image - spread_profile(profile, distance, canvas)
    rise = 0.5 * (above @ LUMA + above[..., 2])  # lamps and the sky are bluer than the fibres of an iris
    spread = 1.48 * np.median(np.abs(rise[inside] - np.median(rise[inside])))  # of the iris' own texture
    least = max(MIN_CORE_RISE, 3.5 * spread)
    # Beside the limbus and the lids, where sclera and the wet rim shine through, only what is brighter still.
    amid = cv2.erode(inside.astype(np.uint8), ellipse(2 * RIM * canvas.scale)) > 0
    core = inside & (rise > np.where(amid, least, BRIGHT_RIM * least))
    part = inside & (rise > max(MIN_RISE, 2 * spread)) & ((distance < 0.92 * disc.radius) | core)
    count, regions = cv2.connectedComponents(part.astype(np.uint8), connectivity=8)
    kept = [number for number in range(1, count) if core[regions == number].any()]
    for new, number in enumerate(kept, 1):
        labels[regions == number] = new
    if (labels > 0).sum() > MAX_SHARE * inside.sum():
        labels[:] = 0
    return labels, np.maximum(rise, 0)


def _calm(luma: np.ndarray, inside: np.ndarray, distance: np.ndarray, canvas: Canvas) -> np.ndarray:
    """(H, W) float32 the darker pixels of every ring around the pupil, `CALM_SHARE` of it."""
    rings, values = (distance[inside] * canvas.scale + 0.5).astype(int), luma[inside]
    order = np.lexsort((values, rings))
    starts = np.searchsorted(rings[order], rings[order])
    sizes = np.bincount(rings)[rings[order]]
    calm = np.zeros(len(order), np.float32)
    calm[order] = np.arange(len(order)) - starts < np.maximum(CALM_SHARE * sizes, 1)
    image = np.zeros(inside.shape, np.float32)
    image[inside] = calm
    return image


def _without(image: np.ndarray, known: np.ndarray, disc: Disc, canvas: Canvas) -> np.ndarray:
    """What lies below reflections: the iris at that ring, as bright as it is nearby, with the fibres from across."""
    rings = disc.rings(canvas)
    weight = (known & (rings < disc.radius + disc.softness)).astype(np.float32)
    radial = spread_profile(radial_profile(image, weight, rings, canvas), rings, canvas)
    rest = np.dstack([(image - radial) * weight[..., None], weight])
    near = canvas.blur(rest, 0.03)
    nearby = np.minimum(near[..., :3] / (near[..., 3:] + 0.15), 10)  # the skirt of a reflection is not believed
    u, v = disc.from_pupil(canvas.x, canvas.y)
    across = canvas.sample(rest - canvas.blur(rest, 0.03), *disc.to_frame(-u, -v))
    seen = canvas.sample(weight, *disc.to_frame(-u, -v))
    return np.clip(radial + nearby + np.clip(across[..., :3], -12, 12) * (seen > 0.99)[..., None], 0, 255)
