"""A consent text as the phone shows it, part by part."""

from contextlib import suppress
from typing import Any

from participants.consent.services.texts import changes_since
from studies.consent_texts.changes import Changes
from studies.consent_texts.markup import sections
from studies.consent_texts.models import ConsentDocument


def pages_of(document: ConsentDocument, agreed: ConsentDocument | None) -> dict[str, Any]:
    """What the template shows of ``document``: its sections, and what changed since ``agreed``.

    ``changes`` is None when there is no other text to compare with, or none in a language that
    can be compared; ``since`` is the version agreed to. ``parts`` are read one by one; ``same``,
    the sections that stand in the version agreed to as they are, are there to be looked up.
    """
    changes: Changes | None = None
    since = agreed if agreed is not None and agreed.pk != document.pk else None
    if since is not None:
        with suppress(LookupError):
            _before, changes = changes_since(since, document)
    shown: list[dict[str, Any]] = []
    same: list[dict[str, Any]] = []
    for number, section in enumerate(sections(document.body)):
        change = changes.kind_of(number) if changes else None
        part = {"title": section.title, "html": section.html, "change": change}
        (same if changes and change is None else shown).append(part)
    return {"parts": shown, "same": same, "changes": changes, "since": since}
