"""Static files named by their content, ES module imports rewritten with them."""

import re
from collections.abc import Callable
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hash what our modules import as well, so that a phone never mixes two releases."""

    support_js_module_import_aggregation = True
    manifest_strict = True

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
