"""Named endpoints for `gradio_client`, curl and MCP. Their docstrings are the schema that callers see."""

from __future__ import annotations

import gradio as gr

from gazehub.pipeline_gaze import GazePipeline
from gazehub.video.clips import there_and_back, write_clip
from gazehub.web.actions import in_words, on_gpu
from gazehub.web.photo import Photo
from gazehub.web.visit import CLIP_SIDE, FPS, checked_photo, private_path, shrunk, write

EYES, FORMATS = ["both", "left", "right"], ["gif", "mp4"]
FEW = {"concurrency_id": "api", "concurrency_limit": 2}  # of all calls at a time: each holds a photo of full size


def add_endpoints(pipeline: GazePipeline, folder: str) -> None:
    """Add /correct, /redirect, /animate and /analyze to the page that is being built."""

    def correct(photo: str, strength: float = 1.0, eyes: str = "both") -> str:
        """Make everyone in a photo look into the camera.

        Args:
            photo: a portrait, up to 25 MB and 40 megapixels.
            strength: 0 (unchanged) to 1 (into the lens).
            eyes: "both", or "left" or "right" as seen in the picture.

        Returns:
            The picture as PNG, as large as the photo.
        """
        with in_words():
            return write(pipeline.correct(checked(photo), strength, "all", eyes).image, folder, "corrected.png")

    def redirect(photo: str, yaw: float = 0.0, pitch: float = 0.0, eyes: str = "both") -> str:
        """Make everyone in a photo look in a direction.

        Args:
            photo: a portrait, up to 25 MB and 40 megapixels.
            yaw: degrees, -40 to 40; 0 is the camera, + is to the picture's right.
            pitch: degrees, -30 to 30; 0 is the camera, + is up.
            eyes: "both", or "left" or "right" as seen in the picture.

        Returns:
            The picture as PNG, as large as the photo.
        """
        with in_words():
            return write(pipeline.redirect(checked(photo), yaw, pitch, "all", eyes).image, folder, "redirected.png")

    def animate(photo: str, start: float = 0.0, stop: float = 1.0, frames: int = 24, file_format: str = "gif") -> str:
        """Make a clip in which the eyes move there and back.

        Args:
            photo: a portrait, up to 25 MB and 40 megapixels.
            start: where the eyes start: 0 is the gaze of the photo, 1 the camera; from -2 to 3.
            stop: where they turn back.
            frames: 2 to 96.
            file_format: "gif" or "mp4".

        Returns:
            The clip, its longer side at most 720 pixels, 12 frames a second.
        """
        with in_words():
            encoding = pipeline.encode(checked(photo))
        pictures = (encoding.animate([alpha])[0] for alpha in there_and_back(int(frames), start, stop))
        path = private_path(folder, f"eyes.{file_format}")
        write_clip([shrunk(picture, CLIP_SIDE) for picture in pictures], path, FPS)
        return str(path)

    def analyze(photo: str) -> list[dict]:
        """Say where the people in a photo look.

        Args:
            photo: a portrait, up to 25 MB and 40 megapixels.

        Returns:
            One object per face, largest first: box (left, top, right, bottom in pixels), usable, skipped (why it can't
            be changed, or null), domain ("X" camera, "Y" elsewhere, "between"), gaze_degrees (yaw to the picture's
            right, pitch up; 0, 0 is the camera), gaze_offset (eye widths, right and down), openness (eye widths),
            head_degrees (yaw, pitch, roll).
        """
        with in_words():
            return [report.to_json() for report in pipeline.inspect(checked(photo))]

    with gr.Row(visible=False):
        photo = Photo(label="photo")
        strength = gr.Slider(0, 1, 1, label="strength")
        eyes = gr.Radio(EYES, value="both", label="eyes")
        yaw, pitch = gr.Slider(-40, 40, 0, label="yaw"), gr.Slider(-30, 30, 0, label="pitch")
        start, stop = gr.Slider(-2, 3, 0, label="start"), gr.Slider(-2, 3, 1, label="stop")
        frames = gr.Slider(2, 96, 24, step=1, label="frames")
        file_format = gr.Radio(FORMATS, value="gif", label="file_format")
        picture, clip, faces = gr.Image(label="picture", format="png"), gr.File(label="clip"), gr.JSON(label="faces")
        triggers = [gr.Button(name) for name in ("correct", "redirect", "animate", "analyze")]
    triggers[0].click(correct, [photo, strength, eyes], picture, api_name="correct", **FEW)
    triggers[1].click(redirect, [photo, yaw, pitch, eyes], picture, api_name="redirect", **FEW)
    triggers[2].click(on_gpu(animate), [photo, start, stop, frames, file_format], clip, api_name="animate", **FEW)
    triggers[3].click(analyze, photo, faces, api_name="analyze", **FEW)


def checked(path: str | None):
    """The photo within the limits of the page, as upright RGB."""
    if path is None:
        raise gr.Error("Choose a photo first.", print_exception=False)
    return checked_photo(path)
