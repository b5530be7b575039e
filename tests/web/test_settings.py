"""Where the controls stood, as a browser kept it or somebody else made it up."""

import gradio as gr
import pytest

from gazehub.web.parts import Chosen, PhotoField
from gazehub.web.samples import SAMPLES
from gazehub.web.settings import Settings, Wish

KEPT = {"lead": "pad", "strength": 1, "alpha": 0.5, "yaw": -12, "pitch": 3, "faces": ["2"], "eyes": "left"}


def test_what_was_kept_is_what_stood_there():
    settings = Settings.kept(KEPT)
    assert settings == Settings(Wish("pad", 1.0, 0.5, -12.0, 3.0), (1,), "left")
    assert settings == Settings.of(["2"], "left", "pad", 1.0, 0.5, (-12.0, 3.0))
    assert settings.chosen(3) == [1] and settings.chosen(1) == [] and Settings().chosen(2) == [0, 1]
    assert PhotoField(1).preprocess({"kept": {"sample": SAMPLES[1].name}, "settings": KEPT}) == Chosen(
        SAMPLES[1].name, True, settings
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"lead": "mouth"},
        {"lead": []},
        {"strength": 2},
        {"strength": "1"},
        {"strength": None},
        {"alpha": float("nan")},
        {"yaw": 31},
        {"pitch": -21},
        {"faces": "x"},
        {"faces": 3},
        {"faces": [[]]},
        {"eyes": "third"},
        {"eyes": {}},
    ],
)
def test_what_somebody_made_up_is_refused(wrong):
    for settings in ({**KEPT, **wrong}, {key: value for key, value in KEPT.items() if key not in wrong}, "text", [1]):
        with pytest.raises(gr.Error, match="missing or of the wrong kind"):
            PhotoField(1).preprocess({"kept": {"sample": SAMPLES[0].name}, "settings": settings})
