"""Portraits read with faces that a test chooses."""

from gazehub import GazePipeline
from gazehub.encoding import Encoding
from gazehub.model.runtime import networks_of
from gazehub.portrait import Portrait
from gazehub.read import read, within_reach


def encoded(model, pixels, faces):
    """An encoding by a first look alone."""
    networks = networks_of(model)
    return Encoding(networks, Portrait(pixels), within_reach(read(networks, pixels, faces)))


def encoded_twice(model, pixels, faces, look):
    """An encoding with a second look: `look` takes the pixels and a face, and says how it looks in the mirror too."""
    return GazePipeline(model, landmarker=TwoLooks(faces, look)).encode(pixels)


class TwoLooks:
    """A landmarker that always finds the same."""

    def __init__(self, faces, look):
        self.faces, self.look_again = faces, look

    def __call__(self, pixels):
        return self.faces
