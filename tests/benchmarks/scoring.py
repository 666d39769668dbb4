"""The phone's file to all scores: the textbook's way against ours, and the network alone.

Same photos, same machine, same weights; each side in a child process of its own, on one processor,
asked in turn photo by photo. The network alone gets every core. PyTorch and OpenVINO are installed
beside the product's environment, in ``var/benchmarks/packages``, where the product never looks.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Self

from inference.pipeline.network import Network
from inference.pipeline.package import read_package
from tests.benchmarks.networks import full_width, split_graphs, with_int8
from tests.benchmarks.photos import HEIGHT, WIDTH, draw_photos
from tests.benchmarks.tables import CHECK
from tests.benchmarks.timing import NETWORK, ONE_BATCH, ONE_THREAD, UNREAD
from tests.stack import ROOT

Times = dict[str, float]

FOLDER = ROOT / "var" / "benchmarks"
PACKAGES = FOLDER / "packages"
TORCH, OPENVINO = "torch==2.13.0", "openvino==2026.4.1"
ROUNDS = 5
BATCH = 15  # the crops of a photo from the front


def install(requirement: str, *, alone: bool) -> None:
    """Install a package the benchmark needs beside the product's environment, once.

    ``alone`` leaves its dependencies to the product's environment.
    """
    stamp = PACKAGES / f".{requirement}"
    module = requirement.partition("==")[0]
    if stamp.exists() or (not alone and importlib.util.find_spec(module)):
        return
    PACKAGES.mkdir(parents=True, exist_ok=True)
    print(f"installing {requirement} …", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--target", str(PACKAGES), "--upgrade", *(["--no-deps"] if alone else [])]
    subprocess.run([*pip, *options, requirement], check=True)
    stamp.touch()


def child(module: str, *arguments: object) -> dict[str, Any]:
    """Run a child of the benchmark to its end and return what it printed."""
    paths = os.pathsep.join([str(ROOT), str(PACKAGES)])
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{module}: {done.stderr.strip()[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return report


class Side:
    """A child that is asked photo by photo."""

    def __init__(self, module: str, package: Path) -> None:
        paths = os.pathsep.join([str(ROOT), str(PACKAGES)])
        self._module = module
        self._child = subprocess.Popen(
            [sys.executable, "-m", f"tests.benchmarks.{module}", str(package)],
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": paths},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        self._child.wait(timeout=60)

    def ask(self, photo: Path) -> dict[str, Any]:
        """What a photo took: stages, milliseconds of processor time; wall time; peak memory."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(f"{photo}\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self._module} ended: {self._child.wait()}")
        told: dict[str, Any] = json.loads(answer)
        return told


def compare(package: Path, photos: list[Path], rounds: int) -> dict[str, Any]:
    """Ask both sides in turn about the photos, with one package's network."""
    print(f"  {package.stem}: ours and the textbook's in turn …", flush=True)
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = []
    with Side("ours", package) as ours, Side("textbook", package) as textbook:
        ours.ask(photos[0]), textbook.ask(photos[0])  # warm
        for _ in range(rounds):
            pairs += [(ours.ask(photo), textbook.ask(photo)) for photo in photos]
    network = Network(package, expected_sha256=None)
    return {
        "network": f"{network.card.name} {network.card.version}",
        "size": network.card.input.size,
        "parameters": network.info.parameters,
        "runtime": network.runtime(),
        "asked": len(pairs),
        "ours": side([one for one, _ in pairs]),
        "textbook": side([other for _, other in pairs]),
        "rows": rows_of([(one["stages"], other["stages"]) for one, other in pairs]),
    }


def side(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of one side."""
    names = list(found[0]["stages"])
    return {
        "stages": {name: median(one["stages"][name] for one in found) for name in names},
        "wall_ms": median(one["wall_ms"] for one in found),
        "peak_mib": max(one["peak_mib"] for one in found),
    }


def rows_of(pairs: list[tuple[Times, Times]]) -> list[dict[str, Any]]:
    """What is compared, each with medians of both sides and of the ratios of neighbours.

    The textbook has no check. It is told without one, and with ours, which it would need as well.
    """

    def check(ours: Times) -> float:
        return sum(spent for name, spent in ours.items() if name.startswith(CHECK))

    def whole(ours: Times) -> float:
        return sum(ours.values())

    def less(textbook: Times, *names: str) -> float:
        return sum(spent for name, spent in textbook.items() if name not in names)

    kinds: dict[str, tuple[Callable[[Times, Times], float], Callable[[Times], float]]] = {
        "every region for every condition, one by one": (lambda o, t: less(t, ONE_BATCH), whole),
        "only where a condition is read": (lambda o, t: less(t, ONE_BATCH, UNREAD), whole),
        "all conditions in one batch": (lambda o, t: less(t, NETWORK, UNREAD), whole),
        "the same, with a check as ours has it": (
            lambda o, t: less(t, NETWORK, UNREAD) + check(o),
            whole,
        ),
        "the same, neither side with a check": (
            lambda o, t: less(t, NETWORK, UNREAD),
            lambda o: whole(o) - check(o),
        ),
    }
    return [
        {
            "textbook": name,
            "textbook_ms": median(theirs(ours, textbook) for ours, textbook in pairs),
            "ours_ms": median(mine(ours) for ours, _ in pairs),
            "ratio": median(theirs(ours, textbook) / mine(ours) for ours, textbook in pairs),
        }
        for name, (theirs, mine) in kinds.items()
    ]


def networks_alone(package: Path, folder: Path) -> list[dict[str, Any]]:
    """Time one package's network alone, a crop at a time and a photo's crops at once."""
    graphs = split_graphs(package, folder)
    size = read_package(package).card.input.size
    kinds = (
        ("torch", "float32"),
        ("onnxruntime", "float32"),
        ("onnxruntime", "int8"),
        ("openvino", "int8"),
    )
    rows = []
    for runtime, precision in kinds:
        print(f"  {package.stem}: {runtime} {precision} …", flush=True)
        told = {
            batch: child("alone", runtime, graphs[precision], size, batch) for batch in (1, BATCH)
        }
        rows.append(
            {
                "runtime": f"{runtime} {told[1]['version']}",
                "precision": precision,
                "ms_per_crop": told[1]["ms_per_crop"],
                "ms_per_crop_of_a_photo": told[BATCH]["ms_per_crop"],
                "peak_mib": told[BATCH]["peak_mib"],
            }
        )
    return rows


def run_headline(package: Path) -> dict[str, Any]:
    """Compare both ways with the package under test."""
    install(TORCH, alone=False)
    photos = draw_photos(FOLDER / "photos")
    tested, here = with_int8(package, photos, FOLDER / "package-int8.onnx")
    return {
        "photos": {"number": len(photos), "width": WIDTH, "height": HEIGHT},
        "quantised_here": here,
        "package": compare(tested, photos, ROUNDS),
    }


def run_scoring(package: Path) -> dict[str, Any]:
    """Compare with VGG16 at full width as well, and ask the networks alone."""
    headline = run_headline(package)
    install(OPENVINO, alone=True)
    photos = draw_photos(FOLDER / "photos")
    tested, _ = with_int8(package, photos, FOLDER / "package-int8.onnx")
    full = full_width(photos, FOLDER / "full-width.onnx")
    return {
        **headline,
        "full_width": compare(full, photos, 1),
        "alone": {
            "package": networks_alone(tested, FOLDER),
            "full_width": networks_alone(full, FOLDER),
        },
    }
