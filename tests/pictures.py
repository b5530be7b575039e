"""What a result shows, and what it changed."""

import numpy as np


def pixels(output):
    return np.asarray(getattr(output, "image", output))


def changed(before, after):
    """(H, W) where two pictures differ."""
    return (np.asarray(before) != pixels(after)).any(axis=-1)
