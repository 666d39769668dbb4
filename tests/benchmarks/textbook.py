"""A child of the benchmark: ``python -m tests.benchmarks.textbook PACKAGE``.

The way a textbook would do it: decode the whole photo, enlarge or reduce the face to 1024 px,
non-local means and CLAHE over it, then for every condition every region one by one through VGG16 in
PyTorch, eager and float32. The weights, regions and face points are those ours gets. The regions in
which a condition is not read are a stage of their own, so that a sparing textbook can be told too;
so is a fair one's, which sends all regions as one batch and takes all conditions from that. Stages
are milliseconds of processor time.
"""

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from inference.pipeline.network import Network
from inference.pipeline.regions import find_regions
from tests.benchmarks.timing import NETWORK, ONE_BATCH, UNREAD, Stages, serve

FACE_SIDE = 1024


def vgg16(package: str) -> torch.nn.Sequential:
    """The network up to its class maps, from the package's own weights."""
    graph = onnx.load(package).graph
    weights = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    layers: list[torch.nn.Module] = []
    for node in graph.node:
        if node.op_type == "Conv":
            weight, bias = (torch.from_numpy(weights[name].copy()) for name in node.input[1:])
            outside, inside, kernel, _ = weight.shape
            layer = torch.nn.Conv2d(inside, outside, kernel, padding=kernel // 2)
            layer.load_state_dict({"weight": weight, "bias": bias})
            layers.append(layer)
        elif node.op_type == "Relu":
            layers.append(torch.nn.ReLU())
        elif node.op_type == "MaxPool":
            layers.append(torch.nn.MaxPool2d(2))
    return torch.nn.Sequential(*layers).eval()


def face_of(
    pixels: NDArray[np.uint8], landmarks: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The square about the face, 1024 px, and the face points in it."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    side = 1.2 * float((high - low).max())
    left, top = (np.maximum((low + high) / 2 - side / 2, 0)).astype(int)
    square = pixels[top : top + int(side), left : left + int(side)]
    factor = FACE_SIDE / max(square.shape[:2])
    moved = landmarks.copy()
    moved[:, :2] -= (left, top)
    face = cv2.resize(square, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(face, np.uint8), np.asarray(moved * factor, np.float32)


def equalised(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    lab = cv2.cvtColor(face, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def main(package: str) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    network = vgg16(package)
    card = Network(package, expected_sha256=None, precision="float32").card
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (card.input.mean, card.input.std))
    grades = len(card.outputs[0].grades)

    def prepared(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = (crop.transpose(2, 0, 1).astype(np.float32) / 255 - mean) / std
        return np.asarray(values, np.float32)

    def graded(crop: NDArray[np.uint8], condition: int) -> Any:
        values = prepared(crop)
        with torch.no_grad():
            maps = network(torch.from_numpy(values)[None])
            mine = maps[:, grades * condition : grades * (condition + 1)]
            return torch.softmax(mine.mean(dim=(2, 3)), dim=1).numpy()

    def score(photo: Path) -> dict[str, float]:
        stages = Stages()
        found = cv2.imdecode(np.frombuffer(photo.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        pixels = np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), np.uint8)
        stages.end("decode")
        face, landmarks = face_of(pixels, np.load(photo.with_suffix(".npy")))
        stages.end("face")
        face = np.asarray(cv2.fastNlMeansDenoisingColored(face), np.uint8)
        stages.end("non-local means")
        face = equalised(face)
        stages.end("CLAHE")
        size, window = card.input.size, card.input.window_mm
        regions = find_regions(
            face, landmarks, "front", size=size, window_mm=window, regions=card.regions
        )
        stages.end("regions")
        asked = [(crop, number) for crop in regions.crops for number in range(len(card.outputs))]
        needed = [pair for pair in asked if pair[0].region in card.outputs[pair[1]].regions]
        for crop, number in needed:
            graded(crop.filled(), number)
        stages.end(NETWORK)
        for crop, number in asked:
            if crop.region not in card.outputs[number].regions:
                graded(crop.filled(), number)
        stages.end(UNREAD)
        with torch.no_grad():
            batch = np.stack([prepared(crop.filled()) for crop in regions.crops])
            maps = network(torch.from_numpy(batch)).mean(dim=(2, 3))
            torch.softmax(maps.unflatten(1, (len(card.outputs), grades)), dim=2).numpy()
        stages.end(ONE_BATCH)
        return stages.spent

    serve(score)


if __name__ == "__main__":
    main(*sys.argv[1:])
