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
from gazehub.stream.missed import Missed
from gazehub.stream.tracking import FaceTracker, Landmarker, Scene, Track
from gazehub.stream.wish import Wish, eased_presence

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
class SeenFace:
    """A face of a frame that was read.

    Args:
        reading: its eyes; none if they are left alone.
        presence: how much of a change may be shown; None until the eyes were open.
    """

    track: Track
    memory: Memory
    reading: FaceReading
    presence: float | None

    @property
    def found_anew(self) -> bool:
        """Where its eyes are was forgotten, or not known."""
        return self.memory.age == 0 and self.memory.unread == 0


@dataclass(frozen=True, eq=False)
class Seen:
    """A frame that was read.

    Args:
        frame: (H, W, 3) uint8 RGB.
        passed: since the frame before; 0 if nothing before counts.
        faces: largest first.
        lost: identities of those that were there a moment ago.
    """

    frame: np.ndarray
    seconds: float
    passed: float
    faces: tuple[SeenFace, ...]
    lost: frozenset[int]


@dataclass(frozen=True, eq=False)
class _Person:
    """What is known of a face after a frame was drawn; the wish is None until its eyes were open."""

    missed: Missed
    wish: Wish | None = None


@dataclass(frozen=True, eq=False)
class _Aimed:
    """A face of this frame, and what is drawn of it."""

    seen: SeenFace
    person: _Person
    reading: FaceReading
    eyes: tuple[EyeAim, ...] = ()
    into_lens: bool = False

    @property
    def amount(self) -> float:
        return max((eye.amount for eye in self.eyes), default=0.0)


class GazeStream:
    """Brings the gaze of a film to the camera, frame by frame, and remembers every face between frames.

    For one film and one thread, or two: `stream(frame, seconds)` is `stream.draw(stream.read(frame, seconds))`, and
    while one thread draws a frame another may read the next. `GazePipeline.stream` makes it.

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
        self._seen: dict[int, SeenFace] = {}
        self._largest: int | None = None
        self._people: dict[int, _Person] = {}
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
        return self.draw(self.read(frame, seconds))

    def read(self, frame: np.ndarray, seconds: float) -> Seen:
        """The first half of a call: who is there, and where they look. Frames come in order."""
        before, self._scene = self._scene, self._tracker(frame, seconds, self._scene)
        passed = 0.0 if self._scene.fresh else seconds - before.seconds
        faces = tuple(self._look(frame, track, passed) for track in self._scene.tracks)
        lost = {track.identity for track in self._scene.lost} & self._seen.keys()
        self._seen = {identity: self._seen[identity] for identity in lost} | {
            face.track.identity: face for face in faces
        }
        return Seen(frame, seconds, passed, faces, frozenset(lost))

    def draw(self, seen: Seen) -> tuple[np.ndarray, StreamReport]:
        """The second half: the frame redrawn, and what is known of its faces."""
        self._strength = ease_share(self._strength, self.strength, seen.passed, STRENGTH_TIME)
        faces = [self._aim(face, seen.passed) for face in seen.faces]
        drawn = seen.frame
        for into_lens in (True, False):
            eyes = tuple(eye for face in faces if face.into_lens is into_lens for eye in face.eyes)
            if eyes:
                drawn = draw(self._networks, drawn, Aim(eyes, into_lens))
        for face in faces:
            if face.eyes and face.seen.memory.closing:
                for eye in face.seen.track.face.eyes:
                    keep_lids(seen.frame, drawn, eye, face.seen.memory.closing)
        looks = not 0 <= seen.seconds - self._looked < LOOK_EVERY
        people = {identity: self._people[identity] for identity in seen.lost if identity in self._people}
        for face in faces:
            people[face.seen.track.identity] = self._look_back(face, drawn, seen.seconds) if looks else face.person
        self._people = people
        if looks:
            self._looked = seen.seconds
        if drawn is seen.frame:
            drawn = drawn.copy()
        return drawn, StreamReport(seen.seconds, tuple(self._report(face) for face in faces))

    def _look(self, frame: np.ndarray, track: Track, passed: float) -> SeenFace:
        before = None if self._scene.fresh else self._seen.get(track.identity)
        face, reason = track.face, skip_reason(track.face)
        memory = Memory.first(frame, face) if before is None else before.memory.follow(frame, face, passed)
        presence = before.presence if before else None
        if not self._is_chosen(track):
            return SeenFace(track, memory, FaceReading(face, (), NOT_SELECTED), presence)
        if memory.uncovered == 0:
            return SeenFace(track, memory, FaceReading(face, (), EYES_CLOSED), presence)
        shut_out = reason not in (None, EYES_CLOSED)
        if shut_out and not presence:
            return SeenFace(track, memory, FaceReading(face, (), reason), None)
        memory, reading = memory.read(self._networks, frame, face, passed)
        usable = not shut_out and reading.skipped is None
        return SeenFace(track, memory, reading, eased_presence(presence, usable, passed, self._scene.fresh))

    def _aim(self, face: SeenFace, passed: float) -> _Aimed:
        person = self._people.get(face.track.identity, _Person(Missed()))
        if not face.reading.eyes:
            return _Aimed(face, person if face.presence is not None else _Person(person.missed), face.reading)
        missed = person.missed.found_anew() if face.found_anew else person.missed
        reading = missed.made_up_for(face.reading)
        seen, wish = missed.as_seen(reading.gaze), person.wish
        within = reach(face.track.face.yaw, angle_code_to_degrees(seen))
        if wish is None:
            wish = Wish.first(reading.gaze, within)
        else:
            wish = wish.follow(reading.gaze, within, passed, self._look_away)
        share = self._strength * wish.reach
        wish = wish.asked(wish.reach * (wish.glances.shown - seen), passed)
        amount = face.presence * wish.need * face.memory.uncovered
        if amount == 0 or self._strength == 0:
            return _Aimed(face, _Person(missed, wish), reading)
        eyes = []
        for eye in reading.eyes:
            wanted = to_canonical(wish.glances.shown, eye.eye.mirrored)
            eyes.append(EyeAim(eye, eye.angle + share * (wanted - eye.angle), amount))
        return _Aimed(face, _Person(missed, wish), reading, tuple(eyes), share == 1 and not wish.glances.shown.any())

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

    def _look_back(self, face: _Aimed, drawn: np.ndarray, seconds: float) -> _Person:
        """What is known of a face once what was drawn of it was looked at."""
        if face.amount <= NEARLY_WHOLE or not self._follow:
            return face.person
        found = self._follow(drawn, face.seen.track.face)
        if found is None:
            return face.person
        wish, gaze = face.person.wish, face.reading.gaze
        left = gaze + self._strength * wish.reach * (wish.glances.shown - gaze)
        passed = min(seconds - self._looked, 2 * LOOK_EVERY)
        missed = face.person.missed.look_back(self._networks.camera_coefficients, found, gaze, left, passed)
        return replace(face.person, missed=missed)

    def _report(self, face: _Aimed) -> StreamFace:
        return StreamFace(face.seen.track.identity, face.amount, report(face.reading))


def _share(name: str, share: float) -> float:
    if not 0 <= number(name, share) <= 1:
        raise ValueError(f"{name} must be between 0 and 1, not {share}.")
    return float(share)
