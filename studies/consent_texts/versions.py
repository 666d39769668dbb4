"""Which texts of consent say the same, and which is the newer, across versions and languages.

Texts are compared by their version numbers first, since a translation has the number of its
original however late it comes, and by the moment they came into force only where numbers do not
tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Study

_SHOWN_ONCE = (ConsentDocument.State.IN_FORCE, ConsentDocument.State.SUPERSEDED)


@dataclass(frozen=True)
class Content:
    """What one language said for a time: a version, and the editorial ones that followed it."""

    language: str
    began: datetime
    numbers: frozenset[str]

    def says_the_same(self, other: "Content") -> bool:
        """The same content, or a translation of it: they share a version number."""
        return not self.numbers.isdisjoint(other.numbers)


@dataclass(frozen=True)
class Behind:
    """The newest text in force, and those of the other languages that say something else."""

    newest: ConsentDocument
    others: list[ConsentDocument]


class Versions:
    """The texts of ``study`` that were ever shown, read once."""

    def __init__(self, study: Study) -> None:
        rows = study.consent_documents.filter(state__in=_SHOWN_ONCE, in_force_at__isnull=False)
        grouped: list[list[ConsentDocument]] = []
        self.in_force: dict[str, ConsentDocument] = {}
        for row in rows.order_by("language", "in_force_at", "pk"):
            row.study = study
            if row.state == ConsentDocument.State.IN_FORCE:
                self.in_force[row.language] = row
            follows = grouped and grouped[-1][0].language == row.language
            if row.editorial and follows:
                grouped[-1].append(row)
            else:
                grouped.append([row])
        self._by_language: dict[str, list[Content]] = {}
        self._by_document: dict[int, Content] = {}
        for group in grouped:
            content = _content(group)
            self._by_language.setdefault(content.language, []).append(content)
            self._by_document.update({row.pk: content for row in group})

    def content_of(self, document: ConsentDocument) -> Content | None:
        """What ``document`` says; None when nobody was ever shown it."""
        return self._by_document.get(document.pk)

    def is_newer(self, one: Content, than: Content) -> bool:
        """Whether ``one`` says something else than ``than``, and something later.

        A translation stands where its original stands: a late translation of an earlier version
        is older than the version that took the original's place.
        """
        if one.says_the_same(than):
            return False
        if any(earlier.says_the_same(one) for earlier in self._before(than)):
            return False
        if any(earlier.says_the_same(than) for earlier in self._before(one)):
            return True
        return one.began > than.began

    def behind(self, languages: Sequence[str]) -> Behind | None:
        """Which of ``languages`` have in force something older than the newest; None: none."""
        rows = [self.in_force[code] for code in languages if code in self.in_force]
        if not rows:
            return None
        newest = rows[0]
        for row in rows[1:]:
            if self.is_newer(self._by_document[row.pk], self._by_document[newest.pk]):
                newest = row
        content = self._by_document[newest.pk]
        others = [row for row in rows if not self._by_document[row.pk].says_the_same(content)]
        return Behind(newest, others) if others else None

    def behind_draft(self, draft: ConsentDocument, languages: Sequence[str]) -> Behind | None:
        """Which other languages have never had the number of ``draft``, as if it were in force."""
        others = [
            self.in_force[code]
            for code in languages
            if code in self.in_force
            and code != draft.language
            and not any(draft.version in content.numbers for content in self._by_language[code])
        ]
        return Behind(draft, others) if others else None

    def _before(self, content: Content) -> list[Content]:
        """What the same language said earlier."""
        return [one for one in self._by_language[content.language] if one.began < content.began]


def _content(group: Sequence[ConsentDocument]) -> Content:
    first = group[0]
    if first.in_force_at is None:
        raise ValueError("a text that was shown has the moment it came into force")
    return Content(first.language, first.in_force_at, frozenset(row.version for row in group))
