"""Fetching from the Hugging Face Hub only what the CPU needs: the ONNX files, without the weights that torch loads."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, OfflineModeIsEnabled

from gazehub.hub.loading import weights_errors


def fetch_light(
    repo_id: str, revision: str | None, names: list[str], weights_name: str
) -> tuple[Path | None, str | None]:
    """Fetch files of a repository, or find them in the cache.

    Args:
        names: the files that are needed.
        weights_name: the file that they were made from.

    Returns:
        The folder of the repository, or None if it lacks one of the files; and the SHA-256 of the weights, or None
        where the hub can't be asked.

    Raises:
        WeightsError: there is no such repository or revision, or it can't be reached.
    """
    with weights_errors(repo_id, revision):
        try:
            paths = [Path(hf_hub_download(repo_id, name, revision=revision)) for name in names]
        except LocalEntryNotFoundError:
            raise
        except EntryNotFoundError:
            return None, None
        folder = paths[0].parents[len(Path(names[0]).parts) - 1]
        try:
            etag = get_hf_file_metadata(hf_hub_url(repo_id, weights_name, revision=revision)).etag
        except (OfflineModeIsEnabled, LocalEntryNotFoundError, EntryNotFoundError, OSError):
            etag = None  # offline: compared when it was fetched
        return folder, etag if etag and len(etag) == 64 else None
