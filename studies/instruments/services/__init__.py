"""Instruments: imported, changed while a draft, published, discarded."""

from studies.instruments.services.changing import (
    add_language,
    change_question,
    draft_from,
    move_question,
)
from studies.instruments.services.importing import (
    MOST_FORMS,
    content_sha256,
    discard_draft,
    import_file,
    import_shipped,
    publish_version,
    require_edit,
    shown_values,
)

__all__ = [
    "MOST_FORMS",
    "add_language",
    "change_question",
    "content_sha256",
    "discard_draft",
    "draft_from",
    "import_file",
    "import_shipped",
    "move_question",
    "publish_version",
    "require_edit",
    "shown_values",
]
