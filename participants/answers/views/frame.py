"""The form engine's frame on the phone: the one page that may compile WebAssembly for forms.

The engine parses expressions by tree-sitter, which is WebAssembly. It runs in a frame of its own,
under its own policy, so that the page's own policy stays as strict as everywhere else
(docs/decisions/0021-phone-questionnaires.md).
"""

from csp.constants import NONE, SELF, WASM_UNSAFE_EVAL
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, WASM_UNSAFE_EVAL],
    "connect-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
}
FILES = ("lib/xforms/index.js", "js/participants/answers/frame.js")


def wanted() -> list[str]:
    """Return the addresses of what the frame asks for; names carry a hash outside tests."""
    return [static(name) for name in FILES]


@require_safe
@xframe_options_sameorigin
@csp(POLICY)
def frame(request: HttpRequest) -> HttpResponse:
    """The frame. It holds nothing about anybody, so it asks for no session and works offline."""
    response = render(request, "participants/answers/my/engine.html")
    # The names in it change with each release; the files themselves are kept by the browser.
    response["Cache-Control"] = "no-cache"
    return response
