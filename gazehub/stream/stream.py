"""A film, frame by frame: `GazeStream`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from gazehub.aim import Aim, EyeAim
from gazehub.arguments import face_choice, number
from gazehub.draw import draw
from gazehub.face_report import FaceReport, report
from gazehub.gaze import angle_code_to_degrees, to_canonical
from gazehub.limits import EYES_CLOSED, NOT_SELECTED, reach, skip_reason
from gazehub.model.networks import Networks
from gazehub.read import FaceReading
from gazehub.stream.easing import ease_share
from gazehub.stream.lids import keep_lids
from gazehub.stream.memory import Memory
from gazehub.stream.tracking import FaceTracker, Landmarker, Scene, Track
from gazehub.stream.wish import Wish

NEARLY_WHOLE = 0.9  # amount from which on what is drawn is what was aimed at
STRENGTH_TIME = 0.1  # seconds in which another strength is taken on
LOOK_EVERY = 0.08  # seconds between two looks at what was drawn
FACES = ("all", "largest")


@dataclass(frozen=True, eq=False)
class StreamFace:
    """One face of a frame.

    Args:
        identity: the same number as long as it is the same face.
        amount: how much of the change is shown: 0 (its own pixels) to 1.
        report: what is known of it before the change.
    """

    identity: int
    amount: float
    report: FaceReport


@dataclass(frozen=True, eq=False)
class StreamReport:
    """One frame: its time, and its faces, largest first."""

    seconds: float
    faces: tuple[StreamFace, ...]


@dataclass(frozen=True, eq=False)
class _Person:
    """What is known of a face after a frame; the wish is None until its eyes were open."""

    memory: Memory
    wish: Wish | None = None


@dataclass(frozen=True, eq=False)
class _Aimed:
    """A face of this frame, and what is drawn of it."""

    track: Track
    person: _Person
    reading: FaceReading
    eyes: tuple[EyeAim, ...] = ()
    into_lens: bool = False

    @property
    def amount(self) -> float:
        return max((eye.amount for eye in self.eyes), default=0.0)


class GazeStream:
    """Brings the gaze of a film to the camera, frame by frame, and remembers every face between frames.

    For one film and one thread; `GazePipeline.stream` makes it.

    Args:
        landmarker: what finds faces, see `GazePipeline`.
        strength: 0 (every frame bit for bit) to 1 (into the lens).
        faces: "all", "largest" (the largest at first, as long as it stays), or identities out of the reports.
        look_away: the share of natural glances aside that are let through, 0..1, at most 5 degrees of each.

    Raises:
        ValueError: an argument out of range.
    """

    def __init__(
        self,
        networks: Networks,
        landmarker: Landmarker,
        strength: float = 1.0,
        faces: str | Collection[int] = "all",
        look_away: float = 0.0,
    ) -> None:
        self.strength, self._look_away = strength, _share("look_away", look_away)
        faces = face_choice(faces)
        if isinstance(faces, str) and faces not in FACES:
            raise ValueError(f'faces must be "all", "largest" or identities, not {faces!r}.')
        self._networks, self._tracker = networks, FaceTracker(landmarker)
        self._follow = getattr(landmarker, "follow", None)
        self._strength, self._faces = self.strength, faces  # the strength of the last frame
        self._scene: Scene | None = None
        self._people: dict[int, _Person] = {}
        self._largest: int | None = None
        self._looked = 0.0

    @property
    def strength(self) -> float:
        """It may be set between two frames, and is taken on within half a second.

        Raises:
            ValueError: it is set to what is not between 0 and 1.
        """
        return self._wanted_strength

    @strength.setter
    def strength(self, share: float) -> None:
        self._wanted_strength = _share("strength", share)

    def __call__(self, frame: np.ndarray, seconds: float) -> tuple[np.ndarray, StreamReport]:
        """
        Args:
            frame: (H, W, 3) uint8 RGB.
            seconds: its time in the film. After a step back, a gap of 0.25 seconds or a cut, nothing is remembered.

        Returns:
            The frame redrawn, a new array, and what is known of its faces.
        """
        before, self._scene = self._scene, self._tracker(frame, seconds, self._scene)
        passed = 0.0 if self._scene.fresh else seconds - before.seconds
        self._strength = ease_share(self._strength, self.strength, passed, STRENGTH_TIME)
        faces = [self._aim(frame, track, passed) for track in self._scene.tracks]
        drawn = frame
        for into_lens in (True, False):
            eyes = tuple(eye for face in faces if face.into_lens is into_lens for eye in face.eyes)
            if eyes:
                drawn = draw(self._networks, drawn, Aim(eyes, into_lens))
        for face in faces:
            if face.eyes and face.person.memory.closing:
                for eye in face.track.face.eyes:
                    keep_lids(frame, drawn, eye, face.person.memory.closing)
        looks = not 0 <= seconds - self._looked < LOOK_EVERY
        self._people = self._remembered(faces, drawn if looks else None, seconds)
        if looks:
            self._looked = seconds
        if drawn is frame:
            drawn = frame.copy()
        return drawn, StreamReport(seconds, tuple(self._report(face) for face in faces))

    def _aim(self, frame: np.ndarray, track: Track, passed: float) -> _Aimed:
        person = None if self._scene.fresh else self._people.get(track.identity)
        face, reason = track.face, skip_reason(track.face)
        memory = Memory.first(frame, face) if person is None else person.memory.follow(frame, face, passed)
        wish = person.wish if person else None
        if not self._is_chosen(track):
            return _Aimed(track, _Person(memory, wish), FaceReading(face, (), NOT_SELECTED))
        if memory.uncovered == 0:
            return _Aimed(track, _Person(memory, wish), FaceReading(face, (), EYES_CLOSED))
        shut_out = reason not in (None, EYES_CLOSED)
        if shut_out and (wish is None or wish.presence == 0):
            return _Aimed(track, _Person(memory), FaceReading(face, (), reason))
        memory, reading = memory.read(self._networks, frame, face, passed)
        usable, seen = not shut_out and reading.skipped is None, memory.as_seen(reading.gaze)
        within = reach(face.yaw, angle_code_to_degrees(seen))
        if wish is None:
            wish = Wish.first(reading.gaze, within, usable, at_once=self._scene.fresh)
        else:
            wish = wish.follow(reading.gaze, within, usable, passed, self._look_away)
        share = self._strength * wish.reach
        wish = wish.asked(wish.reach * (wish.glances.shown - seen), passed)
        amount = wish.presence * wish.need * memory.uncovered
        if amount == 0 or self._strength == 0:
            return _Aimed(track, _Person(memory, wish), reading)
        eyes = []
        for eye in reading.eyes:
            wanted = to_canonical(wish.glances.shown, eye.eye.mirrored)
            eyes.append(EyeAim(eye, eye.angle + share * (wanted - eye.angle), amount))
        return _Aimed(track, _Person(memory, wish), reading, tuple(eyes), share == 1 and not wish.glances.shown.any())

    def _is_chosen(self, track: Track) -> bool:
        if self._faces == "all":
            return True
        if self._faces != "largest":
            return track.identity in self._faces
        present = [other.identity for other in self._scene.tracks]
        known = present + [other.identity for other in self._scene.lost]
        if self._largest not in known:
            self._largest = present[0]
        return track.identity == self._largest

    def _remembered(self, faces: list[_Aimed], drawn: np.ndarray | None, seconds: float) -> dict[int, _Person]:
        """Everybody who is in the frame or was a moment ago.

        Args:
            drawn: what came of the frame, to be looked at; None if it is not.
        """
        gone = {track.identity for track in self._scene.lost} & self._people.keys()
        people = {identity: self._people[identity] for identity in gone}
        for face in faces:
            person = face.person
            if drawn is not None and face.amount > NEARLY_WHOLE and self._follow:
                person = self._look_back(face, drawn, min(seconds - self._looked, 2 * LOOK_EVERY))
            people[face.track.identity] = person
        return people

    def _look_back(self, face: _Aimed, drawn: np.ndarray, seconds: float) -> _Person:
        found = self._follow(drawn, face.track.face)
        if found is None:
            return face.person
        wish, gaze = face.person.wish, face.reading.gaze
        left = gaze + self._strength * wish.reach * (wish.glances.shown - gaze)
        memory = face.person.memory.look_back(self._networks, found, gaze, left, seconds)
        return replace(face.person, memory=memory)

    def _report(self, face: _Aimed) -> StreamFace:
        return StreamFace(face.track.identity, face.amount, report(face.reading))


def _share(name: str, share: float) -> float:
    if not 0 <= number(name, share) <= 1:
        raise ValueError(f"{name} must be between 0 and 1, not {share}.")
    return float(share)
