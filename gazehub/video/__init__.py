"""Clips and video files: reading, changing and writing them, with PyAV."""
