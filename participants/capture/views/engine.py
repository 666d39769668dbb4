"""The landmark engine's frame: the one page whose scripts may compile code as they run.

The engine (`@mediapipe/face_mesh`) is WebAssembly glued with ``eval``-like code. It runs in a frame
of its own, under its own policy, and never sees the page: pictures go in and points come out by
``postMessage``. The page's own policy stays as strict as everywhere else.
"""

from functools import lru_cache
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_EVAL, WASM_UNSAFE_EVAL
from csp.decorators import csp
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from participants.capture.finders import NAMES, PREFIX

# What the engine asks for by name; it picks the files with or without SIMD by itself.
FILES = (
    "face_mesh.binarypb",
    "face_mesh_solution_packed_assets.data",
    "face_mesh_solution_packed_assets_loader.js",
    "face_mesh_solution_simd_wasm_bin.js",
    "face_mesh_solution_simd_wasm_bin.wasm",
    "face_mesh_solution_wasm_bin.js",
    "face_mesh_solution_wasm_bin.wasm",
)
LOADER = "face_mesh.js"  # the frame's own script, which asks for the others
SIMD = "_simd_"  # what every phone of the last years runs; others fetch theirs when they need it
POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, UNSAFE_EVAL, WASM_UNSAFE_EVAL],
    "connect-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
}


def addresses() -> dict[str, str]:
    """Return the address of each file of the engine; names carry a hash outside tests."""
    return {name: static(_path(name)) for name in FILES}


def _path(name: str) -> str:
    """Where a file lies: what was packed anew has a folder of its own."""
    return f"{PREFIX if name in NAMES else 'lib/face_mesh/'}{name}"


def wanted() -> list[str]:
    """Return the addresses of the files that nearly every phone needs, the loader first."""
    files = [static(f"lib/face_mesh/{LOADER}")]
    return files + [at for name, at in addresses().items() if "_wasm_" not in name or SIMD in name]


@lru_cache(maxsize=1)
def sizes() -> dict[str, int]:
    """Return how many bytes each file of the engine has, by its address, whoever needs it."""
    return {static(_path(name)): _size(name) for name in (LOADER, *FILES)}


def _size(name: str) -> int:
    path = finders.find(_path(name))
    return Path(path).stat().st_size if isinstance(path, str) else 0


@require_safe
@xframe_options_sameorigin
@csp(POLICY)
def engine(request: HttpRequest) -> HttpResponse:
    """The frame. It holds nothing about anybody, so it asks for no session and works offline."""
    response = render(request, "participants/capture/my/camera/engine.html", {"files": addresses()})
    # The names in it change with each release; the files themselves are kept by the browser.
    response["Cache-Control"] = "no-cache"
    return response
