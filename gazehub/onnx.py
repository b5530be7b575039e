"""Opens networks for onnxruntime: on the CPU, without telemetry, and without threads that spin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class NetworkFileError(ValueError):
    """A network file is missing or damaged; the message says which and what to do."""


def open_network(network: str | Path | bytes, threads: int = 1) -> InferenceSession:
    """
    Args:
        network: an ONNX file, or its bytes.
        threads: how many threads one call may use. The project's own networks are too small to gain by a second one.

    Raises:
        NetworkFileError: the file is missing or damaged.
    """
    onnxruntime = _import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A thread that spins while it waits keeps a core from others: with one core busy, calls took up to 40 times as
    # long.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    name = "The network" if isinstance(network, bytes) else str(network)
    if not isinstance(network, bytes) and not Path(network).is_file():
        raise NetworkFileError(f"{name} is missing: reinstall gazehub, or name a file that exists.")
    source = network if isinstance(network, bytes) else str(network)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes share no base but this one
        raise NetworkFileError(f"{name} is damaged: reinstall gazehub, or fetch the file again.") from error


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _import_onnxruntime():
    # Read when the library is loaded, and inherited by every process started from here.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime
