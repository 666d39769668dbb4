"""Finding participants by code, and by name or contact through the blind index.

Who may not read names finds by code alone. A search by name or contact is an act: it is recorded
with a keyed digest of what was typed, never the words, and nobody makes more than
``PER_MINUTE`` and ``PER_DAY`` of them.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from participants.people.errors import TooManySearches
from participants.people.models import Identity, IdentityDigest, Participant
from participants.people.services.identity_index import (
    complete_index,
    digests_of,
    digits_of,
    email_of,
    phone_of,
    words_of,
)
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.errors import invalid
from studies.protocol.models import Study
from studies.protocol.services.rights import may_anywhere, refusal
from studies.record import services as audit
from studies.record.models import AuditEvent

Kind = IdentityDigest.Kind
SEARCHED = "identity.search"
PER_MINUTE, PER_DAY = 20, 500
LONGEST = 200  # characters of what is looked for
SHOWN = 50
SHORTEST_NUMBER = 6  # digits
_CODE = re.compile(r"(?=.*[A-Z])[A-Z0-9]{1,8}-[0-9]{1,8}", re.IGNORECASE)
_NUMBER = re.compile(r"[\d\s()+./-]+")


@dataclass(frozen=True)
class Matches:
    """Participants whom ``by`` may see; ``what`` of them was looked for: code, name, phone."""

    participants: list[Participant] = field(default_factory=list)
    what: str = "code"
    more: bool = False


def may_search_identity(by: User, study: Study) -> bool:
    """Whether ``by`` may look for names and contacts at one site at least."""
    return (
        may_anywhere(by, Permission.IDENTITY_VIEW, study=study)
        and Identity.objects.visible_to(by).filter(participant__study=study).exists()
    )


@transaction.atomic
def find_participants(*, study: Study, text: str, by: User) -> Matches:
    """Those at the sites of ``by`` whose code holds ``text``, or whose name or contact it is.

    Every word typed has to be a whole word of the name; a number is compared by its last digits,
    an e-mail address as a whole.

    Raises:
        NotAllowed: ``by`` may not see participants of ``study``.
        Invalid: nothing was typed, or too much.
        TooManySearches: by name or contact, more than anybody's work asks for.
    """
    if not may_anywhere(by, Permission.PARTICIPANT_VIEW, study=study):
        raise refusal(Permission.PARTICIPANT_VIEW, f"in study {study.code}")
    text = " ".join(text.split())
    if not text or len(text) > LONGEST:
        raise invalid(
            "Nothing was looked for.",
            {"text": f"Type a code, a name or a contact, of up to {LONGEST} characters."},
        )
    seen = Participant.objects.visible_to(by).filter(study=study)
    coded = seen.filter(code__icontains=text)
    if _CODE.fullmatch(text) or not may_search_identity(by, study):
        return _shown(coded, "code")
    kind, parts = _parts(text)
    known = Identity.objects.visible_to(by).filter(participant__study=study)
    matching = known
    for part in parts:
        matching = matching.filter(digests__digest__in=digests_of(study.pk, kind.value, part))
    _require_few(study, by)
    complete_index(known)
    named = seen.filter(pk__in=matching.values("pk")) if parts else seen.none()
    matches = _shown(coded | named, _what(kind))
    _record(study, by, kind, text, named)
    return matches


def _parts(text: str) -> tuple[Kind, list[str]]:
    """What was typed, told apart by its look, and normalised as the index is."""
    if "@" in text:
        return Kind.EMAIL, [email_of(text)]
    if _NUMBER.fullmatch(text) and len(digits_of(text)) >= SHORTEST_NUMBER:
        return Kind.PHONE, [phone_of(text)]
    return Kind.WORD, list(dict.fromkeys(words_of(text)))


def _what(kind: Kind) -> str:
    return "name" if kind == Kind.WORD else str(kind.label)


def _shown(rows: QuerySet[Participant], what: str) -> Matches:
    ordered = rows.select_related("site", "study").order_by("code").distinct()
    first_rows = list(ordered[: SHOWN + 1])
    return Matches(first_rows[:SHOWN], what, len(first_rows) > SHOWN)


def _require_few(study: Study, by: User) -> None:
    """Counted in the record, where every search stands: no server forgets it."""
    now = timezone.now()
    mine = AuditEvent.objects.filter(
        study_code=study.code, action=SEARCHED, actor_kind=by.actor_kind, actor_id=by.actor_id
    )
    if mine.filter(at__gt=now - timedelta(minutes=1)).count() >= PER_MINUTE:
        raise TooManySearches(
            f"You have looked for {PER_MINUTE} names or contacts within a minute, which is as many "
            "as are allowed. Nothing was looked for. Wait a minute, or search by code."
        )
    if mine.filter(at__gt=now - timedelta(days=1)).count() >= PER_DAY:
        raise TooManySearches(
            f"You have looked for {PER_DAY} names or contacts within a day, which is as many as "
            "are allowed. Nothing was looked for. Search by code; tomorrow names can be searched "
            "again."
        )


def _record(study: Study, by: User, kind: Kind, text: str, named: QuerySet[Participant]) -> None:
    said = digests_of(study.pk, "search", " ".join(words_of(text)))[0]
    audit.record(
        by=by,
        action=SEARCHED,
        study=study.code,
        new={"looked_for": _what(kind), "digest": said, "found": named.count()},
    )
