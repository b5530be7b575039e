"""onnxruntime-web, what runs the networks in a browser: 33 MB at npm, of which the app needs 4.

It does not come with the package, which would grow by a third of what else it weighs; it is fetched once, when an app
is written, and never by a visitor from elsewhere than the app's own host.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import urllib.request
from base64 import b64decode
from io import BytesIO
from pathlib import Path

VERSION = "1.30.0"
ADDRESS = f"https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="  # npm's integrity
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
LICENSE = Path(__file__).with_name("onnxruntime_license.txt")


class RuntimeMissingError(RuntimeError):
    """There is no onnxruntime-web; the message says how to get it."""


def read_runtime(package: Path | None = None) -> dict[str, bytes]:
    """The files that the app needs, and their licence, by name.

    Args:
        package: a .tgz as npm gives it; None for the one fetched before, which is fetched if there is none.

    Raises:
        RuntimeMissingError: it can't be fetched, or is another one.
    """
    packed = _fetched() if package is None else package.read_bytes()
    if not _is_right(packed):
        raise RuntimeMissingError(f"{package or ADDRESS} is not onnxruntime-web {VERSION}: npm pack that version.")
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        # In the order of the archive: to go back in it means to unpack it anew.
        wanted = (member for member in archive if member.name in (f"package/dist/{name}" for name in FILES))
        files = {Path(member.name).name: archive.extractfile(member).read() for member in wanted}
    return {**files, "LICENSE": LICENSE.read_bytes()}


def _fetched() -> bytes:
    kept = _cache() / f"onnxruntime-web-{VERSION}.tgz"
    if kept.is_file() and _is_right(kept.read_bytes()):
        return kept.read_bytes()
    try:
        with urllib.request.urlopen(ADDRESS, timeout=60) as answer:
            packed = answer.read()
    except OSError as error:
        raise RuntimeMissingError(
            f"onnxruntime-web can't be fetched ({error}): run `npm pack onnxruntime-web@{VERSION}` where there is a "
            "network and name the file with --runtime."
        ) from error
    if _is_right(packed):
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_bytes(packed)
        part.replace(kept)
    return packed


def _is_right(packed: bytes) -> bool:
    return hashlib.sha512(packed).digest() == b64decode(SHA512)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gazehub"
