"""Where photos and pictures are: folders, or URLs through fsspec."""

from __future__ import annotations

import os


class PlanError(ValueError):
    """What was asked can't be done; the message says why."""


def is_url(place: str) -> bool:
    return "://" in place


def absolute(place: str) -> str:
    """The same place for every process, whatever folder it runs in."""
    return place.rstrip("/") if is_url(place) else os.path.abspath(place)


def join(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if is_url(folder) else os.path.join(folder, name)


def open_store(url: str):
    """(fsspec file system, path in it) of a URL.

    Raises:
        PlanError: no such kind of store is known here, or its package is missing.
    """
    from fsspec.core import url_to_fs

    try:
        return url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise PlanError(f"{url} can't be opened: {error}") from error
