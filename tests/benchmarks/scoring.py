"""Photo to all scores: the textbook's way against ours, and the network alone.

Same photos, same machine, same weights, same face points; each side in a child process of its own,
with every core. PyTorch and OpenVINO are installed beside the product's environment, in
``var/benchmarks/packages``, where the product never looks.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from inference.pipeline.network import Network
from inference.pipeline.package import read_package
from tests.benchmarks.networks import full_width, split_graphs, with_int8
from tests.benchmarks.photos import HEIGHT, WIDTH, draw_photos
from tests.benchmarks.timing import UNREAD
from tests.stack import ROOT

FOLDER = ROOT / "var" / "benchmarks"
PACKAGES = FOLDER / "packages"
TORCH, OPENVINO = "torch==2.13.0", "openvino==2026.4.1"
OURS_ROUNDS, TEXTBOOK_ROUNDS = 5, 1
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


def compare(package: Path, photos: list[Path]) -> dict[str, Any]:
    """Time both ways over the photos with one package's network."""
    print(f"  {package.stem}: ours …", flush=True)
    ours = child("ours", package, OURS_ROUNDS, *photos)
    print(f"  {package.stem}: the textbook's …", flush=True)
    textbook = child("textbook", package, TEXTBOOK_ROUNDS, *photos)
    network = Network(package, expected_sha256=None)
    return {
        "network": f"{network.card.name} {network.card.version}",
        "size": network.card.input.size,
        "parameters": network.info.parameters,
        "runtime": network.runtime(),
        "ours": ours,
        "textbook": textbook,
        "ratio": textbook["milliseconds"] / ours["milliseconds"],
        "sparing_ratio": (textbook["milliseconds"] - textbook["stages"][UNREAD])
        / ours["milliseconds"],
    }


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


def run_scoring(package: Path) -> dict[str, Any]:
    """Compare both ways with the package under test and with VGG16 at full width."""
    install(TORCH, alone=False)
    install(OPENVINO, alone=True)
    photos = draw_photos(FOLDER / "photos")
    tested, here = with_int8(package, photos, FOLDER / "package-int8.onnx")
    full = full_width(photos, FOLDER / "full-width.onnx")
    return {
        "photos": {"number": len(photos), "width": WIDTH, "height": HEIGHT},
        "quantised_here": here,
        "package": compare(tested, photos),
        "full_width": compare(full, photos),
        "alone": {
            "package": networks_alone(tested, FOLDER),
            "full_width": networks_alone(full, FOLDER),
        },
    }
