"""VGG16 made fully convolutional: 16 convolutions, 5 max-pools, a soft-max per condition.

Simonyan and Zisserman 2015 (arXiv 1409.1556), configuration D: thirteen 3 x 3 convolutions in five
blocks, each closed by a 2 x 2 max-pool. Its three dense layers become three convolutions (3 x 3,
1 x 1, 1 x 1; as in Long, Shelhamer and Darrell 2015, arXiv 1411.4038), so what comes before the
spatial mean are exact class maps: their mean is the logit.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
# The two hidden layers of the head at width 1. VGG16's own have 4096, for 134 M parameters.
HEAD = (512, 512)


class VGG16(nn.Module):
    """Crops (N, 3, S, S), normalised, to class maps (N, conditions, grades, S // 32, S // 32).

    `width` scales every layer: 1.0 is VGG16's. Batch norm follows each convolution but the last
    while training; `folded` gives the same function without it.
    """

    def __init__(
        self,
        *,
        conditions: int = 8,
        grades: int = 4,
        width: float = 1.0,
        batch_norm: bool = True,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.conditions, self.grades, self.width = conditions, grades, width
        layers: list[nn.Module] = []
        channels = 3
        for block in BLOCKS:
            for wanted in block:
                layers += _convolution(channels, _scaled(wanted, width), 3, batch_norm)
                channels = _scaled(wanted, width)
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        first, second = (_scaled(wanted, width) for wanted in HEAD)
        self.head = nn.Sequential(
            *_convolution(channels, first, 3, batch_norm),
            nn.Dropout2d(dropout),
            *_convolution(first, second, 1, batch_norm),
            nn.Dropout2d(dropout),
            nn.Conv2d(second, conditions * grades, 1),
        )

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.head(self.features(crops))
        shape = (len(maps), self.conditions, self.grades, *maps.shape[2:])
        return maps.reshape(shape)


def logits_of(maps: torch.Tensor) -> torch.Tensor:
    """Return logits (N, conditions, grades): the spatial mean of the class maps."""
    return maps.mean(dim=(-2, -1))


def _scaled(channels: int, width: float) -> int:
    return max(round(channels * width), 4)


def _convolution(inside: int, outside: int, kernel: int, batch_norm: bool) -> list[nn.Module]:
    convolution = nn.Conv2d(inside, outside, kernel, padding=kernel // 2, bias=not batch_norm)
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    norm: list[nn.Module] = [nn.BatchNorm2d(outside)] if batch_norm else []
    return [convolution, *norm, nn.ReLU(inplace=True)]


def folded(network: VGG16) -> VGG16:
    """Return the same function without batch norm and dropout, for export.

    For each channel `w' = w * g / sqrt(v + e)`, `b' = beta - m * g / sqrt(v + e)`.
    """
    plain = VGG16(
        conditions=network.conditions,
        grades=network.grades,
        width=network.width,
        batch_norm=False,
        dropout=0.0,
    ).eval()
    targets = [m for m in plain.modules() if isinstance(m, nn.Conv2d)]
    for (weight, bias), target in zip(_folded_weights(network), targets, strict=True):
        assert target.bias is not None  # noqa: S101 - made without batch norm just above
        with torch.no_grad():
            target.weight.copy_(weight)
            target.bias.copy_(bias)
    return plain


def _folded_weights(network: VGG16) -> Sequence[tuple[torch.Tensor, torch.Tensor]]:
    folded_layers: list[tuple[torch.Tensor, torch.Tensor]] = []
    layers = [*network.features, *network.head]
    for layer, following in zip(layers, [*layers[1:], nn.Identity()], strict=True):
        if not isinstance(layer, nn.Conv2d):
            continue
        weight = layer.weight.detach().double()
        bias = torch.zeros(len(weight), dtype=torch.double)
        if layer.bias is not None:
            bias = layer.bias.detach().double()
        if isinstance(following, nn.BatchNorm2d):
            assert following.running_mean is not None and following.running_var is not None  # noqa: S101, PT018
            gain = following.weight.detach().double() / torch.sqrt(
                following.running_var.double() + following.eps
            )
            weight = weight * gain[:, None, None, None]
            bias = following.bias.detach().double() + (bias - following.running_mean) * gain
        folded_layers.append((weight.float(), bias.float()))
    return folded_layers
