"""Which of onnxruntime's execution providers runs the networks.

Names are short (`cuda`, `openvino`, `cpu`); onnxruntime's own are accepted too. Automatic order:
CUDA, then OpenVINO (with the `onnxruntime-openvino` build), then the CPU, of those installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

CPU = "CPUExecutionProvider"
OPENVINO = "OpenVINOExecutionProvider"
CUDA = "CUDAExecutionProvider"
NAMES: Mapping[str, str] = {"cuda": CUDA, "openvino": OPENVINO, "cpu": CPU}
AUTOMATIC = (CUDA, OPENVINO, CPU)
# Providers that run on the processor's own int8 instructions.
ON_PROCESSOR = frozenset({CPU, OPENVINO})
Precision = Literal["auto", "float32", "int8"]


class ProviderUnavailable(ValueError):  # noqa: N818 - named for what it is
    """A provider that is unknown, or that the installed onnxruntime does not offer."""


def available_providers() -> list[str]:
    """Return what the installed onnxruntime offers, in its own names."""
    import onnxruntime  # heavy

    return [str(name) for name in onnxruntime.get_available_providers()]


def choose_providers(wanted: Sequence[str] | None, available: Sequence[str]) -> list[str]:
    """Return onnxruntime's names of the providers to try, in order; the CPU always ends the list.

    `wanted` None, empty or `["auto"]` is the automatic order. Raises ProviderUnavailable with words
    for a configuration's author.
    """
    if not wanted or list(wanted) == ["auto"]:
        return [name for name in AUTOMATIC if name in available] or [CPU]
    chosen = [_full_name(name) for name in wanted]
    for short, name in zip(wanted, chosen, strict=True):
        if name not in available:
            raise ProviderUnavailable(
                f"The installed onnxruntime does not offer {short}; it offers "
                f"{', '.join(available)}. Install the build that does (docs/deployment), or "
                "choose auto."
            )
    return [*chosen, *([] if CPU in chosen else [CPU])]


def _full_name(name: str) -> str:
    full = NAMES.get(name.strip().lower(), name.strip())
    if full not in NAMES.values():
        raise ProviderUnavailable(
            f"{name!r} is no provider known here: choose auto, or some of {', '.join(NAMES)}."
        )
    return full


def with_options(providers: Sequence[str], threads: int) -> list[tuple[str, dict[str, Any]]]:
    """Return each provider with the options that keep its scores those of the CPU.

    OpenVINO would compute float32 in bfloat16 where the processor can, and takes its own threads;
    CUDA would round float32 products to TF32 (10 bits).
    """
    options: dict[str, dict[str, Any]] = {
        OPENVINO: {"device_type": "CPU", "precision": "FP32", "num_of_threads": str(threads)},
        CUDA: {"use_tf32": "0"},
    }
    return [(name, options.get(name, {})) for name in providers]


def runtime_words(runtime: Mapping[str, str]) -> str:
    """Return what `Network.runtime` told as one line: `onnxruntime 1.32.0 (CPU, int8)`."""
    provider = _short(runtime["provider"])
    if "instead_of" in runtime:
        provider += f" instead of {_short(runtime['instead_of'])}"
    return f"{runtime['name']} {runtime['version']} ({provider}, {runtime['precision']})"


def _short(provider: str) -> str:
    return provider.removesuffix("ExecutionProvider")
