"""What happens at a click. Errors reach the visitor as one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import gradio as gr

from gazehub.files.images import ImageError
from gazehub.pipeline_gaze import GazePipeline, NoFaceError
from gazehub.video.clips import write_clip
from gazehub.web import words
from gazehub.web.clips import can_read_clips
from gazehub.web.visit import (
    FPS,
    FRAMES,
    PREVIEW_SIDE,
    Visit,
    clip_frames,
    close_up,
    face_at,
    numbered,
    open_visit,
    private_path,
    shrunk,
    write,
)

PROGRESS = gr.Progress()  # gradio puts the one of the running call in its place


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what a visitor can cause into a sentence for the visitor."""
    try:
        yield
    except (ImageError, NoFaceError) as error:
        raise gr.Error(str(error), print_exception=False) from None


class Actions:
    """The handlers of one page.

    Args:
        folder: where files for the browser go; gradio deletes them in time.
    """

    def __init__(self, pipeline: GazePipeline, folder: str) -> None:
        self.pipeline, self.folder = pipeline, folder

    def open(self, path: str | None) -> tuple:
        """-> visit, chooser, thumbnail, chosen."""
        if path is None:
            return None, gr.Group(visible=False), None, gr.CheckboxGroup(choices=[], value=[])
        with in_words():
            visit = open_visit(self.pipeline, path)
        names = [str(number) for number in range(1, len(visit.encoding.faces) + 1)]
        picture = write(numbered(visit), self.folder, "faces.jpg") if len(names) > 1 else None
        return visit, gr.Group(visible=len(names) > 1), picture, gr.CheckboxGroup(choices=names, value=names)

    def forget(self) -> tuple:
        """After a photo that can't be used, nothing of the one before stays. -> as `open`, as `correct`, live."""
        _, *results = self.correct(None, None, [], "both", 1.0)
        return *self.open(None), *results, None

    def correct(self, photo: str | None, visit: Visit | None, chosen: list[str], eyes: str, strength: float) -> tuple:
        """-> visit, comparison, closeup, download, report."""
        if is_gone(photo, visit):
            return None, None, None, gr.DownloadButton(value=None, interactive=False), "Add a photo first."
        output = visit.encoding.correct(strength, _indexes(chosen), eyes)
        for sentence in words.warnings(output.faces):
            gr.Warning(sentence)
        face, folder, portrait = visit.encoding.faces[0], self.folder, visit.before
        before = write(portrait, folder, "before.png", edited=False)
        after = write(output.image, folder, "looking-into-the-camera.png")
        eyes_before = write(close_up(portrait, face), folder, "eyes-before.png", edited=False)
        eyes_after = write(close_up(output.image, face), folder, "eyes-after.png")
        download = gr.DownloadButton(value=after, interactive=True)
        return visit, (before, after), (eyes_before, eyes_after), download, words.what_it_saw(output.faces)

    def slide(self, photo: str | None, visit: Visit | None, chosen: list[str], eyes: str, alpha: float) -> tuple:
        """-> visit, live picture on the way from the photo's gaze to the camera."""
        if is_gone(photo, visit):
            return None, None
        return visit, self._live(visit.encoding.animate([alpha], _indexes(chosen), eyes)[0])

    def turn(
        self, photo: str | None, visit: Visit | None, chosen: list[str], eyes: str, yaw: float, pitch: float
    ) -> tuple:
        """-> visit, live picture looking in a direction."""
        if is_gone(photo, visit):
            return None, None
        return visit, self._live(visit.encoding.redirect(yaw, pitch, _indexes(chosen), eyes).image)

    def make_clip(
        self,
        photo: str | None,
        visit: Visit | None,
        chosen: list[str],
        eyes: str,
        kind: str,
        progress: gr.Progress = PROGRESS,
    ) -> tuple:
        """-> visit, clip, GIF, MP4."""
        if is_gone(photo, visit):
            raise gr.Error("Add a photo first.", print_exception=False)
        drawn = clip_frames(visit, kind, _indexes(chosen), eyes)
        frames = list(progress.tqdm(drawn, total=FRAMES, desc="Drawing", unit="pictures"))
        names = ("eyes.gif", "eyes.mp4") if can_read_clips() else ("eyes.gif",)
        paths = [str(private_path(self.folder, name)) for name in names]
        for path in paths:
            write_clip(frames, Path(path), FPS)
        shown = [gr.DownloadButton(value=path, visible=True) for path in paths]
        return visit, gr.update(value=paths[-1], visible=True), shown[0], shown[1] if shown[1:] else gr.skip()

    def toggle(self, visit: Visit | None, chosen: list[str], event: gr.SelectData) -> list[str]:
        """-> chosen, with the clicked face in or out."""
        face = face_at(visit, *event.index) if visit else None
        if face is None:
            return chosen
        return sorted(set(chosen) ^ {str(face + 1)}, key=int)

    def _live(self, picture) -> str:
        return write(shrunk(picture, PREVIEW_SIDE)[0], self.folder, "eyes.jpg")


def is_gone(photo: str | None, visit: Visit | None) -> bool:
    """Whether there is nothing to work on because there is no photo.

    Raises:
        gr.Error: there is one, but it was not touched for so long that it was forgotten.
    """
    if visit is None and photo is not None:
        raise gr.Error("Your photo was forgotten after a while: please add it again.", print_exception=False)
    return visit is None


def on_gpu(function: Callable) -> Callable:
    """On a ZeroGPU Space the runtime wants one function that asks for its GPU; anywhere else nothing changes."""
    if find_spec("spaces") is None:
        return function
    import spaces

    return spaces.GPU(function)


def _indexes(chosen: list[str]) -> list[int]:
    return [int(number) - 1 for number in chosen]
