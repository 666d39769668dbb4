"""The landmark engine's frame: the one page whose scripts may compile code as they run.

The engine (`@mediapipe/face_mesh`) is WebAssembly glued with ``eval``-like code. It runs in a frame
of its own, under its own policy, and never sees the page: pictures go in and points come out by
``postMessage``. The page's own policy stays as strict as everywhere else.
"""

from csp.constants import NONE, SELF, UNSAFE_EVAL, WASM_UNSAFE_EVAL
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

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
    return {name: static(f"lib/face_mesh/{name}") for name in FILES}


@require_safe
@xframe_options_sameorigin
@csp(POLICY)
def engine(request: HttpRequest) -> HttpResponse:
    """The frame. It holds nothing about anybody, so it asks for no session and works offline."""
    response = render(request, "participants/capture/my/camera/engine.html", {"files": addresses()})
    # The names in it change with each release; the files themselves are kept by the browser.
    response["Cache-Control"] = "no-cache"
    return response
