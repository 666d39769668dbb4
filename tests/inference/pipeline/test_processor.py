"""Instructions and providers: what the machine offers, and what is asked of it."""

import pytest

from inference.pipeline import compare
from inference.pipeline import network as network_module
from inference.pipeline.compare import main, provider_gaps
from inference.pipeline.network import Network
from inference.pipeline.processor import int8_instructions
from inference.pipeline.providers import (
    CPU,
    CUDA,
    NAMES,
    OPENVINO,
    ProviderUnavailable,
    available_providers,
    choose_providers,
    with_options,
)
from tests.inference.pipeline.tiny_package import write_tiny_package

XEON = """processor\t: 0
model name\t: Intel(R) Xeon(R)
flags\t\t: fpu sse2 avx512f avx512_vnni amx_int8 avx512_bf16
bugs\t\t: avx_vnni
"""
OLD = "flags\t\t: fpu sse2 ssse3 avx avx2 fma\n"
GRAVITON = "processor\t: 0\nFeatures\t: fp asimd crc32 atomics asimddp i8mm\n"
PI = "Features\t: fp asimd evtstrm crc32 cpuid\n"


@pytest.mark.parametrize(
    ("cpuinfo", "system", "machine", "found"),
    [
        (XEON, "Linux", "x86_64", ("amx_int8", "avx512_vnni")),
        (OLD, "Linux", "x86_64", ()),
        (GRAVITON, "Linux", "aarch64", ("asimddp", "i8mm")),
        (PI, "Linux", "aarch64", ()),
        ("", "Darwin", "arm64", ("asimddp",)),
        ("", "Darwin", "x86_64", ()),
        ("", "Windows", "AMD64", ()),
    ],
)
def test_int8_instructions_are_read_from_the_processors_own_words(cpuinfo, system, machine, found):
    assert int8_instructions(cpuinfo, system, machine) == found


def test_the_automatic_order_is_cuda_openvino_cpu_of_those_installed():
    everything = ["TensorrtExecutionProvider", CPU, OPENVINO, CUDA]
    assert choose_providers(None, everything) == [CUDA, OPENVINO, CPU]
    assert choose_providers(["auto"], [OPENVINO, CPU]) == [OPENVINO, CPU]
    assert choose_providers([], ["AzureExecutionProvider", CPU]) == [CPU]


def test_an_explicit_list_is_kept_in_its_order_and_ends_with_the_cpu():
    assert choose_providers(["openvino", "cuda"], [CPU, CUDA, OPENVINO]) == [OPENVINO, CUDA, CPU]
    assert choose_providers(["CPU"], [CPU, CUDA]) == [CPU]
    assert choose_providers([OPENVINO], [CPU, OPENVINO]) == [OPENVINO, CPU]


def test_a_provider_that_is_unknown_or_not_installed_is_refused_in_words(tmp_path):
    with pytest.raises(ProviderUnavailable, match="'tensor' is no provider known here"):
        choose_providers(["tensor"], [CPU])
    with pytest.raises(ProviderUnavailable, match="does not offer cuda; it offers CPUExec"):
        choose_providers(["cuda"], [CPU])
    assert CUDA not in available_providers()
    with pytest.raises(ProviderUnavailable, match="does not offer cuda"):
        Network(write_tiny_package(tmp_path), expected_sha256=None, providers=["cuda", "cpu"])


def test_providers_are_kept_from_rounding_float32():
    options = dict(with_options([CUDA, OPENVINO, CPU], threads=3))
    assert options[CUDA] == {"use_tf32": "0"}
    assert options[OPENVINO]["precision"] == "FP32"
    assert options[OPENVINO]["num_of_threads"] == "3"
    assert options[CPU] == {}


def test_every_provider_installed_here_gives_the_cpus_scores(tmp_path, capsys):
    """The check that docs/deployment asks for, on the providers of this machine."""
    path = write_tiny_package(tmp_path, int8=True)
    offered = [name for name in NAMES.values() if name in available_providers()]
    gaps = provider_gaps(path)
    assert CPU in offered
    assert [gap.precision for gap in gaps] == ["float32"] * len(offered) + ["int8"] * len(offered)
    assert not any(gap.objection for gap in gaps)
    assert main(str(path)) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(gaps)
    assert "(CPU, float32): " in told[0]


def test_a_provider_that_scores_otherwise_is_told_apart(tmp_path, capsys, monkeypatch):
    class Off(Network):
        def predict(self, crops):
            found = super().predict(crops)
            shift = 0.02 * (self._providers[0] == OPENVINO)
            for values in found.probabilities.values():
                values += (-shift, 0, 0, shift)
            return found

        def runtime(self):
            told = {**super().runtime(), "provider": self._providers[0]}
            return {name: value for name, value in told.items() if name != "instead_of"}

    monkeypatch.setattr(compare, "Network", Off)
    for module in (compare, network_module):
        monkeypatch.setattr(module, "available_providers", lambda: [OPENVINO, CPU])
    monkeypatch.setattr(network_module, "with_options", lambda providers, threads: [CPU])
    assert main(str(write_tiny_package(tmp_path))) == 1
    openvino, cpu = capsys.readouterr().out.splitlines()
    assert "(OpenVINO, float32)" in openvino
    assert "MORE THAN THE 0.1 ALLOWED" in openvino
    assert "MORE" not in cpu


def test_a_provider_that_cannot_be_started_does_not_pass_for_the_cpu(tmp_path, capsys, monkeypatch):
    for module in (compare, network_module):
        monkeypatch.setattr(module, "available_providers", lambda: [OPENVINO, CPU])
    monkeypatch.setattr(network_module, "with_options", lambda providers, threads: [CPU])
    assert main(str(write_tiny_package(tmp_path))) == 1
    openvino, cpu = capsys.readouterr().out.splitlines()
    assert "(CPU instead of OpenVINO, float32)" in openvino
    assert openvino.endswith("THE PROVIDER COULD NOT BE STARTED")
    assert cpu.endswith("at worst")
