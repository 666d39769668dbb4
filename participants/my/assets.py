"""What a participant's pages load: the service worker keeps it on the phone."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from participants.capture.views import engine
from participants.words.own_templates import loaded_by, own, reached_from

# Large, and not for everybody: the face landmark engine, which CAMERA's frame asks for, and the
# form engine, which home has kept where there is something to fill in.
ENGINES = ("lib/face_mesh/", "lib/xforms/")


@lru_cache(maxsize=1)
def shell_names() -> tuple[str, ...]:
    """Names of the static files that the participant's pages and their modules load."""
    return loaded_by(reached_from(own("*.html")), but=ENGINES)


@lru_cache(maxsize=1)
def shell_addresses() -> tuple[str, ...]:
    """Their addresses, named by content where static files are."""
    return tuple(static(name) for name in shell_names())


@lru_cache(maxsize=1)
def version() -> str:
    """Changes whenever one of them does."""
    digest = hashlib.sha256(settings.VERSION.encode())
    for name in shell_names():
        digest.update(name.encode() + hashlib.sha256(_read(name)).digest())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def engine_version() -> str:
    """Changes whenever a file of the engine does, and not with each release: it is megabytes."""
    known = [f"{address} {size}" for address, size in sorted(engine.sizes().items())]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]


def _read(name: str) -> bytes:
    path = finders.find(name)
    return Path(path).read_bytes() if isinstance(path, str) else b""
