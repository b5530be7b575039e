"""A short soak; `python -m tests.web.soak` is the long one, which looks at memory too."""

from tests.web.served import served
from tests.web.soak import soak

KEEP = 20  # seconds: longer than a request takes on a busy machine


def test_sixteen_visitors_with_all_kinds_of_requests(weights, tmp_path):
    (folder := tmp_path / "visitors").mkdir()
    with served(weights, tmp_path, KEEP) as server:
        figures = soak(server, 60, folder, 2 * KEEP + 30)
    assert figures.wrong == [] and figures.left == 0
    assert len(figures.kinds) == 7 and figures.growth < 0.5  # after so few, caches still fill
