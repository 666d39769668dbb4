"""Which consent texts are in force, and which languages have an older one than the others.

What says the same and what is newer is written down with the versions (``ConsentVersion.edition``)
when a text comes into force; nothing here goes by numbers or dates.
"""

from dataclasses import dataclass

from django.db.models import Max

from studies.consent_texts.errors import VersionOvertaken
from studies.consent_texts.models import ConsentDocument, ConsentVersion
from studies.protocol.models import Study


@dataclass(frozen=True)
class Behind:
    """The newest text in force, and those of the other languages that say something else."""

    newest: ConsentDocument
    others: list[ConsentDocument]


def texts_in_force(study: Study) -> dict[str, ConsentDocument]:
    """The text in force in each language that has one."""
    rows = study.consent_documents.filter(state=ConsentDocument.State.IN_FORCE)
    return {row.language: row for row in rows.select_related("version")}


def edition_in_force(document: ConsentDocument) -> int:
    """The edition that the version of ``document`` has once this draft is in force, not editorial.

    A version that is new to the study is a new edition. One that another language has keeps its
    edition, however late the translation comes. When its own language had something else in the
    meantime, it is the newest once more, in every language.

    Raises:
        VersionOvertaken: a language has gone on from this version to what is in force here.
    """
    own, study = document.version.edition, document.study
    texts = texts_in_force(study)
    before = texts.get(document.language)
    if own:
        if before is None or before.version.edition <= own:
            return own
        if _left_behind(own, study, texts):
            raise VersionOvertaken(
                f"Version {document.version} is older than version {before.version}, which is in "
                "force in this language. Nothing was put in force. To return to the earlier "
                "words, draft them under a new version number."
            )
    newest = ConsentVersion.objects.filter(study=study).aggregate(newest=Max("edition"))["newest"]
    return int(newest or 0) + 1


def _left_behind(edition: int, study: Study, texts: dict[str, ConsentDocument]) -> bool:
    """Whether a language that had ``edition`` has a newer one now."""
    had = study.consent_documents.filter(
        version__edition=edition, state=ConsentDocument.State.SUPERSEDED
    )
    languages = had.values_list("language", flat=True).distinct()
    return any(texts[code].version.edition > edition for code in languages if code in texts)


def behind(study: Study) -> Behind | None:
    """Which languages of ``study`` have in force something older than the newest; None: none."""
    texts = texts_in_force(study)
    rows = [texts[code] for code in study.languages if code in texts]
    newest = max(rows, key=lambda row: row.version.edition, default=None)
    if newest is None:
        return None
    others = [row for row in rows if row.version.edition < newest.version.edition]
    return Behind(newest, others) if others else None


def behind_draft(draft: ConsentDocument) -> Behind | None:
    """Which other languages would be behind with ``draft`` in force, and not editorial."""
    texts, own = texts_in_force(draft.study), draft.version.edition
    try:
        edition = edition_in_force(draft)
    except VersionOvertaken:
        edition = own
    others = [
        texts[code]
        for code in draft.study.languages
        if code in texts
        and code != draft.language
        and texts[code].version.edition != own
        and texts[code].version.edition < edition
    ]
    return Behind(draft, others) if others else None
