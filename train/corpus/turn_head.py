"""Turned heads from frontal ones: a portrait re-projected through its own attention mesh.

The mesh gives the depth of the face as a smooth surface over the portrait; the eyeballs, of which the mesh knows only
where the irises are seen, get the depth of a ball behind the lids. The surface is turned as a rigid body and seen
again (weak perspective): every new pixel follows its line of sight to the first point of the surface, so the bridge of
the nose hides what lies behind it. Light, reflections and gaze turn with the head. Only the eyes and the skin around
them are meant to be looked at; the outline of the face and what lies behind it are coarse.

x runs to the picture's right, y down, z away from the camera; constants are in eye widths, arrays in portrait pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazehub.eye_frame import patch_grid
from gazehub.faces.face import CHIN, FOREHEAD, IRISES, LEFT_TEMPLE, OPENINGS, RIGHT_TEMPLE, Face, face_from_mesh

MAX_YAW, MAX_PITCH = 35.0, 15.0  # degrees that a head is turned by at most
MAX_YAW_BEFORE = 20.0  # of the portrait: past it too much of the farther side is hidden
CORNERS = [corner for opening in OPENINGS for corner in (opening[0], opening[8])]
EYES = [point for eye in zip(OPENINGS, IRISES) for points in eye for point in points]  # of the one, of the other
SKIN_POINTS = 468  # of the mesh; the rest are irises

# What real turned faces show beside the mesh of frontal ones: their sides lie deeper, by this much times the third
# power of the distance from the middle of the face, which counts only as far as the temples.
SIDES, SIDES_END = 0.028, 2.2

# The eyeball in the head: the iris turns at this distance around this place, from the midpoint of the corners, along
# the head's own axes. Where real eyes that look into the lens are seen on turned heads says so.
IRIS_DISTANCE = 0.36
BALL_CENTER = np.array([0.0, -0.05, 0.2])

SURFACE_STEP = 1 / 9  # between the nodes at which the surface is computed
FINER = 4  # times, by interpolation
SIGHT_STEP = 1 / 16  # between the lines of sight that are followed; single pixels along an edge
MARCH_STEP = 1 / 8  # in depth along them
NEAR_EYE = 1.2  # within it every point of the mesh shapes the surface, else every fourth
ROUGHNESS = 1e-4  # what the surface may miss the mesh by, in units of its kernel
OUTLINE_POINTS = 24
RINGS = (1.0, 1.15, 1.3)  # sizes of the outline; the surface stays at the outline's depth as far as there
FLATTENED = (0.9, 1.8)  # past the first the sides of the head flatten, towards the sum of both

MARGIN = 0.12  # shown around the mesh, of its size
EDGE = 0.16  # what is seen side by side and lies further apart is an edge
EDGE_REACH = 1.3  # from an eye's centre; edges further away stay coarse
PIXELS_IN_ROW = 1024  # OpenCV maps no longer ones than 32,767
MAX_OUTSIDE = 0.03  # share of an eye patch that the portrait may lack
HIDDEN, MAX_HIDDEN = 0.06, 3  # a point is hidden if something so far from it is seen in its place; of an eye's points


@dataclass(frozen=True)
class _Surface:
    """Depth over the portrait.

    Args:
        depth: (h, w) float32.
        origin: (2,) pixel of the first node.
        step: pixels between nodes.
    """

    depth: np.ndarray
    origin: np.ndarray
    step: float

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Depth at (h, w) pixels; beyond the surface that of its border."""
        column = ((x - self.origin[0]) / self.step).astype(np.float32)
        row = ((y - self.origin[1]) / self.step).astype(np.float32)
        return cv2.remap(self.depth, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _head_axes(mesh: np.ndarray) -> np.ndarray:
    """(3, 3), columns: the head's right in the picture, down, and back, as `Face` measures yaw, pitch and roll."""
    across, down = mesh[RIGHT_TEMPLE] - mesh[LEFT_TEMPLE], mesh[CHIN] - mesh[FOREHEAD]
    return _axes(across, np.cross(across, down))


def _axes(across: np.ndarray, back: np.ndarray) -> np.ndarray:
    across, back = across / np.linalg.norm(across), back / np.linalg.norm(back)
    return np.stack([across, np.cross(back, across), back], axis=1)


def _rotation(face: Face, yaw: float, pitch: float) -> np.ndarray:
    """(3, 3) that turns the head to `face.yaw + yaw` and `face.pitch + pitch` and leaves its roll."""
    right, up = np.sin(np.radians([face.yaw + yaw, face.pitch + pitch]))
    back = np.array([-right, up, np.sqrt(1 - right**2 - up**2)])
    roll = np.radians(face.roll)
    across = np.array([np.cos(roll), np.sin(roll), 0])
    across[2] = -(across @ back) / back[2]
    return _axes(across, back) @ _head_axes(face.mesh).T


def _solid(mesh: np.ndarray, width: float) -> np.ndarray:
    """The mesh, from the midpoint of the eyes, with deeper sides, and with irises as discs on eyeballs."""
    axes = _head_axes(mesh)
    mesh = mesh - mesh[CORNERS].mean(axis=0)
    mesh[:, 2] += SIDES * width * np.minimum(np.abs(mesh @ axes[:, 0] / width), SIDES_END) ** 3
    for opening, iris in zip(OPENINGS, map(list, IRISES)):
        ball = (mesh[opening[0]] + mesh[opening[8]]) / 2 + axes @ BALL_CENTER * width
        gaze = mesh[iris[0], :2] - ball[:2]
        gaze *= min(1, 0.8 * IRIS_DISTANCE * width / max(np.hypot(*gaze), 1e-9))
        toward = np.sqrt((IRIS_DISTANCE * width) ** 2 - gaze @ gaze)
        mesh[iris, 2] = ball[2] - toward + (mesh[iris, :2] - mesh[iris[0], :2]) @ gaze / toward
    return mesh


def _shaping_points(mesh: np.ndarray, centers: np.ndarray, width: float) -> np.ndarray:
    """(n, 3) points that the surface goes through, or nearly."""
    skin = mesh[:SKIN_POINTS]
    chosen = (np.linalg.norm(skin[:, None, :2] - centers, axis=2) < NEAR_EYE * width).any(axis=1)
    chosen[::4] = True
    irises = mesh[[iris[0] for iris in IRISES]]
    sides = [(mesh[iris[0]] + mesh[iris[side]]) / 2 for iris in IRISES for side in (1, 3)]

    outline = skin[cv2.convexHull(skin[:, :2].astype(np.float32), returnPoints=False)[:, 0]]
    outline = np.vstack([outline, outline[:1]])
    length = np.append(0, np.cumsum(np.hypot(*np.diff(outline[:, :2], axis=0).T)))
    places = np.linspace(0, length[-1], OUTLINE_POINTS, endpoint=False)
    outline = np.column_stack([np.interp(places, length, values) for values in outline.T])
    middle = np.append(skin[:, :2].mean(axis=0), 0)
    rings = [middle + (outline - middle) * [size, size, 1] for size in RINGS]

    points = np.vstack([skin[chosen], irises, sides, *rings])
    start, more = np.multiply(FLATTENED, width)
    past = np.maximum(points[:, 2] - start, 0)
    points[:, 2] += more * (1 - np.exp(-past / more)) - past
    return points


def _kernel(squared: np.ndarray) -> np.ndarray:
    return squared * np.sqrt(squared)


def _surface(points: np.ndarray, width: float, low: np.ndarray, high: np.ndarray) -> _Surface:
    """The smooth surface through `points`, from pixel `low` to `high`: a polyharmonic of the third power."""
    x, y, z = (points / width).T
    affine = np.stack([np.ones_like(x), x, y])
    system = _kernel(np.subtract.outer(x, x) ** 2 + np.subtract.outer(y, y) ** 2) + ROUGHNESS * np.eye(len(x))
    system = np.block([[system, affine.T], [affine, np.zeros((3, 3))]])
    weights = np.linalg.solve(system, np.append(z, np.zeros(3))).astype(np.float32)

    columns, rows = (np.arange(a, b, SURFACE_STEP, dtype=np.float32) for a, b in zip(low / width, high / width))
    across = (columns[:, None] - x.astype(np.float32)) ** 2
    down = (rows[:, None] - y.astype(np.float32)) ** 2
    depth = _kernel(down[:, None] + across[None]) @ weights[:-3]
    depth += weights[-3] + weights[-2] * columns + weights[-1] * rows[:, None]
    # `cv2.remap` rounds to a 32nd of a step, which steep sides would show.
    depth = cv2.resize(depth * np.float32(width), None, fx=FINER, fy=FINER, interpolation=cv2.INTER_CUBIC)
    step = width * SURFACE_STEP
    return _Surface(depth, low + (0.5 / FINER - 0.5) * step, step / FINER)


def _seen(surface: _Surface, rotation: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(h, w, 2) points of the portrait that are seen at (h, w, 2) points of the turned one.

    A line of sight is followed from the nearest depth that there is, step by step, until it is behind the surface. Its
    point that has the depth z in the portrait lies there at `start - along * z`.
    """
    inverse = np.linalg.inv(rotation[:2, :2]).astype(np.float32)
    start, along = points.astype(np.float32) @ inverse.T, inverse @ rotation[:2, 2].astype(np.float32)

    def before(z: np.ndarray) -> np.ndarray:
        """How far the line, at its depth z, is before the surface."""
        return surface.at(start[..., 0] - along[0] * z, start[..., 1] - along[1] * z) - z

    step = FINER * surface.step * MARCH_STEP / SURFACE_STEP
    first, last = float(surface.depth.min()) - step, float(surface.depth.max()) + step
    near, far = np.full(start.shape[:2], first, np.float32), np.full(start.shape[:2], last, np.float32)
    near_by, far_by = before(near), before(far)
    going_on, previous = np.ones(near.shape, bool), near_by
    for z in np.arange(first + step, last, step, dtype=np.float32):
        now = before(np.full_like(near, z))
        hit = going_on & (now <= 0)
        near[hit], far[hit], near_by[hit], far_by[hit] = z - step, z, previous[hit], now[hit]
        going_on &= ~hit
        previous = now
    for _ in range(3):  # the crossing, by false position
        z = near + (far - near) * near_by / np.maximum(near_by - far_by, 1e-6)
        now = before(z)
        behind = now <= 0
        far, far_by = np.where(behind, z, far), np.where(behind, now, far_by)
        near, near_by = np.where(behind, near, z), np.where(behind, near_by, now)
    z = near + (far - near) * near_by / np.maximum(near_by - far_by, 1e-6)
    return start - z[..., None] * along


@dataclass(frozen=True)
class _Turn:
    """A head before and after its turn; both pictures are measured from the midpoint of the eyes.

    Args:
        surface: of the portrait.
        mesh: (478, 3) of the portrait.
        rotation: (3, 3).
        pivot: (2,) midpoint of the eyes in the portrait.
        width: of an eye in the portrait.
    """

    surface: _Surface
    mesh: np.ndarray
    rotation: np.ndarray
    pivot: np.ndarray
    width: float

    @classmethod
    def of(cls, face: Face, yaw: float, pitch: float) -> _Turn:
        width = float(np.mean([eye.frame.width for eye in face.eyes]))
        pivot = face.mesh[CORNERS, :2].mean(axis=0)
        centers = np.array([eye.frame.center for eye in face.eyes]) - pivot
        mesh = _solid(face.mesh, width)
        low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
        reach = (RINGS[-1] - 1) / 2 * (high - low)
        surface = _surface(_shaping_points(mesh, centers, width), width, low - reach, high + reach)
        mesh[EYES, 2] = surface.at(mesh[None, EYES, 0], mesh[None, EYES, 1])[0]
        return cls(surface, mesh, _rotation(face, yaw, pitch), pivot, width)

    def sources(self, points: np.ndarray) -> np.ndarray:
        """(h, w, 2) pixels of the portrait that are seen at (h, w, 2) points of the turned one."""
        return _seen(self.surface, self.rotation, points) + self.pivot.astype(np.float32)

    def refuse_unseen(self, turned: Face, shape: tuple[int, ...]) -> None:
        """Raise if the portrait, of this shape, does not show the eyes that the turned head would."""
        patches = [eye.frame.to_portrait(np.moveaxis(patch_grid(18, 12), 0, -1)).reshape(-1, 2) for eye in turned.eyes]
        sources = self.sources(np.vstack([turned.mesh[EYES, :2], *patches])[None])[0]
        missed = np.linalg.norm(sources[: len(EYES)] - self.mesh[EYES, :2] - self.pivot, axis=1)
        hidden = (missed > HIDDEN * self.width).reshape(2, -1)
        if hidden.sum(axis=1).max() > MAX_HIDDEN:
            raise ValueError("turned this far, the nose or the brow would hide an eye; turn the head less")
        patches = sources[len(EYES) :].reshape(2, -1, 2)
        outside = ((patches < 0) | (patches > np.array(shape[1::-1]) - 1)).any(axis=2)
        if outside.mean(axis=1).max() > MAX_OUTSIDE:
            raise ValueError("the portrait ends too close to the eyes for this turn; take one that shows more")


@dataclass(frozen=True)
class _View:
    """The part of the turned picture that is drawn.

    Args:
        origin: (2,) of the first pixel, from the midpoint of the eyes.
        zoom: pixels per pixel of the portrait.
        size: width and height in pixels.
    """

    origin: np.ndarray
    zoom: float
    size: tuple[int, int]

    @classmethod
    def around(cls, mesh: np.ndarray, zoom: float) -> _View:
        low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
        margin = MARGIN * (high - low)
        columns, rows = np.ceil((high - low + 2 * margin) * zoom).astype(int)
        return cls(low - margin, zoom, (int(columns), int(rows)))

    def points(self, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return self.origin + np.stack([columns, rows], axis=-1) / self.zoom


def _sample(image: np.ndarray, at: np.ndarray) -> np.ndarray:
    return cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _edges(sources: np.ndarray, apart: float) -> np.ndarray:
    """(h, w) uint8: 1 where neighbours see places further apart than that, and around."""
    jump = np.zeros(sources.shape[:2], np.uint8)
    jump[:, 1:] |= np.abs(np.diff(sources, axis=1)).max(axis=-1) > apart
    jump[1:] |= np.abs(np.diff(sources, axis=0)).max(axis=-1) > apart
    return cv2.dilate(jump, np.ones((3, 3), np.uint8))


def _draw(image: np.ndarray, turn: _Turn, view: _View, centers: np.ndarray) -> np.ndarray:
    """The view, finely along edges that are near the (2, 2) `centers` of the eyes."""
    # A node stands for a block of pixels, as `cv2.resize` has it.
    block = turn.width * SIGHT_STEP * view.zoom
    counts = [max(2, round(pixels / block)) for pixels in view.size]
    columns, rows = ((np.arange(n) + 0.5) * pixels / n - 0.5 for n, pixels in zip(counts, view.size))
    points = view.points(*np.meshgrid(columns, rows))
    sources = turn.sources(points)
    pixels = _sample(image, cv2.resize(sources, view.size, interpolation=cv2.INTER_LINEAR))

    near = (np.linalg.norm(points[..., None, :] - centers, axis=-1) < EDGE_REACH * turn.width).any(axis=-1)
    edges = _edges(sources, EDGE * turn.width) * near.astype(np.uint8)
    rows, columns = np.nonzero(cv2.resize(edges, view.size, interpolation=cv2.INTER_NEAREST))
    if len(rows):
        order = np.resize(np.arange(len(rows)), (-(-len(rows) // PIXELS_IN_ROW), PIXELS_IN_ROW))
        rows, columns = rows[order], columns[order]
        right, down = np.meshgrid((-0.4, 0.4), (-0.4, 0.4))
        right, down = right.reshape(-1, 1, 1), down.reshape(-1, 1, 1)  # as soft as a lens sees an edge
        points = view.points(columns + right, rows + down).reshape(-1, PIXELS_IN_ROW, 2)
        looks = _sample(image, turn.sources(points)).reshape(4, *rows.shape, 3)
        pixels[rows, columns] = np.rint(np.mean(looks, axis=0, dtype=np.float32)).astype(np.uint8)
    return pixels


def turn_head(image: np.ndarray, face: Face, yaw: float, pitch: float) -> tuple[np.ndarray, Face]:
    """A portrait as if the head, with eyes and light, had been turned.

    Args:
        image: (H, W, 3) uint8 RGB.
        face: a face in it, with its mesh, nearly frontal.
        yaw, pitch: degrees to turn by, + to the picture's right and up; at most `MAX_YAW`, `MAX_PITCH` either way.

    Returns:
        The face's part of the portrait, (h, w, 3) uint8, enlarged so that neither eye is smaller than before, and the
        face in it: its landmarks and head pose follow from the turn, nothing is detected.

    Raises:
        ValueError: the turn is too far, or would show what the portrait hides or lacks.
    """
    if abs(yaw) > MAX_YAW or abs(pitch) > MAX_PITCH:
        raise ValueError(f"turn a head by at most {MAX_YAW:.0f} degrees sideways and {MAX_PITCH:.0f} up or down")
    if abs(face.yaw) > MAX_YAW_BEFORE:
        raise ValueError(f"the head is turned by {face.yaw:.0f} degrees already; take a more frontal portrait")
    turn = _Turn.of(face, yaw, pitch)
    mesh = turn.mesh @ turn.rotation.T
    turned = face_from_mesh(mesh)
    turn.refuse_unseen(turned, image.shape)
    zoom = max(1.0, *(before.frame.width / after.frame.width for before, after in zip(face.eyes, turned.eyes)))
    view = _View.around(mesh, zoom)
    pixels = _draw(image, turn, view, np.array([eye.frame.center for eye in turned.eyes]))
    return pixels, face_from_mesh((mesh - [*view.origin, 0]) * zoom)
