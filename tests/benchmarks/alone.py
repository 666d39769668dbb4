"""A child of the benchmark: ``python -m tests.benchmarks.alone RUNTIME GRAPH SIZE BATCH``.

The network alone on random crops: ``onnxruntime``, ``openvino`` or ``torch`` (eager, float32).
Prints one line of JSON: milliseconds a crop (the best of three to ten batches), the peak memory,
the runtime's version.
"""

import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.timing import peak_mib

Ask = Callable[[NDArray[np.float32]], object]
FEWEST, MOST, SECONDS = 3, 10, 5.0


def with_onnxruntime(graph: str, threads: int, shape: tuple[int, ...]) -> tuple[Ask, str]:
    import onnxruntime

    del shape
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda crops: session.run(None, {name: crops}), onnxruntime.__version__


def with_openvino(graph: str, threads: int, shape: tuple[int, ...]) -> tuple[Ask, str]:
    import openvino

    core = openvino.Core()
    model = core.read_model(graph)
    model.reshape(shape)
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(model, "CPU", {**settings, "PERFORMANCE_HINT": "LATENCY"})
    return lambda crops: compiled(crops), openvino.__version__.split("-")[0]


def with_torch(graph: str, threads: int, shape: tuple[int, ...]) -> tuple[Ask, str]:
    import torch

    from tests.benchmarks.textbook import vgg16

    del shape
    torch.set_num_threads(threads)
    network = vgg16(graph)

    def ask(crops: NDArray[np.float32]) -> object:
        with torch.no_grad():
            return network(torch.from_numpy(crops))

    return ask, torch.__version__


RUNTIMES = {"onnxruntime": with_onnxruntime, "openvino": with_openvino, "torch": with_torch}


def main(runtime: str, graph: str, size: int, batch: int) -> None:
    shape = (batch, 3, size, size)
    ask, version = RUNTIMES[runtime](graph, len(os.sched_getaffinity(0)), shape)
    crops = np.random.default_rng(1).normal(0, 1, shape).astype(np.float32)
    ask(crops)
    times: list[float] = []
    while len(times) < FEWEST or (len(times) < MOST and sum(times) < SECONDS):
        began = time.perf_counter()
        ask(crops)
        times.append(time.perf_counter() - began)
    told = {"ms_per_crop": 1000 * min(times) / batch, "peak_mib": peak_mib(), "version": version}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
