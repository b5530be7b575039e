"""Who is who from frame to frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from gazehub.faces.face import Face
from gazehub.faces.search import SAME_FACE, overlap

SEARCH_EVERY = 0.5  # seconds between two looks for new faces
FORGET_AFTER = 0.25  # seconds for which a face that was lost keeps its identity
CHANGED, CUT = 20.0, 0.6  # of 255; share of a small gray picture that has changed when the scene has
FARTHEST_STEP = 1.5  # eye distances: what is farther from where it was is somebody else
THUMBNAIL = (32, 18)

Landmarker = Callable[[np.ndarray], list[Face]]


@dataclass(frozen=True, eq=False)
class Track:
    """A face that is in the frame.

    Args:
        identity: the same number as long as it is the same face, never given twice in a film.
        seconds: when it was seen.
        step: (2,) how far it came since the frame before, pixels.
    """

    identity: int
    face: Face
    seconds: float
    step: np.ndarray

    @property
    def place(self) -> np.ndarray:
        return _place(self.face)


@dataclass(frozen=True, eq=False)
class Scene:
    """What a tracker knows after a frame.

    Args:
        tracks: the faces in it, largest first.
        lost: those that were there a moment ago.
        fresh: nothing before this frame counts: the first one, or the first after a cut or a gap.
        searched: when the whole picture was last searched.
        newest: the highest identity so far.
    """

    tracks: tuple[Track, ...]
    lost: tuple[Track, ...]
    fresh: bool
    seconds: float
    searched: float
    newest: int
    thumbnail: np.ndarray


class FaceTracker:
    """Follows faces by their last mesh; the detectors run only when one is lost, and now and then for new ones.

    Args:
        landmarker: what finds faces; one that has no `follow` (as `FaceLandmarker.follow`) searches every frame. One
            that has a `near` is asked for no small faces, which takes too long for a film.
    """

    def __init__(self, landmarker: Landmarker) -> None:
        self._search, self._follow = getattr(landmarker, "near", landmarker), getattr(landmarker, "follow", None)

    def __call__(self, pixels: np.ndarray, seconds: float, before: Scene | None) -> Scene:
        """
        Args:
            pixels: (H, W, 3) uint8 RGB.
            seconds: its time; a step back, or far ahead, counts as a cut.
            before: what was known after the frame before, None at the start.
        """
        thumbnail = _thumbnail(pixels)
        fresh = before is None or not 0 < seconds - before.seconds <= FORGET_AFTER or _is_cut(before, thumbnail)
        newest = before.newest if before else -1
        known = () if fresh else before.tracks + before.lost
        tracks = () if fresh else self._followed(pixels, seconds, before.tracks)
        lost = _missing(known, tracks, seconds)
        searched = before.searched if before else seconds
        if fresh or lost or self._follow is None or seconds - searched >= SEARCH_EVERY:
            found, searched = self._search(pixels), seconds
            for face in found:
                if any(overlap(face.box, track.face.box) > SAME_FACE for track in tracks):
                    continue
                again = _nearest(face, lost)
                newest += again is None
                step = np.zeros(2) if again is None else _place(face) - again.place
                tracks += (Track(newest if again is None else again.identity, face, seconds, step),)
                lost = _missing(known, tracks, seconds)
        tracks = tuple(sorted(tracks, key=lambda track: -track.face.area))
        return Scene(tracks, lost, fresh, seconds, searched, newest, thumbnail)

    def _followed(self, pixels: np.ndarray, seconds: float, tracks: tuple[Track, ...]) -> tuple[Track, ...]:
        if self._follow is None:
            return ()
        followed = []
        for track in tracks:
            face = self._follow(pixels, track.face)
            if face is not None and _distance(face, track.face) < FARTHEST_STEP:
                followed.append(Track(track.identity, face, seconds, _place(face) - track.place))
        return _apart(followed, {track.identity: track for track in tracks})


def _apart(followed: list[Track], before: dict[int, Track]) -> tuple[Track, ...]:
    """Where two tracks ended up on one face, it is the one's that moved on as it was moving."""

    def strangeness(track: Track) -> float:
        return float(np.hypot(*(track.step - before[track.identity].step)))

    kept: list[Track] = []
    for track in sorted(followed, key=strangeness):
        if all(
            overlap(track.face.box, other.face.box) <= SAME_FACE or _distance(track.face, other.face) > 0.5
            for other in kept
        ):
            kept.append(track)
    return tuple(kept)


def _missing(known: tuple[Track, ...], present: tuple[Track, ...], seconds: float) -> tuple[Track, ...]:
    identities = {track.identity for track in present}
    return tuple(
        track for track in known if track.identity not in identities and seconds - track.seconds <= FORGET_AFTER
    )


def _nearest(face: Face, lost: tuple[Track, ...]) -> Track | None:
    """Who of those that were lost a face may be."""
    near = [track for track in lost if _distance(face, track.face) < FARTHEST_STEP]
    return min(near, key=lambda track: _distance(face, track.face), default=None)


def _place(face: Face) -> np.ndarray:
    """(2,) the middle between the eyes."""
    return np.mean([eye.frame.center for eye in face.eyes], axis=0)


def _distance(one: Face, other: Face) -> float:
    """In distances between the eyes."""
    eyes = [eye.frame.center for eye in other.eyes]
    return float(np.hypot(*(_place(one) - _place(other))) / np.hypot(*(eyes[1] - eyes[0])))


def _thumbnail(pixels: np.ndarray) -> np.ndarray:
    step = max(1, min(pixels.shape[:2]) // 180)
    small = cv2.resize(np.ascontiguousarray(pixels[::step, ::step]), THUMBNAIL, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32).mean(axis=-1)


def _is_cut(before: Scene, thumbnail: np.ndarray) -> bool:
    return float((np.abs(thumbnail - before.thumbnail) > CHANGED).mean()) > CUT
