"""Where fine-tuning starts: published weights with the discriminator that was trained beside them."""

from __future__ import annotations

from pathlib import Path

from gazehub.hub.loading import load_strictly
from gazehub.hub.weights import CLEAN, WeightsError, resolve_source
from gazehub.model.modeling_gaze import GazeModel
from gazehub.model.runtime import BUNDLED_WEIGHTS
from train.discriminator import Discriminator

BUNDLED = "bundled"
RUNS = Path(__file__).parent  # what else is kept of the runs that made the weights in the package


def load_initial(source: str) -> tuple[GazeModel, Discriminator]:
    """Generator and discriminator of "bundled", "clean", a folder that `train.train` wrote, or a repository on the hub
    ("owner/name@revision") or a folder laid out like one.

    Raises:
        WeightsError: one of them is missing or damaged.
    """
    model, discriminator = _load(source)
    return _unnamed(model), _unnamed(discriminator)


def _load(source: str) -> tuple[GazeModel, Discriminator]:
    if source == BUNDLED:
        return GazeModel.from_pretrained(BUNDLED_WEIGHTS), _discriminator(RUNS / "base" / "discriminator", None)
    if source == CLEAN:
        return GazeModel.from_pretrained(CLEAN), _discriminator(RUNS / "clean" / "discriminator", None)
    place, revision = resolve_source(source)
    if isinstance(place, Path) and (place / "weights").is_dir():
        return GazeModel.from_pretrained(place / "weights"), _discriminator(place / "discriminator", None)
    model = GazeModel.from_pretrained(source)
    if isinstance(place, Path):
        return model, _discriminator(place / "training" / "discriminator", None)
    return model, _discriminator(place, revision, "training/discriminator")


def _discriminator(source: str | Path, revision: str | None, subfolder: str | None = None) -> Discriminator:
    if isinstance(source, Path) and not source.is_dir():
        raise WeightsError(f"There is no discriminator in {source}: start from a run folder or a complete repository.")
    return load_strictly(Discriminator.from_pretrained, source, revision, subfolder=subfolder)


def _unnamed(network: GazeModel | Discriminator) -> GazeModel | Discriminator:
    """The same without the name of the folder that it came from, which diffusers would save with it."""
    config = {key: value for key, value in network.config.items() if key != "_name_or_path"}
    fresh = type(network).from_config(config)
    fresh.load_state_dict(network.state_dict())
    return fresh
