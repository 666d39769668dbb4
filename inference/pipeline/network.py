"""The network of a package, run by onnxruntime: one session per process, opened on first use."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.card import Card, CardOutput
from inference.pipeline.errors import PackageRefused
from inference.pipeline.package import PackageInfo, int8_graph, read_package
from inference.pipeline.processor import has_int8
from inference.pipeline.providers import (
    ON_PROCESSOR,
    Precision,
    available_providers,
    choose_providers,
    with_options,
)

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

MAX_BATCH = 16


@dataclass(frozen=True)
class Prediction:
    """What the network says of N crops."""

    probabilities: dict[str, Floats]  # condition: (N, K), rows sum to 1
    maps: dict[str, Floats] | None  # condition: (N, h, w), 0 (none) to 1 (the worst grade)


def averaged(crops: Prediction, mirrored: Prediction) -> Prediction:
    """Return the mean of what was said of crops and of their mirror images, maps turned back."""
    maps = None
    if crops.maps is not None and mirrored.maps is not None:
        maps = {
            name: np.asarray((value + mirrored.maps[name][:, :, ::-1]) / 2, np.float32)
            for name, value in crops.maps.items()
        }
    return Prediction(
        {
            name: np.asarray((value + mirrored.probabilities[name]) / 2, np.float32)
            for name, value in crops.probabilities.items()
        },
        maps,
    )


class Network:
    """A package ready to predict.

    The session is made in the process that first predicts and never shared: a session made before
    a fork crashes in the child, so a change of process id makes a new one. The file is read once
    per process, hashed, and the session made from the very bytes that were hashed.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        expected_sha256: str | None,
        threads: int | None = None,
        providers: Sequence[str] | None = None,
        precision: Precision = "auto",
    ) -> None:
        """Open the package at `path`.

        `threads` of one prediction (None: every core this process may use); `providers` in order of
        preference (None: the automatic order, see `providers.py`); `precision` `auto` is int8 where
        the package carries it and the processor has the instructions, else float32.

        Raises PackageRefused `changed` when the file is not the one that was registered, `no-int8`
        when int8 is asked for and not carried, ProviderUnavailable.
        """
        self.path = Path(path)
        self.info: PackageInfo = read_package(self.path)
        if expected_sha256 is not None and self.info.sha256 != expected_sha256:
            raise _changed()
        if precision == "int8" and not self.info.int8:
            raise PackageRefused(
                "no-int8",
                f"{self.info.card.name} {self.info.card.version} carries no int8 network. "
                "Score it with precision auto or float32.",
            )
        self._threads = threads or len(os.sched_getaffinity(0))
        self._providers = choose_providers(providers, available_providers())
        self._wanted: Precision = precision
        self._session: Any = None
        self._pid = -1
        self._lock = Lock()
        self._inherited: list[Any] = []

    @property
    def card(self) -> Card:
        return self.info.card

    @property
    def sha256(self) -> str:
        return self.info.sha256

    @property
    def precision(self) -> Literal["float32", "int8"]:
        """What the network computes in: the choice `auto` stands for, on this machine."""
        if self._wanted != "auto":
            return self._wanted
        fast = self._providers[0] in ON_PROCESSOR and has_int8()
        return "int8" if fast and self.info.int8 else "float32"

    def runtime(self) -> dict[str, str]:
        """Return the runtime's name, version, provider and precision; opens the session.

        `instead_of` names the provider that should have run the network when onnxruntime could not
        start it and took another.
        """
        import onnxruntime  # heavy

        provider = str(self._open().get_providers()[0])
        runtime = {
            "name": "onnxruntime",
            "version": str(onnxruntime.__version__),
            "provider": provider,
            "precision": self.precision,
        }
        return (
            runtime
            if provider == self._providers[0]
            else {**runtime, "instead_of": self._providers[0]}
        )

    def predict(self, crops: Pixels) -> Prediction:
        """Grade crops, uint8 (N, S, S, 3) RGB with S the card's size; N may be 0.

        Where the card says `mirror`, each crop is read with its mirror image and both are averaged.
        At most 16 go through the network at a time, so memory does not grow with N, in batches of
        about the same size: seventeen crops are nine and eight, not sixteen and one. Raises
        ValueError for another shape or type, PackageRefused `changed` when the file on disk is no
        longer the registered one.
        """
        size = self.card.input.size
        if crops.ndim != 4 or crops.shape[1:] != (size, size, 3) or crops.dtype != np.uint8:
            raise ValueError(
                f"crops must be uint8 (N, {size}, {size}, 3), not {crops.dtype} {crops.shape}"
            )
        answers = self._ask(crops)
        return averaged(answers, self._ask(crops[:, :, ::-1])) if self.card.mirror else answers

    def _ask(self, crops: Pixels) -> Prediction:
        outputs = self.card.outputs
        names = [o.name for o in outputs] + [o.map for o in outputs if o.map]
        parts: dict[str, list[Floats]] = {name: [] for name in names}
        session = self._open()
        batches = -(-len(crops) // MAX_BATCH)
        for batch in np.array_split(crops, batches) if batches else ():
            feed = {self.card.input.name: self.prepare(batch)}
            for name, value in zip(names, session.run(names, feed), strict=True):
                parts[name].append(value)
        return self._gather(parts)

    def prepare(self, crops: Pixels) -> Floats:
        """Return the network's input, float32 (N, 3, S, S), as the card says: `(x/255 - m) / s`."""
        given = self.card.input
        if given.colour_order == "BGR":
            crops = crops[..., ::-1]
        mean = np.array(given.mean, np.float32)
        std = np.array(given.std, np.float32)
        values = (crops.astype(np.float32) / np.float32(255) - mean) / std
        return np.ascontiguousarray(values.transpose(0, 3, 1, 2))

    def _gather(self, parts: Mapping[str, list[Floats]]) -> Prediction:
        probabilities: dict[str, Floats] = {}
        maps: dict[str, Floats] = {}
        for output in self.card.outputs:
            grades = len(output.grades)
            empty = np.zeros((0, grades), np.float32)
            probabilities[output.condition] = _probabilities(
                output, np.concatenate([empty, *parts[output.name]])
            )
            if output.map and parts[output.map]:
                local = _probabilities(output, np.concatenate(parts[output.map]))
                weights = np.arange(grades, dtype=np.float32) / (grades - 1)
                maps[output.condition] = np.einsum("nkhw,k->nhw", local, weights)
        return Prediction(probabilities, maps or None)

    def _open(self) -> Any:
        if self._pid != os.getpid():
            # The parent's session has no threads here: keep it from being torn down, and its lock
            # may have been held by a thread that does not exist here.
            if self._session is not None:
                self._inherited.append(self._session)
            self._session, self._lock, self._pid = None, Lock(), os.getpid()
        with self._lock:
            if self._session is None:
                self._session = self._make_session()
        return self._session

    def _make_session(self) -> Any:
        import onnxruntime as ort  # heavy, and must not start threads before a fork

        content = self.path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.info.sha256:
            raise _changed()
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spinning threads would steal the cores from the other workers between photos.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = int8_graph(content) if self.precision == "int8" else content
        providers = with_options(self._providers, self._threads)
        return ort.InferenceSession(graph, options, providers=providers)


def _changed() -> PackageRefused:
    return PackageRefused(
        "changed",
        "The model file is not the one that was registered (its SHA-256 differs). "
        "Nothing was scored with it.",
    )


def _probabilities(output: CardOutput, values: Floats) -> Floats:
    """Soft-max over axis 1 for logits; probabilities as they are."""
    if output.kind == "probabilities":
        return values
    shifted = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)


@lru_cache(maxsize=4)
def shared_network(path: str, expected_sha256: str, threads: int | None = None) -> Network:
    """Return the process's one network for a registered package, opened when it first predicts."""
    return Network(path, expected_sha256=expected_sha256, threads=threads)
