"""The losses of real faces in pairs: what must differ, what must not, and what each is.

Scores here are severities from 0 to 1, the mean of the grades' places by their probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inference.training.loss import ordinal_loss

SHARE = 0.5  # of a painted step, the least by which a score must rise


@dataclass(frozen=True)
class PairBatch:
    """One step's pairs: B crops of each side. All float32; labels are (B, 8)."""

    first: torch.Tensor  # (B, 3, S, S)
    second: torch.Tensor
    severity: tuple[torch.Tensor, torch.Tensor]  # middle of what each side's label allows
    spread: tuple[torch.Tensor, torch.Tensor]  # half its width
    known: tuple[torch.Tensor, torch.Tensor]  # 1 where there is a label for this crop
    step: torch.Tensor  # painted in the second beyond the first, 0 where the crop hardly got any
    held: torch.Tensor  # 1 where the scores must be alike

    def to(self, device: torch.device) -> PairBatch:
        def both(pair: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
            return pair[0].to(device), pair[1].to(device)

        return PairBatch(
            self.first.to(device), self.second.to(device),
            both(self.severity), both(self.spread), both(self.known),
            self.step.to(device), self.held.to(device),
        )  # fmt: skip


def severities_of(logits: torch.Tensor) -> torch.Tensor:
    """Return severities (N, C), 0 to 1, of logits (N, C, K)."""
    places = torch.linspace(0, 1, logits.shape[-1], device=logits.device)
    return (torch.softmax(logits, dim=-1) * places).sum(dim=-1)


def label_loss(
    logits: tuple[torch.Tensor, torch.Tensor], batch: PairBatch, *, painted: bool = True
) -> torch.Tensor:
    """Return the mean loss of both sides' intervals; `painted` false leaves the second out."""
    even = torch.ones(logits[0].shape[1:], device=logits[0].device)
    losses = [
        ordinal_loss(
            logits[side], batch.severity[side], batch.known[side], grade_weights=even,
            spread=batch.spread[side],
        )
        for side in ((0, 1) if painted else (0,))
    ]  # fmt: skip
    return torch.stack(losses).mean()


def gap_loss(logits: tuple[torch.Tensor, torch.Tensor], batch: PairBatch) -> torch.Tensor:
    """Return by how much scores rise too little where something is painted, squared."""
    gap = severities_of(logits[1]) - severities_of(logits[0])
    there = (batch.step > 0).float()
    short = torch.relu(SHARE * batch.step - gap).square() * there
    return short.sum() / there.sum().clamp_min(1.0)


def stray_loss(logits: tuple[torch.Tensor, torch.Tensor], batch: PairBatch) -> torch.Tensor:
    """Return by how much scores differ that must be alike, squared."""
    gap = severities_of(logits[1]) - severities_of(logits[0])
    return (gap.square() * batch.held).sum() / batch.held.sum().clamp_min(1.0)
