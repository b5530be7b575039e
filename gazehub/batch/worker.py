"""What is asked of every photo (`Order`), what does it (`Corrector`), and what comes of it (`Record`)."""

from __future__ import annotations

import os
import tempfile
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from gazehub import __version__
from gazehub.batch.place import is_url, join
from gazehub.files.failures import sentence
from gazehub.hub.weights import weights_hash

WRITTEN, NO_FACE, FAILED = "written", "no usable face", "error"
PARTS = ".gazehub-parts"  # in the output folder: pictures that have no line in the report yet


@dataclass(frozen=True)
class Order:
    """The same for every photo of a run.

    Args:
        output: folder or URL that the pictures go to, absolute.
        threads: of each worker; None for as many as pay.
    """

    output: str
    strength: float = 1.0
    faces: str = "all"
    eyes: str = "both"
    weights: str | None = None
    revision: str | None = None
    device: str | None = None
    threads: int | None = 1

    @property
    def settings(self) -> str:
        """Everything that decides what a picture looks like."""
        return f"strength={self.strength:g} faces={self.faces} eyes={self.eyes} weights={self._weights_name()}"

    def _weights_name(self) -> str:
        if self.weights is None:
            return f"gazehub-{__version__}"
        folder = Path(self.weights)
        made_of = weights_hash(folder)
        if made_of is None:
            return f"{self.weights}@{self.revision}" if self.revision else self.weights
        return f"{folder.name}#{made_of[:12]}"  # weights that were trained on keep their name


@dataclass(frozen=True)
class Record:
    """What became of one photo: its line in the report. Degrees are those of the largest face.

    Args:
        file: path or URL of the photo, absolute.
        picture: name of the picture in the output folder; "" if none was written.
        outcome: `WRITTEN`, `NO_FACE` or `FAILED`.
        skipped: why faces were left alone, of each of them, joined by "; ".
        part: where the picture waits for its line; "" if it is in its place. Not in the report.
    """

    file: str
    picture: str = ""
    outcome: str = FAILED
    faces: int = 0
    redrawn: int = 0
    skipped: str = ""
    yaw_before: float | None = None
    pitch_before: float | None = None
    yaw_after: float | None = None
    pitch_after: float | None = None
    error: str = ""
    part: str = ""


class Corrector:
    """Holds a pipeline; a call corrects one photo.

    Raises:
        ValueError, OSError: the weights can't be loaded.
    """

    def __init__(self, order: Order) -> None:
        import cv2

        from gazehub.pipeline_gaze import GazePipeline

        if order.threads:
            cv2.setNumThreads(order.threads)
        self.order = order
        self.pipeline = GazePipeline.from_pretrained(
            order.weights, revision=order.revision, device=order.device, threads=order.threads
        )
        if is_url(order.output):
            from gazehub.batch.place import open_store

            store, folder = open_store(order.output)
            store.makedirs(folder, exist_ok=True)

    def __call__(self, photo: str, name: str) -> Record:
        """Correct a photo and write the picture that will be called `name`; whatever goes wrong is in the record."""
        from gazehub.pipeline_gaze import NoFaceError

        with tempfile.TemporaryDirectory() if is_url(photo) or is_url(self.order.output) else _no_folder() as folder:
            try:
                path = _fetched(photo, folder) if is_url(photo) else photo
                try:
                    output = self.pipeline.correct(path, self.order.strength, self.order.faces, self.order.eyes)
                except NoFaceError as error:
                    return replace(_seen(photo, error.faces), outcome=NO_FACE, error=str(error))
                part = self._write(output.image, name, folder)
                return replace(_seen(photo, output.faces), outcome=WRITTEN, picture=name, part=part)
            except Exception as error:  # one photo in a hundred thousand must not end the run
                return Record(photo, error=sentence(error))

    def _write(self, image, name: str, folder: str | None) -> str:
        from gazehub.files.pictures import save_picture

        if not is_url(self.order.output):
            part = Path(self.order.output, PARTS, uuid.uuid4().hex + os.path.splitext(name)[1])
            save_picture(image, part)
            return str(part)
        # A store shows an upload when it is whole, and a rename there is another copy: no detour.
        from gazehub.batch.place import open_store

        picture = Path(folder, "picture", name)
        save_picture(image, picture)
        store, target = open_store(join(self.order.output, name))
        store.put_file(str(picture), target)
        return ""


def _no_folder():
    from contextlib import nullcontext

    return nullcontext()


def _fetched(url: str, folder: str) -> str:
    from gazehub.batch.place import open_store

    store, path = open_store(url)
    photo = os.path.join(folder, path.rsplit("/", 1)[-1])
    store.get_file(path, photo)
    return photo


def _seen(photo: str, faces: list) -> Record:
    """A record with what there is to say about the faces, largest first."""
    record = Record(
        photo,
        faces=len(faces),
        redrawn=sum(face.skipped is None for face in faces),
        skipped="; ".join(face.skipped for face in faces if face.skipped),
    )
    before, after = (faces[0].degrees_before, faces[0].degrees_after) if faces else (None, None)
    if before is not None:
        record = replace(record, yaw_before=round(before[0], 1), pitch_before=round(before[1], 1))
    if after is not None:
        record = replace(record, yaw_after=round(after[0], 1), pitch_after=round(after[1], 1))
    return record
