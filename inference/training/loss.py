"""Losses for ordered grades."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy


def ordinal_loss(
    logits: torch.Tensor,
    severity: torch.Tensor,
    known: torch.Tensor,
    *,
    grade_weights: torch.Tensor,
    distance_weight: float = 2.0,
    spread: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return the mean loss over the known labels.

    `logits` (N, C, K), `severity` (N, C) from 0 to 1, `known` (N, C) true where there is a label,
    `grade_weights` (C, K) balancing the grades. Cross-entropy against the severity shared between
    its two neighbouring grades, so that a face at the border of two is not pushed into one, plus
    the squared difference of cumulative distributions (the earth mover's distance of Hou, Yu and
    Samaras 2016, arXiv 1611.05916), which makes a wrong guess cost by how far it lies.

    `spread` (N, C), where given, is how far the severity may be from the one given. Where that is
    more than a grade, see `allowed_grades`.
    """
    grades = logits.shape[-1]
    target = soft_grades(severity, grades)
    if spread is not None:
        several = (spread > 0.5 / (grades - 1) + 1e-4).unsqueeze(-1)
        target = torch.where(several, allowed_grades(logits, severity, spread), target)
    weight = (target * grade_weights).sum(dim=-1) * known
    entropy = cross_entropy(logits.flatten(0, 1), target.flatten(0, 1), reduction="none")
    gap = torch.cumsum(torch.softmax(logits, dim=-1) - target, dim=-1)
    distance = gap.square().sum(dim=-1)
    each = entropy.view_as(weight) + distance_weight * distance
    return (each * weight).sum() / weight.sum().clamp_min(1e-6)


def allowed_grades(
    logits: torch.Tensor, severity: torch.Tensor, spread: torch.Tensor
) -> torch.Tensor:
    """Return probabilities (…, K) over the grades a range of severities allows.

    They are the network's own, within the range: it pays for what lies outside and is free inside,
    and the gradient of the cross-entropy is that of the likelihood of the range, `-log sum p_k`, as
    for interval-censored grades (Dempster, Laird and Rubin 1977, the step of expectation).
    """
    places = torch.linspace(0, 1, logits.shape[-1], device=logits.device)
    reach = spread.unsqueeze(-1) + 1e-4
    outside = (places - severity.unsqueeze(-1)).abs() > reach
    return torch.softmax(logits.detach().masked_fill(outside, -torch.inf), dim=-1).nan_to_num()


def soft_grades(severity: torch.Tensor, grades: int, sharpness: float = 2.5) -> torch.Tensor:
    """Return probabilities (…, K) that lean to the nearest grades of a severity from 0 to 1.

    Linear interpolation between the two neighbours, steepened about their border so that the
    nearest grade keeps most of the weight.
    """
    place = severity.clamp(0, 1) * (grades - 1)
    low = place.floor().clamp(max=grades - 2)
    share = ((place - low - 0.5) * sharpness + 0.5).clamp(0, 1)
    steps = torch.arange(grades, device=severity.device)
    at_low = (steps == low.unsqueeze(-1)) * (1 - share).unsqueeze(-1)
    return at_low + (steps == low.unsqueeze(-1) + 1) * share.unsqueeze(-1)
