"""Who reads, and who decides where readers differ."""

from django.db import transaction
from django.utils import timezone

from inference.reading.errors import MayNotRead, ReadingStudyFixed
from inference.reading.models import Adjudication, Case, ReadingStudy, Seat, Turn
from inference.reading.services.orders import give_order
from inference.reading.services.rows import locked
from inference.reading.services.taking import look_for_difference
from studies.access.models import Blinding, Membership, User
from studies.access.permissions import ROLE_PERMISSIONS, TITLES, Permission, Role
from studies.platform.actors import Actor
from studies.platform.errors import ReasonMissing
from studies.protocol.services.rights import require
from studies.record import services as audit

# Who holds one of these meets the participants, or chooses the cases.
_KNOWS = frozenset({Permission.IDENTITY_VIEW, Permission.PARTICIPANT_EDIT, Permission.READING_EDIT})
# Who holds this has to be able to act in an emergency, so it may not rest.
_NEEDED = frozenset({Permission.UNBLIND})


@transaction.atomic
def add_reader(
    *, study: ReadingStudy, user: User, by: Actor, role: Seat.Role = Seat.Role.READER
) -> Seat:
    """Give ``user`` a seat; while the study is open their other rights in it rest at once.

    A reader who comes after the opening has the same cases, in an order of their own.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        MayNotRead: ``user`` holds no role that reads blind, or one that knows the participants,
            or has read here before.
        ReadingStudyFixed: it is closed, or ``user`` has a seat already.
    """
    row = locked(study)
    require(by, Permission.READING_EDIT, study=row.study)
    if row.is_closed:
        raise ReadingStudyFixed("This reading study is closed: nobody is added. Nothing changed.")
    require_may_read(row, user)
    before = row.seats.filter(user=user)
    if before.standing().exists():
        raise ReadingStudyFixed(f"{user.name} has a seat here already. Nothing was changed.")
    if before.exists():
        raise MayNotRead(
            f"{user.name} had a seat here while it was open, and would grade or decide on what "
            "they know. Choose somebody else. Nothing was changed."
        )
    last = row.seats.order_by("-number").values_list("number", flat=True).first()
    seat = Seat.objects.create(
        reading_study=row, user=user, role=role, number=(last or 0) + 1, added_at=timezone.now()
    )
    if row.is_open:
        if role == Seat.Role.READER:
            cases = row.cases.filter(use=Case.Use.MAIN, gone_at=None)
            give_order(seat, list(cases), seed=row.seed)
        blind(row, user)
    _record(row, "reading.add_reader", seat, by=by)
    return seat


@transaction.atomic
def remove_reader(*, seat: Seat, reason: str, by: Actor) -> None:
    """End a seat: what was read stays, what waits is dropped, and the person's rights come back.

    In a draft nothing was read, and the seat is gone. Of an open study, cases that waited for this
    reader alone are compared now.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: the study is closed, or the seat has ended.
        ReasonMissing: the study is open, and nobody says why.
    """
    row = locked(seat.reading_study)
    require(by, Permission.READING_EDIT, study=row.study)
    reason = reason.strip()
    if row.is_open and not reason:
        raise ReasonMissing("Say why this reader leaves a study that is open. Nothing was changed.")
    ended = Seat.objects.standing().filter(pk=seat.pk)
    if row.is_draft and ended.exists():
        _record(row, "reading.remove_reader", seat, by=by, reason=reason)
        ended.delete()
        return
    if row.is_closed or not ended.update(removed_at=timezone.now(), removed_because=reason[:300]):
        raise ReadingStudyFixed("This seat has ended already. Nothing was changed.")
    waiting = Turn.objects.filter(seat=seat, state=Turn.State.WAITING)
    freed = list(Case.objects.filter(pk__in=waiting.filter(is_repeat=False).values("case")))
    waiting.update(state=Turn.State.DROPPED, dropped_because="reader removed")
    for case in freed:  # nobody else may be left to wait for
        look_for_difference(case)
    Adjudication.objects.filter(seat=seat, state=Adjudication.State.CLAIMED).update(
        state=Adjudication.State.WAITING, seat=None, claimed_at=None
    )
    see_again(row, seat.user)
    _record(row, "reading.remove_reader", seat, by=by, reason=reason)


def require_may_read(study: ReadingStudy, user: User) -> None:
    """Refuse who cannot read ``study`` blind.

    Raises:
        MayNotRead: as its message says.
    """
    roles = Membership.objects.current().filter(user=user, study=study.study_id)
    held = {Role(role) for role in roles.values_list("role", flat=True)}
    knowing = sorted(TITLES[role] for role in held if ROLE_PERMISSIONS[role] & _KNOWS)
    if knowing:
        raise MayNotRead(
            f"{user.name} is {' and '.join(knowing)} in {study.study.code}, knows the participants "
            "or chooses the cases, and cannot read them blind. Choose somebody else, or end that "
            "role first. Nothing was changed."
        )
    if any(ROLE_PERMISSIONS[role] & _NEEDED for role in held):
        raise MayNotRead(
            f"{user.name} may have to unblind a participant of {study.study.code} in an emergency, "
            "which rests for whoever reads. Choose somebody else, or end that role first. Nothing "
            "was changed."
        )
    if not user.is_active or not any(Permission.READ_BLIND in ROLE_PERMISSIONS[r] for r in held):
        raise MayNotRead(
            f"{user.name} holds no role in {study.study.code} that grades photos: give them the "
            "role of reader, adjudicator or investigator first. Nothing was changed."
        )


def blind(study: ReadingStudy, user: User) -> None:
    """Let the roles of ``user`` rest while they read."""
    Blinding.objects.get_or_create(
        user=user,
        study_id=study.study_id,
        source=_source(study),
        ended_at=None,
        defaults={"since": timezone.now()},
    )


def see_again(study: ReadingStudy, user: User | None = None) -> None:
    """End what ``study`` took from ``user``, or from all who read it."""
    resting = Blinding.objects.standing().filter(source=_source(study))
    if user is not None:
        resting = resting.filter(user=user)
    resting.update(ended_at=timezone.now())


def _source(study: ReadingStudy) -> str:
    return f"reading:{study.pk}"


def _record(study: ReadingStudy, action: str, seat: Seat, *, by: Actor, reason: str = "") -> None:
    audit.record(
        by=by,
        action=action,
        target=seat,
        study=study.study.code,
        new={"reading_study": study.code, "person": seat.user.actor_label, "role": seat.role},
        reason=reason,
    )
