"""Static files named by their content, ES module imports rewritten with them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The landmark engine is eight megabytes: the last tenth of its compression takes most of a minute.
LARGE = 512 * 1024


class QuickCompressor(Compressor):  # type: ignore[misc]
    """Compresses what has changed since the last time, and large files a little less hard."""

    def compress(self, path: str) -> list[str]:
        """The compressed files beside ``path``, made anew only where ``path`` is another."""
        stamp = Path(path).stat().st_mtime
        kept = [f"{path}{suffix}" for suffix in (".br", ".gz")]
        # A compressed file carries the time of what it was made from.
        if all(Path(file).exists() and Path(file).stat().st_mtime == stamp for file in kept):
            return kept
        return list(super().compress(path))

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=11 if len(data) < LARGE else 9))


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hash what our modules import as well, so that a phone never mixes two releases."""

    support_js_module_import_aggregation = True
    manifest_strict = True
    # Each pass names the files whose imports the pass before has named: as many as these are deep.
    max_post_process_passes = 20

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """Leave the insides of libraries alone: they name files that their packages do not ship.

        What they do import lies beside them under its own name as well and is found there.
        """
        if name.endswith(".js") and not name.startswith("js/"):
            return lambda match: match[0]
        converter: Any = super().url_converter(name, hashed_files, template)
        return lambda match: str(converter(match))

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)
