"""The web page: a photo goes in, the same photo looking into the camera comes out. Nothing is kept."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr  # noqa: E402
from PIL import Image  # noqa: E402

from gazehub import GazePipeline, ImageError, NoFaceError  # noqa: E402

CACHE_SECONDS = 600  # the uploads and results of a visit are deleted after this long


def build_demo(pipeline: GazePipeline | None = None) -> gr.Blocks:
    """The page. `pipeline`: what corrects the photos; None loads the weights that come with the package."""
    pipeline = pipeline or GazePipeline.from_pretrained()

    def correct(photo: str | None) -> Image.Image:
        """Make the people in a photo look into the camera.

        Args:
            photo: a portrait.
        """
        if photo is None:
            raise gr.Error("Choose a photo first.", print_exception=False)
        try:
            return pipeline.correct(photo).image
        except (ImageError, NoFaceError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    with gr.Blocks(
        title="Gaze correction", analytics_enabled=False, delete_cache=(CACHE_SECONDS, CACHE_SECONDS)
    ) as demo:
        gr.Markdown("# Look into the camera\nUpload a portrait of someone who looks away. Photos are not kept.")
        with gr.Row():
            photo = gr.Image(label="Photo", type="filepath", image_mode=None, sources=["upload", "clipboard"])
            result = gr.Image(label="Looking into the camera", format="png", interactive=False)
        button = gr.Button("Correct", variant="primary")
        button.click(correct, photo, result, api_name="correct")
    return demo


if __name__ == "__main__":
    build_demo().launch()
