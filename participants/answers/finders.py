"""The form engine as a static file: one file of its package, which holds three hundred."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PREFIX: Final = "lib/xforms"
NAME: Final = "index.js"


class FormEngineFinder(BaseFinder):
    """Finds ``lib/xforms/index.js``, the engine that the server judges by as well."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing can be wrong with it that the engine on the server does not tell."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:  # type: ignore[override]
        """The path of the file, an empty list where it is another or not installed."""
        file = _folder() / NAME
        if path != f"{PREFIX}/{NAME}" or not file.exists():
            return []
        return [str(file)] if find_all else str(file)

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, FileSystemStorage]]:
        """The file, for ``collectstatic``."""
        if (_folder() / NAME).exists():
            storage = FileSystemStorage(location=_folder())
            storage.prefix = PREFIX  # type: ignore[attr-defined]
            yield NAME, storage


def _folder() -> Path:
    return Path(settings.FORM_ENGINE)
