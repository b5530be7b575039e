"""Portrait gaze correction: someone who looks away in a photo looks into the lens, and nothing else changes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gazehub.face_report import FaceReport, GazeOutput
    from gazehub.files.images import ImageError
    from gazehub.hub.weights import WeightsError
    from gazehub.model.modeling_gaze import GazeModel
    from gazehub.pipeline_gaze import GazePipeline, NoFaceError
    from gazehub.pipeline_video import GazeStream, VideoPipeline

__version__ = "0.1.0"
__all__ = [
    "FaceReport",
    "GazeModel",
    "GazeOutput",
    "GazePipeline",
    "GazeStream",
    "ImageError",
    "NoFaceError",
    "VideoPipeline",
    "WeightsError",
]

_MODULES = {
    "GazeModel": "model.modeling_gaze",
    "GazeStream": "pipeline_video",
    "ImageError": "files.images",
    "VideoPipeline": "pipeline_video",
    "WeightsError": "hub.weights",
}


def __getattr__(name: str) -> object:
    # Importing a class can take long, and a GazeModel needs torch: only those who use it pay for it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'pipeline_gaze')}"), name)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "diffusers"):
            raise
        raise ImportError(f"{name} needs {error.name}: pip install 'gazehub[torch]'") from error


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
