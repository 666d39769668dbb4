"""Before the signature: a code, a day and a reason; then name, contact and link.

The order is that of ICH E6(R3): nothing of the study is asked of somebody before they have
consented, except where an ethics committee agreed to it (``Study.prescreening_approval``).
"""

import uuid
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from participants.enrolment.services.codes import next_code, require_active, sent_before
from participants.enrolment.services.questions import languages
from participants.people.models import Participant, ScreeningAttempt
from participants.people.services import duplicates
from participants.people.services.identity import IdentityData, clean_identity, keep_identity
from participants.people.services.record import record_about
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import Invalid as InvalidValue
from studies.platform.errors import StateRefused, fields_of, invalid
from studies.protocol.models import Site
from studies.protocol.services.rights import require

FAR_BACK = timedelta(days=366)
LONGEST_REASON = 300
State = Participant.State


@transaction.atomic
def prescreen_participant(
    *,
    site: Site,
    by: Actor,
    on: date | None = None,
    reason: str = "",
    external_id: str = "",
    request_id: uuid.UUID | None = None,
) -> Participant:
    """Give someone a code before anything is asked of them; the first line of the screening log.

    ``on`` is the day in the site's zone, today when left out. ``reason`` says why somebody is
    considered, without a name. The same ``request_id`` again returns the same participant.

    Raises:
        NotAllowed: ``by`` does not enrol at ``site``.
        StudyNotActive: the study is a draft or closed.
        Invalid: the day lies ahead or over a year back, or the reason is too long.
    """
    study = site.study
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=site)
    before = sent_before(site, request_id)
    if before is not None:
        return before
    require_active(study)
    on = on or visits.today(site)
    require_day(on, visits.today(site))
    return make_prescreened(
        site=site,
        on=on,
        reason=clean_reason(reason),
        external_id=external_id,
        request_id=request_id,
        by=by,
    )


def make_prescreened(
    *,
    site: Site,
    on: date,
    reason: str,
    by: Actor,
    external_id: str = "",
    request_id: uuid.UUID | None = None,
) -> Participant:
    """The rows and the event of ``prescreen_participant``; for services that have checked."""
    study = site.study
    participant = Participant.objects.create(
        study=study,
        site=site,
        code=next_code(site),
        external_id=external_id,
        language=languages(study)[0],
        screened_at=_moment(on, site.zone),
        request_id=request_id,
    )
    ScreeningAttempt.objects.create(
        participant=participant, began_on=on, reason=reason, begun_by_id=int(by.actor_id)
    )
    record_about(
        participant,
        "participant.pre_screen",
        by=by,
        new={"state": participant.state, "on": on.isoformat()},
        reason=reason,
    )
    return participant


@transaction.atomic
def open_consenting(
    *,
    participant: Participant,
    identity: IdentityData | None,
    by: Actor,
    language: str = "",
    confirmed: Confirmed = None,
) -> Participant:
    """Note that somebody is being asked for consent: name and contact are kept, a link may be made.

    ``identity`` may be left out where it is known from an earlier attempt. Once the consent is
    given the participant is in screening.

    Raises:
        NotAllowed, StudyNotActive: as they say.
        StateRefused: not pre-screened; a form sent twice ends here.
        Invalid: contact or language are wrong; ``detail`` names which.
        Unconfirmed: somebody in the study has the same contact or name.
    """
    study = participant.study
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.state != State.PRE_SCREENED:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()} already. Nothing was changed."
        )
    require_active(study)
    language = language or participant.language
    said = _check(participant, identity, language, by, confirmed)
    if identity is not None:
        keep_identity(participant=participant, identity=identity, by=by)
    return begin_consent(participant=participant, language=language, by=by, said=said)


def begin_consent(
    *, participant: Participant, language: str, by: Actor, said: Collection[str] = ()
) -> Participant:
    """The move and the event of ``open_consenting``; for services that have checked."""
    before = participant.state
    participant.move(State.CONSENTING, language=language)
    record_about(
        participant,
        "participant.begin_consent",
        by=by,
        old={"state": before},
        new={
            "state": participant.state,
            "language": language,
            **({"confirmed": list(said)} if said else {}),
        },
    )
    return participant


def _check(
    participant: Participant,
    identity: IdentityData | None,
    language: str,
    by: Actor,
    confirmed: Confirmed,
) -> list[str]:
    problems: dict[str, str] = {}
    if language not in languages(participant.study):
        problems["language"] = "The study is not offered in this language."
    if identity is not None:
        try:
            clean_identity(identity)
        except InvalidValue as refusal:
            problems |= fields_of(refusal)
    elif not hasattr(participant, "identity"):
        problems["name"] = "Enter the participant's name (up to 120 characters)."
    if problems:
        raise invalid("Nothing was recorded yet; please check the form.", problems)
    if identity is None or confirmed is None:
        return []
    doubtful: Mapping[str, str] = duplicates.doubts(
        participant=participant, identity=identity, by=by
    )
    return require_confirmed(dict(doubtful), confirmed)


def require_day(on: date, today: date) -> None:
    """Refuse a day on which nobody can have been pre-screened.

    Raises:
        Invalid: it lies ahead, or over a year back.
    """
    if on > today:
        sentence = "This day is still to come."
    elif today - on > FAR_BACK:
        sentence = "This day is over a year ago: check the year."
    else:
        return
    raise invalid(f"Nothing was recorded yet. {sentence}", {"on": sentence})


def clean_reason(reason: str) -> str:
    """``reason`` with one space between words.

    Raises:
        Invalid: longer than the log keeps.
    """
    reason = " ".join(reason.split())
    if len(reason) > LONGEST_REASON:
        sentence = f"At most {LONGEST_REASON} characters."
        raise invalid(f"Nothing was recorded yet. {sentence}", {"reason": sentence})
    return reason


def _moment(on: date, zone: ZoneInfo) -> datetime:
    now = timezone.now()
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=zone)
    return min(noon, now)
