"""ONNX files that compress to less than half: the weights are rounded to a few more digits than half precision has.

They stay float32, so nothing that runs them needs to know.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

MANTISSA = 11  # bits kept of 23; half precision keeps 10
LEAST = 1024  # numbers in a tensor that is worth it; smaller ones stay as they are
GRAPH, INITIALIZER, DATA_TYPE, RAW_DATA = 7, 5, 2, 9  # field numbers in ONNX's protocol buffers
FLOAT = 1


def compact(network: bytes) -> bytes:
    """An ONNX file whose large tensors are rounded."""
    rounded = bytearray(network)
    for start, stop in _float_tensors(network):
        weights = np.frombuffer(rounded, np.uint32, (stop - start) // 4, start)
        dropped = 23 - MANTISSA
        even = (weights >> dropped) & 1
        weights += np.uint32((1 << (dropped - 1)) - 1) + even.astype(np.uint32)
        weights &= np.uint32(0xFFFFFFFF << dropped & 0xFFFFFFFF)
    return bytes(rounded)


def planes(network: bytes) -> bytes:
    """The first bytes of each four, then the second ones and so on: exponents, which are alike, come together, so that
    it compresses by a sixth better. `workers/loading.js` puts them back."""
    whole = len(network) // 4 * 4
    return np.frombuffer(network, np.uint8, whole).reshape(-1, 4).T.tobytes() + network[whole:]


def _float_tensors(network: bytes) -> Iterator[tuple[int, int]]:
    """Where in the file the numbers of large float32 tensors begin and end."""
    for field, start, stop in _fields(network, 0, len(network)):
        if field != GRAPH:
            continue
        for inner, first, last in _fields(network, start, stop):
            if inner != INITIALIZER:
                continue
            parts = {number: (begin, end) for number, begin, end in _fields(network, first, last)}
            begin, end = parts.get(RAW_DATA, (0, 0))
            if end - begin >= 4 * LEAST and _varint(network, parts[DATA_TYPE][0])[0] == FLOAT:
                yield begin, end


def _fields(data: bytes, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of every field of a message."""
    while start < stop:
        key, start = _varint(data, start)
        kind = key & 7
        if kind == 2:
            length, start = _varint(data, start)
            end = start + length
        elif kind == 0:
            end = _varint(data, start)[1]
        else:
            end = start + (8 if kind == 1 else 4)
        yield key >> 3, start, end
        start = end


def _varint(data: bytes, start: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[start]
        value |= (byte & 127) << shift
        start, shift = start + 1, shift + 7
        if byte < 128:
            return value, start
