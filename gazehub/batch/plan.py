"""Which photos, and the name each picture gets; refuses what would lose a picture before any is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gazehub.batch.place import PlanError, is_url, join, open_store

KEPT_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")  # others are written as .png


def photos_in(source: str) -> list[str]:
    """A photo itself, or the pictures directly in a folder, by name. A URL is a folder, or a photo if its suffix is
    that of one.

    Raises:
        PlanError: there is nothing, or no picture.
    """
    if is_url(source):
        photos = [source] if _is_picture(source) else _pictures(source, _names_at(source))
    elif os.path.isfile(source):
        photos = [source]
    elif os.path.isdir(source):
        with os.scandir(source) as entries:
            photos = _pictures(source, [entry.name for entry in entries if entry.is_file()])
    else:
        raise PlanError(f"There is no file or folder {source}.")
    if not photos:
        raise PlanError(f"There is no picture in {source}.")
    return photos


def single_target(photos: Sequence[str], output: str) -> Path | None:
    """The file to write, if one photo was named and a file to write it to; else None."""
    path = Path(output)
    if len(photos) != 1 or is_url(output) or path.is_dir() or not path.suffix:
        return None
    from PIL import Image

    from gazehub.files.pictures import ICONS

    if Image.registered_extensions().get(path.suffix.lower()) not in Image.SAVE:
        raise PlanError(f"{path}: pictures can't be written as {path.suffix}; try .png or .jpg.")
    if path.suffix.lower() in ICONS:
        raise PlanError(f"{path}: an icon holds no photo; try .png or .jpg.")
    _refuse_originals(photos, [path])
    return path


def names_for(photos: Sequence[str], output: str) -> dict[str, str]:
    """Photo -> name of its picture in the folder `output`.

    Raises:
        PlanError: two photos would get one name, a photo would be overwritten, or `output` is a file.
    """
    names = [_kept_name(photo) for photo in photos]
    if len(set(names)) < len(names):
        seen: set[str] = set()
        name = next(name for name in names if name in seen or seen.add(name))
        raise PlanError(f"Two photos would both be written to {join(output, name)}.")
    if is_url(output):
        both = {join(output, name) for name in names}.intersection(photos)
        if both:
            raise PlanError(f"{min(both)} is one of the photos: it would be overwritten. Choose another name.")
    else:
        if os.path.lexists(output) and not os.path.isdir(output):
            kind = "a file" if os.path.exists(output) else "a link that leads nowhere"
            raise PlanError(f"{output} is {kind}: several photos need a folder to go to.")
        _refuse_originals(photos, [Path(output, name) for name in names])
    return dict(zip(photos, names))


def _refuse_originals(photos: Sequence[str], targets: list[Path]) -> None:
    there = [target for target in targets if os.path.lexists(target)]
    if not there:
        return
    originals = {os.path.realpath(photo) for photo in photos}
    for target in there:
        if os.path.realpath(target) in originals:
            raise PlanError(f"{target} is one of the photos: it would be overwritten. Choose another name.")


def _pictures(folder: str, names: list[str]) -> list[str]:
    return [join(folder, name) for name in sorted(names) if _is_picture(name)]


def _is_picture(name: str) -> bool:
    from PIL import Image

    return os.path.splitext(name)[1].lower() in Image.registered_extensions()


def _names_at(url: str) -> list[str]:
    store, folder = open_store(url)
    try:
        return [name.rsplit("/", 1)[-1] for name in store.ls(folder, detail=False)]
    except Exception as error:  # every kind of store has its own
        raise PlanError(f"There is no folder {url} that can be read here ({error}).") from error


def _kept_name(photo: str) -> str:
    stem, suffix = os.path.splitext(photo.rsplit("/", 1)[-1] if is_url(photo) else os.path.basename(photo))
    return stem + (suffix if suffix.lower() in KEPT_SUFFIXES else ".png")
