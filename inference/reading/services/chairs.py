"""Who of a study's people can read, why others cannot, and what they have seen before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from inference.reading.errors import MayNotRead
from inference.reading.models import ReadingStudy, Seat
from inference.reading.services.drawing import photos_to_draw
from inference.reading.services.seats import require_may_read
from studies.access.models import Membership, User
from studies.access.permissions import ROLE_PERMISSIONS, TITLES, Permission, Role
from studies.record.models import AuditEvent

_AT_ONCE = 500  # photos asked for in one query


@dataclass(frozen=True)
class Candidate:
    """A person of the study. ``why_not`` is empty for who can be given a seat."""

    user: User
    roles: list[str]
    why_not: str = ""
    seen: int = 0

    @property
    def safe(self) -> bool:
        return not self.why_not


def candidates(study: ReadingStudy) -> list[Candidate]:
    """Everyone with a role in the study who has no seat yet: those who can read first, by name."""
    held = Membership.objects.current().filter(study=study.study_id, user__is_active=True)
    roles: dict[User, set[str]] = {}
    for row in held.select_related("user"):
        roles.setdefault(row.user, set()).add(TITLES[Role(row.role)])
    seated = set(study.seats.standing().values_list("user", flat=True))
    left = {user: titles for user, titles in roles.items() if user.pk not in seated}
    reasons = {user: _why_not(study, user) for user in left}
    seen = seen_before(study, [user for user in left if not reasons[user]])
    found = [
        Candidate(user, sorted(titles), reasons[user], seen.get(str(user.pk), 0))
        for user, titles in left.items()
    ]
    return sorted(found, key=lambda one: (bool(one.why_not), one.user.name))


def seen_before(study: ReadingStudy, users: Iterable[User]) -> dict[str, int]:
    """How many of the photos to be read each of ``users`` has opened on the product's pages.

    By the key of the person; counted from the audit trail, so it goes as far back as that does.
    """
    wanted = [str(user.pk) for user in users]
    if not wanted:
        return {}
    photos = _photos(study)
    counts: dict[str, int] = {}
    for start in range(0, len(photos), _AT_ONCE):
        part = photos[start : start + _AT_ONCE]
        events = AuditEvent.objects.filter(
            chain=study.study.code,
            action="photo.view",
            object_id__in=part,
            actor_kind="staff",
            actor_id__in=wanted,
        )
        rows = events.values("actor_id").annotate(photos=Count("object_id", distinct=True))
        for actor, number in rows.order_by().values_list("actor_id", "photos"):
            counts[actor] = counts.get(actor, 0) + number
    return counts


def resting_duties(seats: Iterable[Seat]) -> list[str]:
    """Whose duty towards participants' safety rests while they read, by name."""
    duty = {role for role in Role if Permission.ALERT_ACKNOWLEDGE in ROLE_PERMISSIONS[role]}
    users = {seat.user_id: seat.user.name for seat in seats}
    study = next((seat.reading_study.study_id for seat in seats), None)
    held = Membership.objects.current().filter(study=study, user__in=users, role__in=duty)
    return sorted({users[user] for user in held.values_list("user", flat=True)})


def _why_not(study: ReadingStudy, user: User) -> str:
    try:
        require_may_read(study, user)
    except MayNotRead as refusal:
        return refusal.message.removesuffix(" Nothing was changed.")
    if study.seats.filter(user=user).exists():
        return f"{user.name} had a seat here while it was open."
    return ""


def _photos(study: ReadingStudy) -> list[str]:
    if study.is_draft:
        return [str(pk) for pk in photos_to_draw(study).values_list("pk", flat=True)]
    first = study.cases.exclude(photo=None).values_list("photo", flat=True)
    second = study.cases.exclude(second=None).values_list("second", flat=True)
    return sorted({str(pk) for pk in (*first, *second)})
