"""ONNX files from a GazeModel: one for each of its stages, for onnxruntime on the CPU and in browsers."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import onnx
import torch
from diffusers import ModelMixin
from torch import nn

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH
from gazehub.hub.weights import weights_hash
from gazehub.model.patches import COARSE_SIZE
from gazehub.model.stages import stages

OPSET = 18


def write_repository(model: ModelMixin, folder: Path) -> None:
    """What a repository holds of a `GazeModel`: the weights in full and half precision, and `onnx/`."""
    model.save_pretrained(folder)
    copy.deepcopy(model).half().save_pretrained(folder, variant="fp16")
    export(copy.deepcopy(model).float().cpu(), folder)


def export(model: ModelMixin, folder: Path) -> list[Path]:
    """Write the networks of a `GazeModel`.

    Args:
        folder: holds the weights of the model, whose SHA-256 every file names, so that files of other weights are
            recognised; it gets `onnx/` with one file per stage.

    Returns:
        The files.
    """
    made_from = weights_hash(folder)
    paths = []
    for name, stage in stages(model).items():
        graph = _graph(stage, _example(name, model.config.content_dim))
        onnx.helper.set_model_props(graph, {"gazehub_stage": name, "weights_sha256": made_from})
        paths.append(folder / "onnx" / f"{name}.onnx")
        paths[-1].parent.mkdir(exist_ok=True)
        paths[-1].write_bytes(graph.SerializeToString(deterministic=True))
    return paths


def _example(stage: str, content_dim: int) -> dict[str, torch.Tensor]:
    """Arguments of a stage, by name, for a batch of two."""
    patch, coarse = torch.rand(2, 3, PATCH_HEIGHT, PATCH_WIDTH), torch.rand(2, 3, *COARSE_SIZE)
    content, offset = torch.randn(2, content_dim), torch.randn(2, 2) * 0.1
    return {
        "pam": {"patch": patch},
        "angle": {"patch": patch},
        "gcm": {"patch": patch, "content": content, "offset": offset},
        "gam": {"patch": patch, "content": content, "offset": offset},
        "cfm": {"patch": patch, "coarse": coarse, "before": offset, "after": offset + 0.05},
    }[stage]


def _graph(stage: nn.Module, example: dict[str, torch.Tensor]) -> onnx.ModelProto:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            stage,
            kwargs=example,
            dynamo=True,
            opset_version=OPSET,
            dynamic_shapes={name: {0: torch.export.Dim("eyes")} for name in example},
            optimize=True,
            verbose=False,
        )
    graph = program.model_proto
    for node in graph.graph.node:  # where in the source a node comes from is of no use, and names this machine's paths
        del node.metadata_props[:]
        node.doc_string = ""
    for value in graph.graph.value_info:
        del value.metadata_props[:]
    return graph
