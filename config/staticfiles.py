"""Static files named by their content, ES module imports rewritten with them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hash what our modules import as well, so that a phone never mixes two releases."""

    support_js_module_import_aggregation = True
    manifest_strict = True
