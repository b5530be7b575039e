"""Loading weights strictly, and saying in one sentence what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,  # of whatever library the installed version calls the hub with
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from gazehub.hub.weights import OldWeights, WeightsError

NEEDED = "config.json and diffusion_pytorch_model.safetensors of a GazeModel"
UNREACHABLE = "the hub can't be reached and they are not in the cache: connect to the network, or name a folder."


@contextmanager
def weights_errors(source: str | Path, revision: str | None) -> Iterator[None]:
    """Turn what loading can fail with into a `WeightsError` of one sentence that says what to do."""
    what = f"The weights {'in' if isinstance(source, Path) else 'of'} {source}" + (f"@{revision}" if revision else "")
    try:
        yield
    except WeightsError:
        raise
    except (OSError, ValueError, TypeError, RuntimeError, HTTPError) as error:
        raise WeightsError(f"{what} can't be loaded: {_reason(error)}") from error


def load_strictly(load: Callable, source: str | Path, revision: str | None, **settings):
    """What diffusers' `from_pretrained` (`load`) makes of a resolved source: safetensors only, every tensor in its
    place, and a `WeightsError` for whatever goes wrong."""
    with weights_errors(source, revision):
        strict = {"use_safetensors": True, "low_cpu_mem_usage": False, "output_loading_info": True}
        model, loading = load(source, revision=revision, **strict, **settings)
        check_keys(source, loading)
    return model


def check_keys(source: str | Path, loading: dict) -> None:
    """Refuse weights that diffusers would only warn about.

    Args:
        loading: what `from_pretrained(..., output_loading_info=True)` returned beside the model.
    """
    wrong = [key for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for key in loading[kind]]
    if wrong:
        raise WeightsError(
            f"The weights in {source} are not those of a GazeModel with this config: {len(wrong)} tensors are missing "
            f"or too many, for instance {wrong[0]}. Download them again, or train with this version."
        )


def _reason(error: Exception) -> str:
    causes = list(_chain(error))
    if found := _first(causes, OldWeights):
        return str(found)
    if found := _first(causes, GatedRepoError, RepositoryNotFoundError):
        status = found.response.status_code
        return (
            "there is no such repository on the hub, or it is private: check the name, or log in with `hf auth login` "
            f"or pass a token (status {status})."
        )
    if _first(causes, RevisionNotFoundError):
        return "the repository has no such revision: name a branch, a tag or a commit of it."
    if _first(causes, LocalEntryNotFoundError, OfflineModeIsEnabled):
        return UNREACHABLE
    if _first(causes, EntryNotFoundError):
        return f"the repository lacks a file; it needs {NEEDED} (pickled weights are not loaded)."
    if found := _first(causes, HFValidationError, HfHubHTTPError):
        return f"{_first_line(found)}."
    if _first(causes, HTTPError, ConnectionError):
        return UNREACHABLE
    return f"{_first_line(error)} A folder or repository needs {NEEDED}; pickled weights are not loaded."


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first(causes: list, *kinds: type) -> BaseException | None:
    return next((cause for cause in causes if isinstance(cause, kinds)), None)


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
