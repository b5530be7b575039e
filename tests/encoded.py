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
    """An encoding with a second look, for which `look` finds the faces in the corrected picture."""
    answers = iter([lambda picture: faces, look])
    return GazePipeline(model, landmarker=lambda picture: next(answers)(picture)).encode(pixels)
