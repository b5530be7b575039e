"""Where weights are: a folder, or a repository on the Hugging Face Hub."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from gazehub.files.names import printable

WEIGHTS_FILE = "diffusion_pytorch_model.safetensors"
# The other weights that come with the package, by this name: those whose training data allow any use.
CLEAN, CLEAN_WEIGHTS = "clean", Path(__file__).parent.parent / "weights_clean"


class WeightsError(ValueError):
    """The weights can't be loaded; the message says what to do."""


class OldWeights(ValueError):
    """A config of gazehub 0.1, whose networks took smaller eye patches; the message says what to do."""


def resolve_source(source: str | os.PathLike, revision: str | None = None) -> tuple[str | Path, str | None]:
    """A folder, or a hub id and its revision, from what a person wrote: a folder, "clean", or "owner/name@revision".

    Raises:
        WeightsError: it is neither.
    """
    if not isinstance(source, (str, os.PathLike)):
        raise WeightsError(f"Weights are a folder or a hub id, not {type(source).__name__}.")
    if source == CLEAN:
        if revision is not None:
            raise WeightsError(f'The weights "{CLEAN}" come with gazehub and have no revisions.')
        return CLEAN_WEIGHTS, None
    try:
        folder = Path(source).expanduser()
        there = folder.is_dir()
    except (OSError, RuntimeError) as error:  # a name that no file can have, or a home that nobody has
        raise WeightsError(f"There can be no folder {printable(source)}.") from error
    if there:
        return folder, None
    name, _, written = str(source).partition("@")
    if isinstance(source, os.PathLike) or name.count("/") != 1 or name.startswith((".", "~", "/")):
        raise WeightsError(
            f"There is no folder {printable(source)}. Name a folder with config.json, a hub id like owner/name, or "
            f'"{CLEAN}".'
        )
    return name, revision or written or None


def check_generation(camera_coefficients: Sequence[Sequence[float]]) -> None:
    """Refuse a config of gazehub 0.1, which shows in its camera regression.

    Raises:
        OldWeights: it has five regressors.
    """
    if any(len(row) == 5 for row in camera_coefficients):
        raise OldWeights(
            "they are weights of gazehub 0.1, whose eye patches were smaller; train them again "
            "(`python -m train.grow` makes a start of them), or install gazehub 0.1."
        )


def weights_hash(folder: Path) -> str | None:
    """SHA-256 of the weights in a folder, or None if there are none."""
    file = folder / WEIGHTS_FILE
    if not file.is_file():
        return None
    with open(file, "rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
