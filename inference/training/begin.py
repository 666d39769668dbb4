"""A network to begin with, from a package's file: its folded weights, made trainable again.

A package holds no batch norm: `folded` took it into the convolutions, and what calibration found
into the last of them. Batch norm is put back so that the function stays what it was: each layer's
mean and deviation are measured on crops, taken off by the norm, given back by its gain and shift.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.package import read_package
from inference.training.vgg16 import VGG16

SAMPLE = 96  # crops by which the layers' means and deviations are measured


def network_of(package: Path, width: float, sample: torch.Tensor) -> VGG16:
    """Return a trainable network of a package's weights; `sample` is network input (N, 3, S, S).

    Raises PackageRefused for a file that is none, ValueError for a network of another width.
    """
    read_package(package)
    weights = {
        tensor.name: np.array(numpy_helper.to_array(tensor), np.float32)
        for tensor in onnx.load(str(package)).graph.initializer
    }
    network = VGG16(width=width).eval()
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    for number, layer in enumerate(convolutions, 1):
        kernel = weights.get(f"conv{number}.weight")
        if kernel is None or kernel.shape != tuple(layer.weight.shape):
            raise ValueError(f"{package} holds no network of width {width:g}")
    _put_back(network, weights, sample)
    _undo(convolutions[-1], read_calibration(package))
    return network


def read_calibration(package: Path) -> Mapping[str, Any]:
    """Return what a card says its last layer holds beside what was trained, if anything."""
    calibration: Mapping[str, Any] = read_package(package).card.raw.get("calibration", {})
    return calibration


@torch.no_grad()
def _put_back(
    network: VGG16, weights: Mapping[str, NDArray[np.float32]], sample: torch.Tensor
) -> None:
    seen, number = sample, 0
    layers: list[nn.Module] = [*network.features, *network.head]
    for layer, following in zip(layers, [*layers[1:], nn.Identity()], strict=True):
        if isinstance(layer, nn.Conv2d):
            number += 1
            layer.weight.copy_(torch.from_numpy(weights[f"conv{number}.weight"]))
            bias = torch.from_numpy(weights[f"conv{number}.bias"])
            if layer.bias is not None:
                layer.bias.copy_(bias)
            else:
                assert isinstance(following, nn.BatchNorm2d)  # noqa: S101 - as VGG16 builds it
                _match(following, layer(seen), bias)
        seen = layer(seen)


def _match(norm: nn.BatchNorm2d, without: torch.Tensor, bias: torch.Tensor) -> None:
    """Let a norm add just `bias` to what its convolution gives, (N, C, H, W)."""
    variance, mean = torch.var_mean(without.double(), dim=(0, 2, 3), unbiased=False)
    assert norm.running_mean is not None and norm.running_var is not None  # noqa: S101, PT018
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_(torch.sqrt(variance + norm.eps))
    norm.bias.copy_(mean + bias.double())


@torch.no_grad()
def _undo(last: nn.Conv2d, calibration: Mapping[str, Any]) -> None:
    """Take each condition's temperature and shift out of the last layer: x = (x' - shift) / t."""
    assert last.bias is not None  # noqa: S101 - the last layer of every VGG16 has one
    grades = len(last.bias) // len(CONDITIONS)
    for place, condition in enumerate(CONDITIONS):
        if condition not in calibration:
            continue
        by = calibration[condition]
        rows = slice(place * grades, (place + 1) * grades)
        last.bias[rows] -= torch.tensor(by["shift"], dtype=last.bias.dtype)
        last.bias[rows] /= by["temperature"]
        last.weight[rows] /= by["temperature"]
