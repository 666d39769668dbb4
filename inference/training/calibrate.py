"""Make probabilities mean what they say, on validation people, before the test is touched.

Training sees grades as often as its settings say and weighs rare ones up, so its soft-max leans to
the worse grades. A temperature and a shift of each grade per condition (vector scaling of Guo et
al. 2017, arXiv 1706.04599, with one temperature) put that right. Both fold into the last
convolution: the exported graph stays the same, and so does what its maps mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from inference.pipeline.anatomy import CONDITIONS
from inference.pipeline.grades import GRADES
from inference.pipeline.network import Network
from inference.pipeline.recipe import get_recipe
from inference.training.crops import Crops, prepared
from inference.training.vgg16 import VGG16

# Standard deviations of what is expected before any photo is seen: few photos move little.
TEMPERATURE_SPREAD, SHIFT_SPREAD = 0.3, 0.7


@dataclass(frozen=True)
class Calibration:
    """`logits' = temperature * logits + shift`, for each condition."""

    temperature: NDArray[np.float32]  # (8,)
    shift: NDArray[np.float32]  # (8, 4)


def fit(crops: Crops, network: Network) -> Calibration:
    """Fit on the photos of a split, by the likelihood of their true grades.

    A photo's probabilities are its crops' mean weighted by area, as in scoring. Conditions that no
    photo shows are left as they are.
    """
    given = network.predict(prepared(crops, get_recipe(network.card.recipe))).probabilities
    temperature = np.ones(len(CONDITIONS), np.float32)
    shift = np.zeros((len(CONDITIONS), len(GRADES)), np.float32)
    grade = np.floor(3 * np.nan_to_num(crops.severity) + 0.5).astype(np.int64)
    for column, condition in enumerate(CONDITIONS):
        rows = np.flatnonzero(crops.known[:, column])
        if rows.size:
            temperature[column], shift[column] = _fit_one(
                np.log(given[condition][rows].clip(1e-6)),
                crops.photo[rows],
                crops.area[rows],
                grade[:, column],
            )
    return Calibration(temperature, shift)


def _fit_one(
    logits: NDArray[np.float32],
    photo: NDArray[np.int64],
    area: NDArray[np.float32],
    grade: NDArray[np.int64],
) -> tuple[float, NDArray[np.float32]]:
    photos = np.unique(photo)
    share = (photo[None, :] == photos[:, None]) * area
    mixing = torch.from_numpy((share / share.sum(axis=1, keepdims=True)).astype(np.float32))
    values, true = torch.from_numpy(logits), torch.from_numpy(grade[photos])
    heat = torch.zeros((), requires_grad=True)
    shift = torch.zeros(logits.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([heat, shift], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        mixed = mixing @ torch.softmax(values * heat.exp() + shift, dim=1)
        misfit = -torch.log(mixed.gather(1, true[:, None]).clamp_min(1e-6)).sum()
        prior = (heat / TEMPERATURE_SPREAD).square() + (shift / SHIFT_SPREAD).square().sum()
        loss = misfit + prior / 2
        torch.autograd.backward(loss)
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    moved = shift.detach().numpy()
    return float(heat.detach().exp()), (moved - moved.mean()).astype(np.float32)


def calibrate(network: VGG16, calibration: Calibration) -> None:
    """Fold a calibration into the last convolution of a folded network, in place."""
    last = network.head[-1]
    assert isinstance(last, nn.Conv2d) and last.bias is not None  # noqa: S101, PT018
    heat = torch.from_numpy(np.repeat(calibration.temperature, network.grades))
    with torch.no_grad():
        last.weight.mul_(heat[:, None, None, None])
        last.bias.mul_(heat).add_(torch.from_numpy(calibration.shift.reshape(-1)))
