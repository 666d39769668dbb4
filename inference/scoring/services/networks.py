"""Networks of registered packages, opened once per process and checked on every answer."""

import hashlib
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings

from inference.packages.models import ModelPackage
from inference.pipeline.network import Network, Pixels, Prediction
from inference.pipeline.providers import Precision
from studies.platform.storage import private_storage

KEPT_OPEN = 3


class InvalidOutput(Exception):  # noqa: N818 - named for what it is
    """The network answered with something that is no probability."""


class GuardedNetwork(Network):
    """A network whose answers are proved to be probabilities before anything is made of them.

    Registration tried it on two crops only; on real skin it may still overflow.
    """

    def predict(self, crops: Pixels) -> Prediction:
        """As ``Network.predict``.

        Raises:
            InvalidOutput: an output is not finite, not between 0 and 1, or does not sum to 1.
        """
        prediction = super().predict(crops)
        for condition, values in prediction.probabilities.items():
            if not np.isfinite(values).all():
                raise InvalidOutput(f"{self._named()} gave NaN or infinity for {condition}.")
            sums = values.sum(axis=1)
            if (values < -1e-4).any() or (np.abs(sums - 1) > 1e-2).any():
                raise InvalidOutput(f"{self._named()} gave no probabilities for {condition}.")
        for condition, grids in (prediction.maps or {}).items():
            if not np.isfinite(grids).all():
                raise InvalidOutput(
                    f"{self._named()} gave NaN or infinity in the map of {condition}."
                )
        return prediction

    def _named(self) -> str:
        return f"The network {self.card.name} {self.card.version}"


def open_network(package: ModelPackage) -> GuardedNetwork:
    """The network of ``package`` in this process.

    Raises:
        inference.pipeline.errors.PackageRefused: the stored file is not the registered one.
        FileNotFoundError: it is not stored any more.
    """
    return open_file(str(_local_file(package)), package.sha256)


def open_file(path: str, sha256: str | None) -> GuardedNetwork:
    """The network in the file ``path``, as the settings say it is run; opened at the first photo.

    Raises:
        inference.pipeline.errors.PackageRefused: it is not the file that ``sha256`` pins, or
            carries no int8 where the settings ask for int8.
        inference.pipeline.providers.ProviderUnavailable: the settings name a provider that the
            installed onnxruntime lacks.
    """
    return _opened(
        path,
        sha256,
        scoring_threads(),
        tuple(settings.INFERENCE_PROVIDERS),
        settings.INFERENCE_PRECISION,
    )


@lru_cache(maxsize=KEPT_OPEN)
def _opened(
    path: str, sha256: str | None, threads: int, providers: tuple[str, ...], precision: Precision
) -> GuardedNetwork:
    return GuardedNetwork(
        path, expected_sha256=sha256, threads=threads, providers=providers, precision=precision
    )


class _Shared:
    """How many processes of this worker score at once; a forked child inherits it."""

    processes = 1


def share_cores(processes: int) -> None:
    """Tell how many processes of this worker score at once (``config.celery`` does at its start).

    Each takes its share of the cores: more threads than cores only wait for one another.
    """
    _Shared.processes = max(1, processes)


def scoring_threads() -> int:
    """Threads of one prediction: as set, else this process's share of the cores it may use."""
    cores = len(os.sched_getaffinity(0))
    return settings.INFERENCE_THREADS or max(1, cores // _Shared.processes)


def _local_file(package: ModelPackage) -> Path:
    """Where the package's file can be read: in storage itself, or in this host's cache."""
    if settings.PRIVATE_ROOT is not None:
        return Path(private_storage().path(package.file))
    return _cached_copy(package.file, package.sha256)


@lru_cache(maxsize=KEPT_OPEN)
def _cached_copy(name: str, sha256: str) -> Path:
    """The file under ``name`` brought to this host, once; a damaged copy is brought again.

    Whoever opens it checks its hash, so a download that went wrong is never used.
    """
    cached = Path(settings.VAR_DIR) / "packages" / f"{sha256}.onnx"
    if cached.exists() and _sha256(cached) == sha256:
        return cached
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
        copy = Path(folder) / cached.name
        with private_storage().open(name, "rb") as stored, copy.open("wb") as out:
            shutil.copyfileobj(stored, out)
        copy.replace(cached)  # of several processes at once the last one wins, with the same bytes
    return cached


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
