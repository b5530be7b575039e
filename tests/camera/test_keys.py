import pytest

from gazehub.camera.keys import Controls


@pytest.mark.parametrize(
    "keys, on, strength, ended",
    [
        ("", True, 0.5, False),
        (" ", False, 0.5, False),
        ("  ", True, 0.5, False),
        ("+", True, 0.6, False),
        ("==", True, 0.7, False),
        ("-_", True, 0.3, False),
        ("+++++++++", True, 1.0, False),
        ("--------- ", False, 0.0, False),
        ("q", True, 0.5, True),
        ("Q", True, 0.5, True),
        ("xyz\x1b[A\r\n7\ufffd", True, 0.5, False),
    ],
)
def test_keys(keys, on, strength, ended):
    assert Controls(strength=0.5).after(keys) == Controls(on, strength, ended)


def test_down_and_up_again_is_the_same():
    assert Controls().after(10 * "-" + 10 * "+") == Controls()
