"""The networks of the scoring benchmark: the package under test, and VGG16 at full width.

The full-width network has random weights: it takes the time a trained one takes, and its scores
mean nothing.
"""

import base64
import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from inference.pipeline.card import Card, parse_card
from inference.pipeline.network import Network
from inference.pipeline.package import INT8_KEY, int8_graph
from inference.pipeline.reading import read_jpeg
from inference.pipeline.recipe import get_recipe
from inference.pipeline.regions import find_regions
from inference.pipeline.score import clean_crops, measure_context
from inference.training.quantise import quantise
from tests.inference.pipeline.tiny_package import INT8, tiny_card
from tests.inference.pipeline.vgg16_onnx import vgg16_model, vgg16_weights

FULL_SIZE = 224


def crops_of(card: Card, photos: list[Path]) -> NDArray[np.uint8]:
    """Return the cleaned crops of the photos as the network gets them, uint8 (N, S, S, 3)."""
    found = []
    for photo in photos:
        read = read_jpeg(photo.read_bytes(), np.load(photo.with_suffix(".npy")), card.input)
        size, window = card.input.size, card.input.window_mm
        regions = find_regions(
            read.pixels,
            read.landmarks,
            "front",
            size=size,
            window_mm=window,
            regions=card.regions,
        )
        context = measure_context(read.pixels, read.landmarks, regions.crops)
        found.append(clean_crops(regions.crops, get_recipe(card.recipe), context, size))
    return np.concatenate(found)


def with_int8(package: Path, photos: list[Path], out: Path) -> tuple[Path, bool]:
    """Return the package itself when it carries int8, else a copy quantised on the photos' crops.

    And whether it was quantised here.
    """
    model = onnx.load(package)
    if any(entry.key == INT8_KEY for entry in model.metadata_props):
        return package, False
    card = parse_card(next(e.value for e in model.metadata_props if e.key == "gsh_card"))
    network = Network(package, expected_sha256=None, precision="float32")
    graph = quantise(model, network.prepare(crops_of(card, photos)))
    _write(model, {**card.raw, "int8": INT8}, graph, out)
    return out, True


def full_width(photos: list[Path], out: Path) -> Path:
    """Write VGG16 at full width for 224 px crops, random weights, float32 and int8."""
    raw = tiny_card(name="full-width-random")
    raw["input"]["size"] = FULL_SIZE
    model = vgg16_model(vgg16_weights(1.0), FULL_SIZE)
    card = parse_card(json.dumps(raw))
    bare = out.with_suffix(".float32.onnx")
    helper.set_model_props(model, {"gsh_card": json.dumps(raw)})
    onnx.save(model, bare)
    network = Network(bare, expected_sha256=None, precision="float32")
    graph = quantise(model, network.prepare(crops_of(card, photos[:1])))
    bare.unlink()
    _write(model, {**raw, "int8": INT8}, graph, out)
    return out


def _write(model: onnx.ModelProto, card: object, graph: onnx.ModelProto, out: Path) -> None:
    text = base64.b64encode(graph.SerializeToString()).decode()
    helper.set_model_props(model, {"gsh_card": json.dumps(card), INT8_KEY: text})
    out.write_bytes(model.SerializeToString())


def split_graphs(package: Path, folder: Path) -> dict[str, Path]:
    """Write the package's float32 and int8 graphs as files of their own."""
    content = package.read_bytes()
    paths = {name: folder / f"{package.stem}-{name}.onnx" for name in ("float32", "int8")}
    bare = onnx.load_model_from_string(content)
    del bare.metadata_props[:]
    onnx.save(bare, paths["float32"])
    paths["int8"].write_bytes(int8_graph(content))
    return paths
