"""The iris as a disc: where it is, what it looks like around the pupil, and the whole of it where lids hide a part."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from train.corpus.canvas import Canvas, ellipse, smoothstep
from train.corpus.lids import LEVEL

LUMA = np.float32([0.299, 0.587, 0.114])
STRAIGHT_AHEAD = np.array([0.0, LEVEL])  # gaze offset of an eye that looks along the head's axis
BALL_RADIUS = 0.36  # eye widths: the distance of the iris from the eyeball's centre
MAX_TILT = 0.27  # eye widths; past it the foreshortening is held
MIN_SOFTNESS, MAX_SOFTNESS = 0.019, 0.056  # half-width of the limbus, eye widths
PUPIL_STRAYS = 0.15  # of the radius: how far the pupil's centre may lie from that of the disc


def foreshortening(center: np.ndarray) -> np.ndarray:
    """(2,) width and height of an iris at `center` over those it shows straight ahead."""
    tilt = np.minimum(np.abs(center - STRAIGHT_AHEAD), MAX_TILT)
    return np.sqrt(1 - (tilt / BALL_RADIUS) ** 2).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Disc:
    """The iris: centre (frame coordinates), radius and half-width of its soft edge (eye widths).

    An eye that looks aside shows it as an ellipse; lengths and coordinates here are those of the disc seen from ahead.

    Args:
        pupil: (2,) the pupil's centre from the disc's; rings between both share the way.
    """

    center: np.ndarray
    radius: float
    softness: float
    pupil: np.ndarray

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Frame coordinates as coordinates on the disc, from its centre."""
        shown = foreshortening(self.center)
        return (x - self.center[0]) / shown[0], (y - self.center[1]) / shown[1]

    def place(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The inverse of `coordinates`."""
        shown = foreshortening(self.center)
        return u * shown[0] + self.center[0], v * shown[1] + self.center[1]

    def distance(self, canvas: Canvas) -> np.ndarray:
        """(H, W) from the centre."""
        return np.hypot(*self.coordinates(canvas.x, canvas.y))

    def from_pupil(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Frame coordinates as coordinates in which every ring of the iris is a circle around (0, 0)."""
        u, v = self.coordinates(x, y)
        inward = np.clip(1 - np.hypot(u, v) / self.radius, 0, 1)
        return u - self.pupil[0] * inward, v - self.pupil[1] * inward

    def to_frame(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The inverse of `from_pupil`, as exactly as a small `pupil` needs it."""
        inward = np.clip(1 - np.hypot(u, v) / self.radius, 0, 1)
        return self.place(u + self.pupil[0] * inward, v + self.pupil[1] * inward)

    def rings(self, canvas: Canvas) -> np.ndarray:
        """(H, W) radius of the ring that every pixel lies on."""
        return np.hypot(*self.from_pupil(canvas.x, canvas.y))


def fit_disc(luma: np.ndarray, visible: np.ndarray, center: np.ndarray, radius: float, canvas: Canvas) -> Disc:
    """Settle the limbus on the strongest edge to the left and to the right of the iris, and measure its softness.

    Args:
        center, radius: as landmarks have them; the radius is the mean of width and height.
    """
    shown = foreshortening(center)
    radius = radius / shown.mean()
    radii = radius * np.linspace(0.7, 1.35, 40)
    angles = np.radians(np.linspace(-35, 35, 15))
    edges, widths = {}, []
    for side in (-1, 1):
        x = center[0] + shown[0] * side * radii[:, None] * np.cos(angles)
        y = center[1] + shown[1] * radii[:, None] * np.sin(angles)
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
        center = center + np.float32([shift * shown[0], 0])
    if edges:
        radius = float(np.clip(np.mean(list(edges.values())), 0.88 * radius, 1.15 * radius))
    return Disc(np.float32(center), float(radius), softness, np.zeros(2, np.float32))


def with_pupil(disc: Disc, luma: np.ndarray, known: np.ndarray, canvas: Canvas) -> Disc:
    """The disc with the pupil where rings around it are most even, judged by the `known` pixels."""
    place = known & (disc.distance(canvas) < 0.8 * disc.radius)
    if place.sum() < 40:
        return disc
    x, y, values = canvas.x[place], canvas.y[place], luma[place]
    steps = disc.radius * PUPIL_STRAYS * np.linspace(-1, 1, 7)
    best, least = disc, np.inf
    for pupil in np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2):
        candidate = replace(disc, pupil=np.float32(pupil))
        ring = (np.hypot(*candidate.from_pupil(x, y)) * canvas.scale + 0.5).astype(int)
        mean = np.bincount(ring, values) / np.maximum(np.bincount(ring), 1)
        uneven = np.square(values - mean[ring]).mean() * (1 + np.square(pupil / steps[-1]).sum() / 16)
        if uneven < least:
            best, least = candidate, uneven
    return best


def radial_profile(values: np.ndarray, weights: np.ndarray, distance: np.ndarray, canvas: Canvas) -> np.ndarray:
    """(N, 3) the mean of `values` (H, W, 3) over pixels 0, 1, 2, ... pixels from the iris centre."""
    bins = (distance * canvas.scale + 0.5).astype(int)
    count = bins.max() + 1
    sums = [np.bincount(bins.ravel(), weighted.ravel(), count) for weighted in np.moveaxis(values, -1, 0) * weights]
    sums = np.stack([*sums, np.bincount(bins.ravel(), weights.ravel(), count)], axis=-1)
    sums = cv2.GaussianBlur(sums, (1, 2 * round(2 * canvas.scale / 80) + 1), 0, sigmaY=0.008 * canvas.scale)
    known = np.flatnonzero(sums[:, 3] > 0.5)
    nearest = known[np.abs(np.arange(count)[:, None] - known).argmin(1)]
    return (sums[:, :3] / np.maximum(sums[:, 3:], 0.5))[nearest]


def spread_profile(profile: np.ndarray, distance: np.ndarray, canvas: Canvas) -> np.ndarray:
    """(H, W, 3) a radial profile as an image."""
    place, steps = distance * canvas.scale, np.arange(len(profile))
    return np.stack([np.interp(place, steps, channel) for channel in profile.T], axis=-1).astype(np.float32)


def complete_iris(image: np.ndarray, visible: np.ndarray, amid: np.ndarray, disc: Disc, canvas: Canvas) -> np.ndarray:
    """The whole iris: what the lids hide comes from the other half, else from its sides, else from its ring's mean.

    Args:
        visible: (H, W) soft mask of the opening.
        amid: (H, W) the same, well away from the lids. Outside of it, what departs from its ring is a lid.
    """
    rings = disc.rings(canvas)
    profile = radial_profile(image, amid * (rings < 1.3 * disc.radius), rings, canvas)
    radial = spread_profile(profile, rings, canvas)
    lid = smoothstep((np.abs((image - radial) @ LUMA) - 12) / 12) * (1 - amid)
    solid = visible**2 * (1 - canvas.blur(cv2.dilate(lid, ellipse(0.05 * canvas.scale)), 0.01))
    seen = np.dstack([image, solid])

    u, v = disc.from_pupil(canvas.x, canvas.y)
    right = canvas.sample(seen, *disc.to_frame(np.abs(v), np.sign(v) * u))  # folded over the diagonal, so that the
    left = canvas.sample(seen, *disc.to_frame(-np.abs(v), -np.sign(v) * u))  # fibres of the sides go on without a seam
    share = smoothstep(0.5 + u / disc.radius)[..., None]
    whole = radial
    for source in (share * right + (1 - share) * left, canvas.sample(seen, *disc.to_frame(u, -v)), seen):
        trust = np.clip(source[..., 3:], 0, 1)
        whole = trust * source[..., :3] + (1 - trust) * whole
    return whole
