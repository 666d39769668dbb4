"""Drawing: numbers from a seed, permuted blocks of random sizes, and minimisation. Plain Python.

Numbers come from HMAC-SHA-256 of a secret seed, so a list can be drawn again, bit for bit, by
whoever has the seed and this description, in any language, in any year; a library's shuffle
promises no such thing. ``permuted_block_vectors.json`` among the tests holds known values.

Permuted blocks: Zelen (1974), J Chronic Dis 27:365. Minimisation: Pocock and Simon (1975),
Biometrics 31:103, with the range as the measure of imbalance and a random element.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

ALGORITHM = (
    "draw(m): v = the first 8 bytes, big endian, of HMAC-SHA-256(key=seed, "
    'message=stratum + "|" + counter), the counter from 0 and +1 a draw, rejected while '
    "v >= 2^64 - (2^64 mod m), else v mod m. A block: size = sizes[draw(len(sizes))]; the arms "
    "repeated by their ratio to the size; Fisher-Yates from the end with j = draw(i + 1)."
)
MINIMISATION = (
    "Pocock and Simon: for each arm, over the factors with equal weight, the range over arms of "
    "the number of earlier participants of the same level, divided by the arm's ratio, had this "
    "one been put into it. The arm with the smallest sum is preferred; of several, one by draw. "
    "With the probability p the preferred arm is given, else one of the others by draw: "
    "draw(1000) < 1000 p. Draws as for permuted blocks, the stratum being the position."
)
WORD = 2**64


class Draws:
    """Whole numbers below any bound, from a seed and the name of a stratum."""

    def __init__(self, seed: bytes, stratum: str) -> None:
        self.seed, self.stratum, self.counter = seed, stratum, 0

    def below(self, bound: int) -> int:
        """The next number, 0 to ``bound`` − 1, each equally likely."""
        limit = WORD - WORD % bound
        while True:
            message = f"{self.stratum}|{self.counter}".encode()
            value = int.from_bytes(hmac.new(self.seed, message, sha256).digest()[:8], "big")
            self.counter += 1
            if value < limit:
                return value % bound


def blocks(
    seed: bytes, stratum: str, ratio: Sequence[tuple[str, int]], sizes: Sequence[int]
) -> Iterator[list[str]]:
    """Permuted blocks without end; ``ratio`` is each arm with its share of a block.

    Each of ``sizes`` is a multiple of the ratio's sum.
    """
    draws = Draws(seed, stratum)
    whole = [arm for arm, share in ratio for _ in range(share)]
    while True:
        size = sizes[draws.below(len(sizes))]
        block = _spread(ratio, size // len(whole))
        for place in range(len(block) - 1, 0, -1):
            other = draws.below(place + 1)
            block[place], block[other] = block[other], block[place]
        yield block


def _spread(ratio: Sequence[tuple[str, int]], times: int) -> list[str]:
    """The arms of the ratio, the whole of it ``times`` over."""
    return [arm for arm, share in ratio for _ in range(share)] * times


def sequence(
    seed: bytes,
    stratum: str,
    ratio: Sequence[tuple[str, int]],
    sizes: Sequence[int],
    length: int,
) -> list[str]:
    """``length`` arms at least, of whole blocks, in the order they are to be given."""
    arms: list[str] = []
    for block in blocks(seed, stratum, ratio, sizes):
        if len(arms) >= length:
            break
        arms += block
    return arms


def imbalance(
    existing: Sequence[tuple[str, Mapping[str, str]]],
    factors: Mapping[str, str],
    ratio: Sequence[tuple[str, int]],
) -> dict[str, float]:
    """Arm → what the ranges would sum to, were the next participant put into it.

    ``existing`` is each earlier participant's arm and levels; ``factors`` are the levels of the
    next, by the name of the factor.
    """
    totals = dict.fromkeys((arm for arm, _ in ratio), 0.0)
    for name, level in factors.items():
        alike = [arm for arm, levels in existing if levels.get(name) == level]
        for candidate in totals:
            shares = [(alike.count(arm) + (arm == candidate)) / share for arm, share in ratio]
            totals[candidate] += max(shares) - min(shares)
    return totals


def minimised(
    seed: bytes,
    position: int,
    existing: Sequence[tuple[str, Mapping[str, str]]],
    factors: Mapping[str, str],
    ratio: Sequence[tuple[str, int]],
    probability: float,
) -> str:
    """The arm of the participant at ``position``: the preferred one with ``probability``."""
    draws = Draws(seed, f"minimisation {position}")
    totals = imbalance(existing, factors, ratio)
    least = min(totals.values())
    best = [arm for arm, total in totals.items() if abs(total - least) < 1e-9]
    preferred = best[draws.below(len(best))]
    others = [arm for arm in totals if arm != preferred]
    if not others or draws.below(1000) < round(1000 * probability):
        return preferred
    return others[draws.below(len(others))]
