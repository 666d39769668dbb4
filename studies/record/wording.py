"""Events of the record in words: what was done, and what was before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from studies.record.models import AuditEvent

LONGEST = 240
PARTS = {
    "amendment": "Amendment of the protocol",
    "api_token": "API token",
    "answers": "Questionnaire",
    "assignment": "Questionnaire in the protocol",
    "change": "Change over time",
    "consent_document": "Consent document",
    "criterion": "Screening criterion",
    "flow": "Flow of participants",
    "model_package": "Model",
    "photo_note": "Note on a photo",
    "reading": "Reading study",
    "row": "Row of the database",
    "source": "Source verification",
    "visit_definition": "Visit of the schedule",
}
# What changes nothing: somebody looked, came or went. Most of a record, and seldom what is sought.
READS = (
    "account.sign_in",
    "account.sign_out",
    "change.view_by_arm",
    "consent.view_copy",
    "identity.search",
    "identity.view",
    "photo.list",
    "randomisation.view_list",
    "reading.view",
    "photo.view",
)
SOURCES = {"web": "web page", "api": "API", "command": "command on the server", "worker": "worker"}


@dataclass(frozen=True)
class Difference:
    """One value before and after; ``None`` where there was, or is, nothing."""

    name: str
    old: str | None
    new: str | None


def action_in_words(action: str) -> str:
    """``consent_document.put_in_force`` is “Consent document: put in force”."""
    noun, _, verb = action.partition(".")
    part = PARTS.get(noun, noun.replace("_", " ").capitalize())
    return f"{part}: {verb.replace('_', ' ')}" if verb else part


def source_in_words(event: AuditEvent) -> str:
    """Where an entry came from, with the address if there is one."""
    source = SOURCES.get(event.source, event.source)
    address = event.contents.address
    return f"{source}, {address}" if address else source


def differences(event: AuditEvent) -> list[Difference]:
    """Old and new side by side, by name, in the order they were written."""
    old, new = event.contents.old or {}, event.contents.new or {}
    names = [*old, *(name for name in new if name not in old)]
    return [
        Difference(
            name.replace("_", " "),
            _shown(old[name]) if name in old else None,
            _shown(new[name]) if name in new else None,
        )
        for name in names
    ]


def _shown(value: Any) -> str:
    text = ", ".join(_flat(value)) if isinstance(value, list | dict) else _word(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _flat(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            shown = ", ".join(_flat(inner)) if isinstance(inner, list | dict) else _word(inner)
            yield f"{str(name).replace('_', ' ')}: {shown}"
    elif isinstance(value, list):
        for inner in value:
            yield "; ".join(_flat(inner)) if isinstance(inner, list | dict) else _word(inner)


def _word(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
