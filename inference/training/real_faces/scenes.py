"""What a pair of training photographs shows, and what is known of it.

Each pair is one person, twice. In a *painted* pair conditions are stronger in the second: their
scores must rise by a share of the painted step, the others' must stay. In a *nuisance* pair
something that is no condition is added, and in a *camera* pair only the phone differs: scores of
the conditions held must not change. Half of the nuisance and camera pairs have conditions painted
on both, so that what must not change is not always none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from inference.pipeline.assessed import CONDITIONS
from inference.training.generator.noise import Field
from inference.training.real_faces.blemishes import BLEMISHES, blemish
from inference.training.real_faces.labels import Interval, intervals
from inference.training.real_faces.layers import sample_style
from inference.training.real_faces.lending import ALL, NUISANCES, Lender, lend
from inference.training.real_faces.over import blush, relit, spectacles, strands
from inference.training.real_faces.paint import Canvased, Pixels, paint
from inference.training.real_faces.phone import sample_phone, shoot

Kind = Literal["painted", "nuisance", "camera"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHARES: tuple[float, ...] = (0.45, 0.45, 0.10)
LEAST, MOST = 1 / 6, 1.0  # severities painted: mild to severe, evenly
LEAST_STEP = 1 / 6
SAME_PHONE: Mapping[Kind, float] = {"painted": 0.67, "nuisance": 0.3, "camera": 0.0}
DRAWN_OVER: tuple[str, ...] = ("spectacles", "strands", "blush", "light")
MOST_NUISANCES = 2
AMOUNTS = (0.15, 1.0)  # of acne, marks and scars

Lend = Callable[[np.random.Generator, str | None], Lender]  # somebody of the same part and gender


@dataclass(frozen=True)
class Scene:
    """Two photographs of one person, uint8 (H, W, 3), and what is known of them."""

    kind: Kind
    first: Pixels
    second: Pixels
    labels: tuple[dict[str, Interval], dict[str, Interval]]
    painted: dict[str, float]  # severities painted in the second
    step: dict[str, float]  # what of them is not in the first already
    held: frozenset[str]  # conditions whose scores must be alike in both
    amount: dict[str, Field] = field(default_factory=dict)  # how much of what is painted lies where
    nuisances: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sitter:
    """A person ready to be painted: photograph, unrolled face, what it has none of."""

    face: Canvased
    own: Lender
    absent: frozenset[str]


def scene(sitter: Sitter, rng: np.random.Generator, lend_from: Lend) -> Scene:
    """Make one pair. `lend_from` gives another person's unrolled face."""
    kind: Kind = KINDS[rng.choice(len(KINDS), p=SHARES)]
    pair = _painted(sitter, rng) if kind == "painted" else _alike(sitter, rng, kind, lend_from)
    phone = sample_phone(rng)
    other = phone if rng.random() < SAME_PHONE[kind] else sample_phone(rng)
    seed = int(rng.integers(1 << 30))
    seeds = (seed, seed if other is phone else seed + 1)
    return Scene(
        kind,
        shoot(pair.first, phone, seeds[0]),
        shoot(pair.second, other, seeds[1]),
        pair.labels, pair.painted, pair.step, pair.held, pair.amount, pair.nuisances,
    )  # fmt: skip


def _severities(rng: np.random.Generator) -> dict[str, float]:
    some = rng.permutation(CONDITIONS)[: rng.integers(1, 5)]
    return {str(condition): float(rng.uniform(LEAST, MOST)) for condition in some}


def _painted(sitter: Sitter, rng: np.random.Generator) -> Scene:
    """The second has more of one to four conditions; two times in three the first has none."""
    stronger = _severities(rng)
    weaker: dict[str, float] = {}
    if rng.random() < 0.33:
        weaker = {c: float(rng.uniform(0, max(s - LEAST_STEP, 0))) for c, s in stronger.items()}
    seed, style = int(rng.integers(1 << 40)), sample_style(rng)
    ground, masked = sitter.face.pixels, frozenset[str]()
    if rng.random() < 0.25:
        name = str(rng.choice(list(BLEMISHES)))
        ground = blemish(sitter.face, ground, name, float(rng.uniform(*AMOUNTS)), seed + 1)
        masked = BLEMISHES[name].masked
    first = paint(sitter.face, weaker, seed=seed, style=style, on=ground)
    second = paint(sitter.face, stronger, seed=seed, style=style, on=ground)
    return Scene(
        "painted", first.pixels, second.pixels,
        (intervals(weaker, sitter.absent, masked), intervals(stronger, sitter.absent, masked)),
        stronger,
        {c: s - weaker.get(c, 0.0) for c, s in stronger.items()},
        ALL - frozenset(stronger),
        second.amount,
    )  # fmt: skip


def _alike(sitter: Sitter, rng: np.random.Generator, kind: Kind, lend_from: Lend) -> Scene:
    """Both have the same conditions; in a nuisance pair something else is added to the second."""
    painted = _severities(rng) if rng.random() < 0.5 else {}
    seed, style = int(rng.integers(1 << 40)), sample_style(rng)
    base = paint(sitter.face, painted, seed=seed, style=style)
    second, held, masked = base.pixels, ALL, frozenset[str]()
    names: list[str] = []
    if kind == "nuisance":
        every = [*NUISANCES, *DRAWN_OVER, *BLEMISHES]
        names = [str(n) for n in rng.permutation(every)[: rng.integers(1, MOST_NUISANCES + 1)]]
    for name in names:
        second, keeps, hides = add_nuisance(sitter, second, name, rng, lend_from)
        held, masked = held & keeps, masked | hides
    labels = (
        intervals(painted, sitter.absent),
        intervals(painted, sitter.absent, masked | (ALL - held)),
    )
    return Scene(
        kind, base.pixels, second, labels, painted, {}, held - masked, base.amount, tuple(names)
    )


def add_nuisance(
    sitter: Sitter, pixels: Pixels, name: str, rng: np.random.Generator, lend_from: Lend
) -> tuple[Pixels, frozenset[str], frozenset[str]]:
    """Add one nuisance: what comes out, what it must not change, what it hides from labelling.

    Raises KeyError for an unknown name.
    """
    face = sitter.face
    if name in BLEMISHES:
        out = blemish(face, pixels, name, float(rng.uniform(*AMOUNTS)), int(rng.integers(1 << 40)))
        return out, BLEMISHES[name].held, BLEMISHES[name].masked
    if name == "spectacles":
        return spectacles(face, pixels, rng), ALL, frozenset()
    if name == "strands":
        return strands(face, pixels, rng), ALL, frozenset()
    if name == "blush":
        strength = float(rng.uniform(0.4, 1.0))
        return blush(face, pixels, strength, int(rng.integers(1 << 40))), ALL, frozenset()
    if name == "light":
        return relit(face, pixels, rng), ALL, frozenset()
    nuisance = NUISANCES[name]
    source = lend_from(rng, nuisance.gender)
    strength = float(rng.uniform(*nuisance.strength))
    own = sitter.own if nuisance.instead else None
    out = lend(face, pixels, nuisance, source, strength=strength, own=own)
    return out, nuisance.held, frozenset()
