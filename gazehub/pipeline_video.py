"""Films: `VideoPipeline` makes a `GazeStream` for each, which takes its frames one by one."""

from __future__ import annotations

from collections.abc import Collection

from gazehub.pipeline_gaze import GazePipeline
from gazehub.stream.stream import GazeStream, StreamFace, StreamReport

__all__ = ["GazeStream", "StreamFace", "StreamReport", "VideoPipeline"]


class VideoPipeline:
    """A `GazePipeline` for films: it differs in that it remembers, from frame to frame, what it aimed at.

    One may be shared between threads; a stream may not.
    """

    def __init__(self, pipeline: GazePipeline) -> None:
        self._pipeline = pipeline

    def stream(
        self, strength: float = 1.0, faces: str | Collection[int] = "all", look_away: float = 0.0
    ) -> GazeStream:
        """For one film. Arguments and errors as for `GazeStream`."""
        return self._pipeline.stream(strength, faces, look_away)
