"""A face and its eyes in a portrait: opening contours, irises, head pose."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gazehub.eye_frame import EyeFrame

# Opening contours: outer corner, lower lid, inner corner, upper lid. Image-left eye first.
OPENINGS = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
IRISES = ((468, 469, 470, 471, 472), (473, 474, 475, 476, 477))
FOREHEAD, CHIN, LEFT_TEMPLE, RIGHT_TEMPLE = 10, 152, 234, 454


@dataclass(frozen=True)
class Eye:
    """One eye in portrait pixels.

    Args:
        opening: (16, 2) contour of the region inside the lids: outer corner, lower lid, inner corner, upper lid.
        iris: (2,) centre of the iris.
        iris_radius: in pixels.
        mirrored: True for the image-right eye.
    """

    opening: np.ndarray
    iris: np.ndarray
    iris_radius: float
    mirrored: bool

    @property
    def frame(self) -> EyeFrame:
        return EyeFrame.from_corners(self.opening[0], self.opening[8], self.mirrored)

    @property
    def offset(self) -> np.ndarray:
        """(2,) gaze offset in the canonical frame: iris centre minus the midpoint of the corners, eye widths."""
        return self.frame.to_frame(self.iris)

    @property
    def openness(self) -> float:
        """Mean height of the opening over its middle half, in eye widths: about 0.3 open, under 0.1 closed."""
        contour = self.frame.to_frame(self.opening)
        lower, upper = contour[3:6], contour[[13, 12, 11]]
        return float(np.mean(lower[:, 1] - upper[:, 1]))


@dataclass(frozen=True)
class Face:
    """A face in portrait pixels.

    Args:
        box: left, top, right, bottom of the face mesh.
        eyes: the image-left and the image-right eye.
        yaw, pitch, roll: head pose in degrees; + is to the picture's right, up, and clockwise.
        mesh: (478, 3) attention mesh, from which it is followed to the next picture; None where nobody follows.
    """

    box: tuple[float, float, float, float]
    eyes: tuple[Eye, Eye]
    yaw: float
    pitch: float
    roll: float
    mesh: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def area(self) -> float:
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])

    @property
    def side(self) -> float:
        """The longer side of the box."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


def _head_pose(mesh: np.ndarray, left: int, right: int) -> tuple[float, float, float]:
    across = mesh[right] - mesh[left]
    down = mesh[CHIN] - mesh[FOREHEAD]
    forward = np.cross(down, across)  # out of the face; MediaPipe's z grows away from the camera
    forward /= np.linalg.norm(forward)
    yaw, pitch = np.arcsin(forward[0]), np.arcsin(-forward[1])
    roll = np.arctan2(across[1], across[0])
    return tuple(float(a) for a in np.degrees([yaw, pitch, roll]))


def face_from_mesh(mesh: np.ndarray) -> Face:
    """A face from its (478, 3) attention mesh: portrait pixels, z in the same unit."""
    return _face(mesh, OPENINGS, IRISES, (LEFT_TEMPLE, RIGHT_TEMPLE), mesh)


def face_from_mirrored(mesh: np.ndarray) -> Face:
    """A face from the attention mesh of its mirror image, whose points were brought back: what the network took for a
    left eye is a right one. Nobody can be followed by it."""
    return _face(mesh, OPENINGS[::-1], IRISES[::-1], (RIGHT_TEMPLE, LEFT_TEMPLE), None)


def mean_face(face: Face, again: Face) -> Face:
    """The mean of two looks at the same face; its mesh is that of the first."""
    eyes = [
        Eye(
            (eye.opening + other.opening) / 2,
            (eye.iris + other.iris) / 2,
            (eye.iris_radius + other.iris_radius) / 2,
            eye.mirrored,
        )
        for eye, other in zip(face.eyes, again.eyes)
    ]
    poses = zip((face.yaw, face.pitch, face.roll), (again.yaw, again.pitch, again.roll))
    return Face(face.box, (eyes[0], eyes[1]), *(sum(pose) / 2 for pose in poses), face.mesh)


def _face(
    mesh: np.ndarray, openings: tuple, irises: tuple, temples: tuple[int, int], follow: np.ndarray | None
) -> Face:
    eyes = []
    for contour, iris, mirrored in zip(openings, irises, (False, True)):
        center = mesh[iris[0], :2]
        radius = np.linalg.norm(mesh[list(iris[1:]), :2] - center, axis=1).mean()
        eyes.append(Eye(mesh[list(contour), :2], center, float(radius), mirrored))
    low, high = mesh[:468, :2].min(0), mesh[:468, :2].max(0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Face(box, (eyes[0], eyes[1]), *_head_pose(mesh, *temples), follow)
