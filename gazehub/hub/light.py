"""Fetching from the Hugging Face Hub only what the CPU needs: the ONNX files, without the weights that torch loads."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, HTTPError

from gazehub.hub.loading import weights_errors


def fetch_light(
    repo_id: str, revision: str | None, names: list[str], weights_name: str
) -> tuple[Path | None, str | None]:
    """Fetch files of one commit of a repository, or find them in the cache.

    Args:
        names: the files that are needed, first one at the top of the repository.
        weights_name: the file that they were made from.

    Returns:
        The folder of the commit, or None if it lacks one of the files after the first; and the SHA-256 of the weights,
        or None where the hub doesn't tell.

    Raises:
        WeightsError: there is no such repository, revision or first file, or it can't be reached.
    """
    with weights_errors(repo_id, revision):
        folder = Path(hf_hub_download(repo_id, names[0], revision=revision)).parent
        commit = folder.name
        try:
            for name in names[1:]:
                hf_hub_download(repo_id, name, revision=commit)
        except EntryNotFoundError:  # offline too: the cache holds what was fetched for torch
            return None, None
        return folder, _sha256(repo_id, weights_name, commit)


def _sha256(repo_id: str, name: str, commit: str) -> str | None:
    try:
        etag = get_hf_file_metadata(hf_hub_url(repo_id, name, revision=commit)).etag
    except (OSError, HTTPError, EntryNotFoundError):  # offline: it was compared when it was fetched
        return None
    return etag if etag and len(etag) == 64 else None  # of a large file; else it is git's own hash
