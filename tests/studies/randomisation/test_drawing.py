"""Drawing against published values: permuted blocks to the letter, minimisation by hand."""

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from studies.randomisation.drawing import blocks, imbalance, minimised, sequence

HERE = Path(__file__).parent
BLOCKS = json.loads((HERE / "permuted_block_vectors.json").read_text())
MINIMISATION = json.loads((HERE / "minimisation_vector.json").read_text())
SEED = bytes.fromhex(BLOCKS["seed"])


@pytest.mark.parametrize("vector", BLOCKS["vectors"], ids=lambda vector: vector["stratum"])
def test_blocks_are_those_of_the_vectors(vector: dict[str, object]) -> None:
    ratio = [(arm, share) for arm, share in vector["ratio"]]  # type: ignore[attr-defined]
    drawn = blocks(SEED, vector["stratum"], ratio, vector["sizes"])  # type: ignore[arg-type]
    wanted = vector["blocks"]
    assert ["".join(block) for block in islice(drawn, len(wanted))] == wanted  # type: ignore[arg-type]


def test_a_list_is_whole_blocks_and_even_at_their_ends() -> None:
    ratio, sizes = [("A", 2), ("B", 1)], [3, 6]
    arms = sequence(SEED, "site=A", ratio, sizes, 100)
    assert len(arms) >= 100
    assert Counter(arms)["A"] == 2 * Counter(arms)["B"]
    assert (
        sequence(SEED, "site=A", ratio, sizes, 50)
        == arms[: len(arms)][: len(sequence(SEED, "site=A", ratio, sizes, 50))]
    ), "drawn on, what was there stays"


def _history() -> list[tuple[str, dict[str, str]]]:
    names = MINIMISATION["factors"]
    return [(arm, dict(zip(names, rest, strict=True))) for arm, *rest in MINIMISATION["existing"]]


def test_minimisation_prefers_what_was_worked_out_by_hand() -> None:
    following = dict(zip(MINIMISATION["factors"], MINIMISATION["next"], strict=True))
    totals = imbalance(_history(), following, [("X", 1), ("Y", 1)])
    assert totals == MINIMISATION["imbalance_if_assigned"]["range"]


def test_the_preferred_arm_is_given_with_its_probability_and_not_always() -> None:
    following = dict(zip(MINIMISATION["factors"], MINIMISATION["next"], strict=True))
    given = Counter(
        minimised(SEED, position, _history(), following, [("X", 1), ("Y", 1)], 0.8)
        for position in range(1, 2001)
    )
    assert 1550 < given["Y"] < 1650
    assert given["X"] == 2000 - given["Y"]


def test_minimisation_keeps_a_trial_even() -> None:
    existing: list[tuple[str, dict[str, str]]] = []
    for position in range(1, 121):
        levels = {"site": "AB"[position % 2], "tone": "CDE"[position % 3]}
        arm = minimised(SEED, position, existing, levels, [("X", 1), ("Y", 1)], 0.8)
        existing.append((arm, levels))
    for name, level in (("site", "A"), ("site", "B"), ("tone", "C"), ("tone", "E")):
        arms = Counter(arm for arm, levels in existing if levels[name] == level)
        assert abs(arms["X"] - arms["Y"]) <= 6, (name, level, arms)
