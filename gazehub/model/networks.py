"""What reading and drawing need of a GazeModel, whatever runs it."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Networks(Protocol):
    """The networks of a `GazeModel` as functions of float32 arrays; B is a number of eyes.

    Attributes:
        camera_coefficients: (2, 4), see `gazehub.gaze.camera_offset`.
        hidden_spread: the spread of E_r, in eye widths, from which on an eye counts as hidden.
    """

    camera_coefficients: np.ndarray
    hidden_spread: float

    def encode(self, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(B, 3, 96, 144) RGB in 0..1 -> content codes (B, D), gaze offsets (B, 2) and their spread (B,)."""

    def locate(self, patches: np.ndarray) -> np.ndarray:
        """(B, 3, 96, 144) -> gaze offsets (B, 2) by E_r alone."""

    def correct(self, patches: np.ndarray, content: np.ndarray, before: np.ndarray, camera: np.ndarray) -> np.ndarray:
        """Fields that bring eyes into the lens: GCM, then CFM.

        Args:
            content: (B, D).
            before, camera: (B, 2) gaze offset of the eyes, and the one that looks into the lens.

        Returns:
            (B, 13, 96, 144) fields, see `gazehub.draw`.
        """

    def animate(
        self, patches: np.ndarray, content: np.ndarray, before: np.ndarray, camera: np.ndarray, angle: np.ndarray
    ) -> np.ndarray:
        """The same to the angle codes `angle` (B, 2), eye widths from the lens: GAM, then CFM."""
