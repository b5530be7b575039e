"""Networks for the browser's live view that draw in three quarters of the time: much of them in 8 bits.

    python -m gazehub.web.live.quantize portraits/

What is rounded are the 3 x 3 convolutions of residual blocks, whose inputs are normalised. What sees pixels or says
flows, weights and colours stays float. The steps between 8-bit numbers are chosen on eyes of portraits in a folder;
100 photos are enough. Run it whenever the bundled weights change: networks of other weights are not used. Needs
`pip install 'gazehub[torch]'`.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gazehub.files.images import ImageError, load_image
from gazehub.model.runtime import BUNDLED_WEIGHTS
from gazehub.onnx import open_network
from gazehub.pipeline_gaze import GazePipeline
from gazehub.read import EyeReading, read

if TYPE_CHECKING:
    import onnx

FOLDER = Path(__file__).parent / "networks"
FILES = {"gcm": "gcm_int8.onnx", "cfm": "cfm_int8.onnx"}  # by stage
ENOUGH = 200  # eyes
ELSEWHERE = np.array([0.2, 0.1])  # eye widths from the lens, at most, where every third eye is drawn
LEAST_CHANNELS = 32  # of a convolution that is rounded
Inputs = dict[str, np.ndarray]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gazehub.web.live.quantize", description="Remake the live view's networks."
    )
    parser.add_argument("portraits", type=Path, help="folder of photos")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER, help="folder to write; default: the package's")
    wanted = parser.parse_args(arguments)
    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime advises a step that these graphs don't need
    eyes = list(eyes_of(wanted.portraits, ENOUGH))
    if not eyes:
        print(f"error: there are no faces in {wanted.portraits}: name a folder of portraits.", file=sys.stderr)
        return 2
    wanted.output.mkdir(parents=True, exist_ok=True)
    for stage, inputs in inputs_of(eyes).items():
        path = wanted.output / FILES[stage]
        quantize(BUNDLED_WEIGHTS / "onnx" / f"{stage}.onnx", inputs, path)
        print(f"{path.stat().st_size:>12,}  {path}, by {len(eyes)} eyes")
    return 0


def eyes_of(folder: Path, count: int) -> Iterator[EyeReading]:
    """Those of the largest face of each photo in a folder, the photos in any order that stays the same."""
    pipeline = GazePipeline.from_pretrained()
    for path in np.random.default_rng(0).permutation(sorted(folder.glob("*"))):
        try:
            pixels = np.asarray(load_image(path))
        except (ImageError, OSError):
            continue
        for face in read(pipeline.networks, pixels, pipeline.landmarker(pixels)[:1]).usable:
            yield from face.eyes
            count -= 2
        if count <= 0:
            return


def inputs_of(eyes: list[EyeReading], seed: int = 0) -> dict[str, Inputs]:
    """What the stages are given where these eyes are drawn, mostly into the lens."""
    patch, content, before, lens = (
        np.stack([getattr(eye, name) for eye in eyes]).astype(np.float32)
        for name in ("patch", "content", "seen", "lens")
    )
    elsewhere = np.random.default_rng(seed).uniform(-ELSEWHERE, ELSEWHERE, lens.shape).astype(np.float32)
    into_lens = np.arange(len(eyes)) % 3 > 0
    after = np.where(into_lens[:, None], lens, lens + elsewhere)
    coarse = np.empty((len(eyes), 3, patch.shape[2] // 3, patch.shape[3] // 3), np.float32)
    for stage, drawn in (("gcm", into_lens), ("gam", ~into_lens)):
        inputs = {"patch": patch[drawn], "content": content[drawn], "offset": after[drawn]}
        (coarse[drawn],) = open_network(BUNDLED_WEIGHTS / "onnx" / f"{stage}.onnx").run(None, inputs)
    return {
        "gcm": {"patch": patch, "content": content, "offset": lens},
        "cfm": {"patch": patch, "coarse": coarse, "before": before, "after": after},
    }


def quantize(network: Path, inputs: Inputs, output: Path) -> None:
    """Write a network with its inner convolutions in 8 bits.

    Args:
        network: an ONNX file.
        inputs: typical ones by name.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    quantize_static(
        network,
        output,
        _Pairs(inputs),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_quantize=inner_convolutions(onnx.load(network)),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    made = onnx.load(output)
    del made.graph.value_info[:]
    output.write_bytes(made.SerializeToString(deterministic=True))


def inner_convolutions(network: onnx.ModelProto) -> list[str]:
    """Names of the 3 x 3 convolutions that follow x * sigmoid(x), but for those to few channels."""
    shapes = {tensor.name: tensor.dims for tensor in network.graph.initializer}
    made_by = {name: node for node in network.graph.node for name in node.output}

    def is_activation(name: str) -> bool:
        node = made_by.get(name)
        return (
            node is not None
            and node.op_type == "Mul"
            and any(factor in made_by and made_by[factor].op_type == "Sigmoid" for factor in node.input)
        )

    def is_inner(node: onnx.NodeProto) -> bool:
        out_channels, in_channels, height, _ = shapes.get(node.input[1], (0, 0, 0, 0))
        return height == 3 and min(out_channels, in_channels) >= LEAST_CHANNELS and is_activation(node.input[0])

    return [node.name for node in network.graph.node if node.op_type == "Conv" and is_inner(node)]


class _Pairs:
    """The inputs of two eyes at a time, as `quantize_static` asks for them."""

    def __init__(self, inputs: Inputs) -> None:
        count = len(next(iter(inputs.values())))
        pairs = ({name: values[i : i + 2] for name, values in inputs.items()} for i in range(0, count, 2))
        self._pairs = iter(pairs)

    def get_next(self) -> Inputs | None:
        return next(self._pairs, None)


if __name__ == "__main__":
    sys.exit(main())
