"""Clips and video files: reading, changing and writing them, with PyAV."""

from __future__ import annotations

NEEDS_PYAV = "Video files need PyAV: pip install 'gazehub[video]'"
