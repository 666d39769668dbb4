"""Do a machine's providers give the CPU's scores?

`python -m inference.pipeline.compare PACKAGE`: run it once wherever another build of onnxruntime is
installed, before studies are scored there. It prints a line for each provider and precision, and
exits 1 where one is off by more than allowed or cannot be started.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.check_int8 import constructed_crops
from inference.pipeline.network import Network
from inference.pipeline.providers import CPU, NAMES, available_providers, runtime_words

# Points of severity that a provider may be from the CPU in the same precision, at worst: sums in
# another order in float32; roundings that fall the other way in int8.
ALLOWED: dict[str, float] = {"float32": 0.1, "int8": 1.0}


@dataclass(frozen=True)
class Gap:
    """How far one provider's severities are from the CPU's, in points, over the fixed crops."""

    runtime: str
    precision: str
    ms_per_crop: float
    mean: float
    worst: float
    started: bool = True  # False: onnxruntime could not start the provider and took another

    @property
    def objection(self) -> str:
        """What is wrong with it, in words; empty when nothing is."""
        if not self.started:
            return "THE PROVIDER COULD NOT BE STARTED"
        if self.worst > ALLOWED[self.precision]:
            return f"MORE THAN THE {ALLOWED[self.precision]:g} ALLOWED"
        return ""


def provider_gaps(package: Path) -> list[Gap]:
    """Compare every provider offered here with the CPU, in each precision the package carries."""
    gaps = []
    for precision in _precisions(package):
        wanted = _severities(_open(package, CPU, precision))
        for provider in [name for name in NAMES.values() if name in available_providers()]:
            network = _open(package, provider, precision)
            got = _severities(network)  # the first prediction opens and compiles
            began = time.perf_counter()
            _severities(network)
            spent = time.perf_counter() - began
            off = np.abs(got - wanted)
            runtime = network.runtime()
            gaps.append(
                Gap(
                    runtime_words(runtime),
                    precision,
                    1000 * spent / got.shape[1],
                    float(off.mean()),
                    float(off.max()),
                    "instead_of" not in runtime,
                )
            )
    return gaps


def _precisions(package: Path) -> tuple[Literal["float32", "int8"], ...]:
    network = Network(package, expected_sha256=None, providers=["cpu"], precision="float32")
    return ("float32", "int8") if network.info.int8 else ("float32",)


def _open(package: Path, provider: str, precision: Literal["float32", "int8"]) -> Network:
    return Network(package, expected_sha256=None, providers=[provider], precision=precision)


def _severities(network: Network) -> NDArray[np.float64]:
    """Severities of the fixed crops, 0 to 100, (conditions, crops)."""
    crops = constructed_crops(network.card.input.size).transpose(0, 2, 3, 1)
    probabilities = network.predict(np.ascontiguousarray(crops)).probabilities
    rows = [
        probabilities[output.condition] @ np.linspace(0, 100, len(output.grades))
        for output in network.card.outputs
    ]
    return np.stack(rows).astype(np.float64)


def main(package: str) -> int:
    gaps = provider_gaps(Path(package))
    for gap in gaps:
        sys.stdout.write(
            f"{gap.runtime}: {gap.ms_per_crop:.1f} ms a crop, {gap.mean:.4f} points from the CPU "
            f"on average, {gap.worst:.4f} at worst  {gap.objection}".rstrip()
            + "\n"
        )
    return 1 if any(gap.objection for gap in gaps) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
