"""What a page costs on a phone's line: every resource it asks for, compressed as it is served."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Request

LIMIT = 160_000  # bytes, before the landmark engine
ENGINE = "/static/lib/face_mesh/"
# WhiteNoise and nginx keep these compressed beside the file; pages are measured as they come.
COMPRESSED = (".css", ".js", ".mjs", ".svg", ".json", ".webmanifest")


@dataclass
class Weighed:
    """The bytes of each address a page asked for."""

    resources: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.resources.values())

    @property
    def engine(self) -> list[str]:
        return [path for path in self.resources if path.startswith(ENGINE)]

    def told(self) -> str:
        heaviest = sorted(self.resources.items(), key=lambda pair: -pair[1])
        return "\n".join(f"{size:>8} {path}" for path, size in heaviest)


@contextmanager
def weighed(page: Page) -> Iterator[Weighed]:
    """Notes what the page asks for meanwhile, its frames' resources too."""
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    found = Weighed()
    yield found
    page.wait_for_load_state("networkidle")
    page.remove_listener("requestfinished", note)
    for request in finished:
        path = urlsplit(request.url).path
        found.resources[path] = _of_file(path) or max(0, request.sizes()["responseBodySize"])


def _of_file(path: str) -> int:
    """What a static file weighs as it is served; 0 for what is none."""
    if not path.startswith(settings.STATIC_URL):
        return 0
    file = finders.find(unquote(path.removeprefix(settings.STATIC_URL)))
    assert isinstance(file, str), path
    content = Path(file).read_bytes()
    return len(gzip.compress(content, 9) if path.endswith(COMPRESSED) else content)
