"""What participants ask about their data: asked, taken back, answered; receipts found again.

Carrying out is work (``erasure``). Collection ends in the transaction that
takes the request down, whatever becomes of the work.
"""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.languages import reading_language
from participants.people.services.record import record_about
from participants.people.services.self_service import is_self
from participants.privacy.models import DataRequest, RequestNotice, RequestWork
from participants.privacy.services.withdrawal import restrict, withdraw
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform import work
from studies.platform.actors import Actor, System
from studies.platform.errors import Invalid, NotFound, StateRefused
from studies.platform.secrets import sha256_of
from studies.platform.seen import Seen
from studies.protocol.services.rights import require
from studies.record.unchanged import require_unchanged

Kind = DataRequest.Kind
State = DataRequest.State
TOKEN_BYTES = 32
# No 0, 1, I, L, O, U: a number that is read out on the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
WISH = "Participant's wish"
# What changes how a participant and their data stand.
STEPS = (
    "participant.enrol",
    "participant.complete",
    "participant.withdraw",
    "participant.lock",
    "participant.erase",
    "data_request.ask",
    "data_request.take_back",
)


# --- Asking ------------------------------------------------------------------------------------


@transaction.atomic
def ask(
    *, participant: Participant, kind: str, by: Actor, reason: str = "", seen: Seen | None = None
) -> DataRequest:
    """Take down what ``participant`` wants; whatever it is but a copy, collection ends now.

    By the participant or, on their behalf, by a coordinator of the site, who says why in
    ``reason``; a participant's own reason is sealed and never enters the record. The same wish
    again while it is open returns the request there is.

    Raises:
        NotAllowed: ``by`` is neither the participant nor coordinates the site.
        Invalid: a coordinator's reason is empty, or names the participant.
        StateRefused: it was done already, or their data are erased.
        ChangedMeanwhile: their data stand otherwise than ``seen``.
    """
    kind = Kind(kind)
    _require_may(participant, by)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    open_one = participant.data_requests.open().filter(kind=kind).first()
    if open_one is not None:
        return open_one
    now, study = standing(participant), participant.study.code
    require_unchanged(seen, now, study=study, actions=STEPS, participant=participant.code)
    if participant.state == Participant.State.ERASED:
        raise StateRefused(gettext("Your data have been erased already."))
    _end_taking_part(participant, kind, by, reason)
    return _take_down(participant, kind, by, reason)


def standing(participant: Participant) -> dict[str, Any]:
    """How a participant and their data stand, in words, as the page of withdrawal shows it."""
    waiting = participant.data_requests.open().order_by("pk")
    return {
        "taking_part": participant.get_state_display(),
        "what_was_collected": participant.get_data_use_display(),
        "open_requests": ", ".join(asked.get_kind_display() for asked in waiting),
    }


def _end_taking_part(participant: Participant, kind: str, by: Actor, reason: str) -> None:
    """Stop collecting, and lock unless the wish is to keep; a copy changes nothing."""
    if kind == Kind.COPY:
        return
    own = isinstance(by, Participant)
    why = WISH if own else reason
    if not own:
        identity.refuse_names_in(reason, participant=participant, field="reason")
    keep = kind == Kind.STOP_KEEP
    if participant.state != Participant.State.WITHDRAWN:
        data_use = Participant.DataUse.FULL if keep else Participant.DataUse.RESTRICTED
        # Their own link stays: it opens nothing any more but the page about their data.
        withdraw(participant=participant, reason=why, by=by, data_use=data_use, stop_links=not own)
    elif keep or (kind == Kind.STOP and participant.data_use == Participant.DataUse.RESTRICTED):
        raise StateRefused(
            gettext("You have stopped taking part already. Nothing more is collected.")
        )
    else:
        restrict(participant=participant, reason=why, by=by)


def _take_down(participant: Participant, kind: str, by: Actor, reason: str) -> DataRequest:
    participant.refresh_from_db()
    own, now = isinstance(by, Participant), timezone.now()
    due = erased_on(now) if kind == Kind.ERASE else now
    token = secrets.token_urlsafe(TOKEN_BYTES)
    words = " ".join(reason.split())[:500] if own else ""
    request = DataRequest.objects.create(
        participant=participant,
        number=_new_number(),
        kind=kind,
        language=reading_language(participant).code,
        requested_at=now,
        requested_by=by if isinstance(by, User) else None,
        sealed_reason=identity.seal_bytes(words.encode(), owner=participant) if words else b"",
        due_at=due,
        token_sha256=sha256_of(token),
        sealed_token=identity.seal_bytes(token.encode(), owner=participant),
    )
    _record(request, "data_request.ask", by, due_at=due, reason="" if own else reason)
    if own:
        work.notify_on_commit(RequestNotice.objects.create(request=request))
    if kind != Kind.COPY:
        work.notify_on_commit(RequestWork.objects.create(request=request, due_at=due))
    return request


def erased_on(now: datetime) -> datetime:
    """When an erasure asked for ``now`` is carried out, unless it is taken back."""
    return now + settings.ERASURE_GRACE


def _new_number() -> str:
    """For example R-7K3M-9QXD: 38 random bits, enough to be told apart, and no secret."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"R-{letters[:4]}-{letters[4:]}"


# --- Answering ---------------------------------------------------------------------------------


def may_be_taken_back(request: DataRequest) -> bool:
    """Whether it is an erasure that has not begun."""
    if request.kind != Kind.ERASE or request.state != State.OPEN:
        return False
    return RequestWork.objects.filter(request=request, state="queued", step="").exists()


@transaction.atomic
def take_back(*, request: DataRequest, by: Actor, reason: str = "") -> DataRequest:
    """Keep what was to be erased, for the participant or a coordinator on their behalf.

    What was collected stays locked, and taking part has ended: only the erasure is off.

    Raises:
        NotAllowed: as ``ask``.
        StateRefused: it is no erasure, or has begun.
    """
    participant = request.participant
    _require_may(participant, by)
    identity.refuse_names_in(reason, participant=participant, field="reason")
    Participant.objects.select_for_update().get(pk=participant.pk)
    # A worker that has it, or had it, is not overtaken: the row it holds is not deleted.
    waiting = RequestWork.objects.filter(request=request, state="queued", step="")
    if request.kind != Kind.ERASE or not waiting.delete()[0]:
        raise StateRefused(
            gettext(
                "This can no longer be taken back: it has begun, or is done. The study team can "
                "tell you how it stands."
            )
        )
    _settle(request, State.TAKEN_BACK, by)
    _record(request, "data_request.take_back", by, reason=reason)
    return request


@transaction.atomic
def carry_out_now(*, request: DataRequest, by: Actor) -> DataRequest:
    """Begin an erasure without waiting for its day; it can no longer be taken back.

    Raises:
        NotAllowed: ``by`` does not act on requests at the site.
        StateRefused: it is no erasure that waits.
    """
    _require_staff(request.participant, by)
    now = timezone.now()
    waiting = RequestWork.objects.filter(request=request, state="queued", step="")
    if request.kind != Kind.ERASE or not waiting.update(due_at=now, notified_at=None):
        raise StateRefused("This erasure is not waiting any more. Nothing was changed.")
    request.due_at = now
    request.save(update_fields=["due_at"])
    _record(request, "data_request.carry_out_now", by)
    work.notify_on_commit(RequestWork.objects.get(request=request))
    return request


@transaction.atomic
def answer_copy(*, request: DataRequest, given: bool, by: Actor, reason: str = "") -> DataRequest:
    """Note that the photos were handed over, or why they are not.

    Raises:
        NotAllowed: ``by`` does not act on requests at the site.
        Invalid: refused without a reason, or with one that names the participant.
        StateRefused: it is not open.
    """
    _require_staff(request.participant, by)
    reason = " ".join(reason.split())[:300]
    if request.kind != Kind.COPY:
        raise StateRefused("Only a request for a copy is answered by hand. Nothing was changed.")
    if not given and not reason:
        raise Invalid("Say why no copy is given: the participant reads it. Nothing was changed.")
    identity.refuse_names_in(reason, participant=request.participant, field="reason")
    _settle(request, State.CARRIED_OUT if given else State.REFUSED, by, refusal=reason)
    _record(request, "data_request.give_copy" if given else "data_request.refuse_copy", by)
    return request


@transaction.atomic
def retry(*, request: DataRequest, by: Actor) -> DataRequest:
    """Try again what was set aside, once somebody has looked at what was found.

    Raises:
        NotAllowed: ``by`` does not act on requests at the site.
        StateRefused: it was not set aside.
    """
    _require_staff(request.participant, by)
    request_work = RequestWork.objects.filter(request=request).first()
    if request_work is None or not work.requeue(request_work):
        raise StateRefused("This request is not set aside. Nothing was changed.")
    _record(request, "data_request.retry", by)
    return request


# --- Reading -----------------------------------------------------------------------------------


def reason_of(*, request: DataRequest, by: User) -> str:
    """The participant's own words, for the coordinators of the site; nothing for anybody else."""
    if not request.sealed_reason or not may_open(request, by):
        return ""
    sealed = bytes(request.sealed_reason)
    return identity.open_bytes(sealed, owner=request.participant).decode()


def may_open(request: DataRequest, by: User) -> bool:
    """Whether ``by`` acts on requests of the participant's site."""
    return (
        DataRequest.objects.visible_to(by, Permission.DATA_REQUEST_EDIT)
        .filter(pk=request.pk)
        .exists()
    )


def receipt_token(request: DataRequest) -> str:
    """The secret part of the receipt's address; empty once everything is erased.

    For the participant's own page and, once, for the coordinator who asked on their behalf.
    """
    if not request.sealed_token:
        return ""
    sealed = bytes(request.sealed_token)
    return identity.open_bytes(sealed, owner=request.participant).decode()


def find_receipt(token: str) -> DataRequest:
    """The request whose receipt lies at this address.

    Raises:
        NotFound: none does.
    """
    related = DataRequest.objects.select_related("participant__study", "participant__site")
    request = related.filter(token_sha256=sha256_of(token)).first()
    if request is None:
        raise NotFound(
            gettext("There is no receipt at this address. Please check that it is complete.")
        )
    return request


# --- Parts -------------------------------------------------------------------------------------


def _require_may(participant: Participant, by: Actor) -> None:
    if not is_self(by, participant):
        _require_staff(participant, by)


def _require_staff(participant: Participant, by: Actor) -> None:
    if not isinstance(by, System):
        study, site = participant.study, participant.site
        require(by, Permission.DATA_REQUEST_EDIT, study=study, site=site)


def _settle(request: DataRequest, state: str, by: Actor, **fields: object) -> None:
    staff = by if isinstance(by, User) else None
    request.move(state, settled_at=timezone.now(), settled_by=staff, **fields)


def _record(
    request: DataRequest,
    action: str,
    by: Actor,
    *,
    reason: str = "",
    due_at: datetime | None = None,
) -> None:
    new = {"number": request.number, "kind": request.kind, "state": request.state}
    if due_at is not None and request.kind == Kind.ERASE:
        new["due_at"] = due_at.isoformat(timespec="seconds")
    record_about(request.participant, action, by=by, target=request, new=new, reason=reason)
