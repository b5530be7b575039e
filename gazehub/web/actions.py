"""What happens at a click. Errors reach the visitor as one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import gradio as gr

from gazehub.face_report import FaceReport
from gazehub.files.images import ImageError
from gazehub.pipeline_gaze import GazePipeline, NoFaceError
from gazehub.video.clips import write_clip
from gazehub.web import words
from gazehub.web.clips import can_read_clips
from gazehub.web.parts import Chosen
from gazehub.web.samples import SAMPLES
from gazehub.web.settings import Settings, indexes
from gazehub.web.visit import (
    DELETED,
    FPS,
    FRAMES,
    Visit,
    clip_frames,
    file_name,
    open_visit,
    private_path,
    write,
)

PROGRESS = gr.Progress()  # gradio puts the one of the running call in its place
DOWNLOAD = "Download the picture"


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what a visitor can cause into a sentence for the visitor."""
    try:
        yield
    except (ImageError, NoFaceError) as error:
        raise gr.Error(str(error), print_exception=False) from None


@dataclass(frozen=True)
class First:
    """What the page shows at first: the value of the stage, the names of the faces, and where they looked."""

    stage: dict
    faces: list[str]
    own_gazes: list[tuple[float, float] | None]


class Actions:
    """The handlers of one page.

    Args:
        folder: where files for the browser go; gradio deletes them in time.
    """

    def __init__(self, pipeline: GazePipeline, folder: str) -> None:
        self.pipeline, self.folder = pipeline, folder
        self.sample = cache(self._sample)

    def open(self, photo: Chosen | None, progress: gr.Progress = PROGRESS) -> tuple:
        """A photo was chosen, or taken away. -> visit, photo, and the page as `_fresh` says."""
        steps = iter((0.1, 0.3, 0.8))
        try:
            visit = self._opened(photo, lambda step: progress(next(steps), desc=step))
        except (ImageError, NoFaceError) as error:
            refused = {"refused": photo.key, "why": str(error)}
            return None, refused, *self._fresh(self.sample(SAMPLES[0].name))
        warnings, fresh = words.warnings(visit.faces), self._fresh(visit, photo.settings if photo else None)
        for sentence in warnings:
            gr.Warning(sentence)
        return visit, gr.skip(), *fresh

    def draw(self, photo: Chosen | None, visit: Visit | None, *controls) -> tuple:
        """A control was moved. -> visit, stage."""
        if _was_left(photo, visit):
            return gr.skip(), gr.skip()
        settings = Settings.of(*controls)
        with in_words():
            visit = self._current(photo, visit)
        return visit, _stage(visit, settings)

    def save(self, photo: Chosen | None, visit: Visit | None, *controls) -> Iterator[tuple]:
        """The picture on show at full size. -> visit, download button, file."""
        yield gr.skip(), gr.Button("Making the file …", interactive=False), gr.skip()
        settings = Settings.of(*controls)
        try:
            with in_words():
                visit = self._current(photo, visit)
                faces = settings.chosen(len(visit.faces))
                picture = settings.wish.picture(visit.encoding(), faces, settings.eyes)
                path = write(picture, self.folder, file_name(visit, settings.wish))
        finally:
            yield gr.skip(), gr.Button(DOWNLOAD, interactive=True), gr.skip()
        yield visit, gr.skip(), gr.DownloadButton(value=path)

    def make_clip(
        self,
        photo: Chosen | None,
        visit: Visit | None,
        chosen: list[str],
        eyes: str,
        kind: str,
        progress: gr.Progress = PROGRESS,
    ) -> tuple:
        """-> visit, clip, GIF, MP4."""
        progress(0, desc="Opening the photo")
        with in_words():
            visit = self._current(photo, visit)
            drawn = clip_frames(visit, kind, indexes(chosen), eyes)
            frames = list(progress.tqdm(drawn, total=FRAMES, desc="Drawing", unit="pictures"))
        progress(None, desc="Writing the clip")
        suffixes = (".gif", ".mp4") if can_read_clips() else (".gif",)
        paths = [str(private_path(self.folder, f"{visit.path.stem}_eyes{suffix}")) for suffix in suffixes]
        for path in paths:
            write_clip(frames, Path(path), FPS)
        shown = [gr.DownloadButton(value=path, visible=True) for path in paths]
        return visit, gr.update(value=paths[-1], visible=True), shown[0], shown[1] if shown[1:] else gr.skip()

    def first(self) -> First:
        """What is on show before anything is clicked."""
        visit = self.sample(SAMPLES[0].name)
        return First(_stage(visit, Settings(), whole=True), _names(visit), _own_gazes(visit))

    def refuse(self) -> dict:
        """A photo that was there before a reload, or something that calls itself one, is no upload. -> photo"""
        return {"refused": None, "why": DELETED}

    def _fresh(self, visit: Visit, settings: Settings | None = None) -> tuple:
        """The page as it is after a photo was opened: corrected, and nothing left of the one before; or as it was
        before a reload. -> stage, faces, eyes, lead, strength, alpha, pad, download, clip, GIF, MP4."""
        settings, names = settings or Settings(), _names(visit)
        wish, faces = settings.wish, [names[index] for index in settings.chosen(len(names))]
        return (
            _stage(visit, settings, whole=True),
            gr.CheckboxGroup(choices=names, value=faces, visible=len(names) > 1),
            settings.eyes,
            wish.lead,
            wish.strength,
            wish.alpha,
            {"yaw": wish.yaw, "pitch": wish.pitch, "own": _own_gazes(visit), "faces": faces},
            gr.Button(DOWNLOAD, interactive=bool(faces)),
            gr.update(value=None, visible=False),
            gr.DownloadButton(value=None, visible=False),
            gr.DownloadButton(value=None, visible=False),
        )

    def _current(self, photo: Chosen | None, visit: Visit | None) -> Visit:
        """The photo that is shown; read again if it wasn't touched for so long that it was forgotten."""
        if visit is not None and photo is not None and visit.key == photo.key:
            if not photo.is_sample:
                visit.keep()
            return visit
        return self._opened(photo)

    def _opened(self, photo: Chosen | None, on_step: Callable[[str], object] = lambda step: None) -> Visit:
        if photo is None or photo.is_sample:
            return self.sample(photo.key if photo else SAMPLES[0].name)
        return open_visit(self.pipeline, photo.key, photo.key, on_step)

    def _sample(self, name: str) -> Visit:
        path = next(sample.path for sample in SAMPLES if sample.name == name)
        return open_visit(self.pipeline, path, name)


def on_gpu(function: Callable) -> Callable:
    """On a ZeroGPU Space the runtime wants one function that asks for its GPU; anywhere else nothing changes."""
    if find_spec("spaces") is None:
        return function
    import spaces

    return spaces.GPU(function)


def _stage(visit: Visit, settings: Settings, whole: bool = False) -> dict:
    """What the stage shows: all of it, or what changed since this photo was opened."""
    drawn = visit.draw(settings.wish, settings.chosen(len(visit.faces)), settings.eyes)
    changed = {
        "key": visit.key,
        "lead": settings.wish.lead,
        "after": drawn.after,
        "closeUps": drawn.close_ups,
        "notes": [words.in_short(face) for face in drawn.faces],
    }
    if not whole:
        return changed
    before, close_ups = visit.before()
    height, width = visit.whole.pixels.shape[:2]
    scale_x, scale_y = visit.whole.scale / width, visit.whole.scale / height

    def shares(face: FaceReport) -> list[float]:
        left, top, right, bottom = face.box
        return [left * scale_x, top * scale_y, right * scale_x, bottom * scale_y]

    samples = {sample.name: sample for sample in SAMPLES}
    title = samples[visit.key].title if visit.key in samples else ""
    return changed | {
        "before": before,
        "closeUpsBefore": close_ups,
        "boxes": [shares(face) for face in visit.faces],
        "turnable": [face.skipped is None for face in visit.faces],
        "size": [width, height],
        "title": title,
    }


def _names(visit: Visit) -> list[str]:
    """Of the faces, for people."""
    return [str(number) for number in range(1, len(visit.faces) + 1)]


def _own_gazes(visit: Visit) -> list[tuple[float, float] | None]:
    """(yaw, pitch) in degrees of every face as it came, largest first; None where it can't be changed."""
    return [face.degrees_before for face in visit.faces]


def _was_left(photo: Chosen | None, visit: Visit | None) -> bool:
    """Whether another photo was chosen, which is being opened, so that there is nothing to draw of this one."""
    return visit is not None and visit.key != (photo.key if photo else SAMPLES[0].name)
