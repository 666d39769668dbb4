"""Screening: the criteria after the signature, screen failure, and screening again.

Somebody who fails stays under their code, out of every denominator, with the reason; screened
again they keep the code, as a new attempt in the log.
"""

import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from participants.consent.services.consents import consent_in_force
from participants.consent.services.guardians import require_adult_or_guardian
from participants.enrolment.errors import ConsentFirst
from participants.enrolment.services.codes import next_code, require_active, sent_before
from participants.enrolment.services.prescreening import clean_reason
from participants.enrolment.services.questions import (
    Details,
    answered,
    checklist,
    require_valid,
)
from participants.people.models import Participant, Screening, ScreeningAttempt
from participants.people.services import identity as identities
from participants.people.services import invitations
from participants.people.services.record import record_about
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused, invalid
from studies.protocol.models import Site, Study
from studies.protocol.services.rights import require

State = Participant.State
Failure = ScreeningAttempt.Failure
Outcome = ScreeningAttempt.Outcome
# Who was not yet found eligible or not; in a study with an approval they may be asked at once.
BEFORE_ANSWERS = (State.PRE_SCREENED, State.CONSENTING, State.SCREENING)
MAY_FAIL = (*BEFORE_ANSWERS, State.ELIGIBLE)


def asks_before_consent(study: Study) -> bool:
    """Whether an ethics committee agreed to the screening's questions before the signature."""
    return bool(study.prescreening_approval)


def may_answer(participant: Participant) -> bool:
    """Whether the checklist can be answered for ``participant`` as things stand."""
    if participant.state == State.SCREENING:
        return True
    return participant.state in BEFORE_ANSWERS and asks_before_consent(participant.study)


@transaction.atomic
def screen_participant(
    *,
    site: Site,
    answers: Mapping[str, bool],
    details: Details,
    by: Actor,
    request_id: uuid.UUID | None = None,
) -> Participant:
    """Give someone a code and answer the checklist at once, where that may be before the consent.

    ``answers`` holds one truth per line of ``checklist``. The same ``request_id`` again returns
    the same participant.

    Raises:
        NotAllowed: ``by`` does not enrol at ``site``.
        StudyNotActive: the study is a draft or closed.
        ConsentFirst: in this study nothing is asked before the signature.
        Invalid: an answer is missing, or a detail is out of range; ``detail`` names which.
    """
    study = site.study
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=site)
    before = sent_before(site, request_id)
    if before is not None:
        return before
    require_active(study)
    if not asks_before_consent(study):
        raise ConsentFirst(
            f"In study {study.code} nothing is asked before the consent is signed. Give the "
            "person a code first, then take the consent. Nothing was recorded."
        )
    require_valid(study, checklist(study, site), answers, details)
    now = timezone.now()
    participant = Participant.objects.create(
        study=study,
        site=site,
        code=next_code(site),
        language=details.language,
        screened_at=now,
        request_id=request_id,
    )
    ScreeningAttempt.objects.create(
        participant=participant, began_on=visits.today(site), begun_by_id=int(by.actor_id)
    )
    return _answer(participant, answers, details, by)


@transaction.atomic
def answer_checklist(
    *, participant: Participant, answers: Mapping[str, bool], details: Details, by: Actor
) -> Participant:
    """Record the criteria and what is known by code: ``participant`` is eligible or fails.

    Raises:
        NotAllowed, StudyNotActive: as they say.
        ConsentFirst: the consent is not signed, and has to be in this study.
        StateRefused: answered before; a form sent twice ends here.
        Invalid: an answer is missing, or a detail is out of range; ``detail`` names which.
    """
    study = participant.study
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.state not in BEFORE_ANSWERS:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()} already. Nothing was changed."
        )
    require_active(study)
    if not asks_before_consent(study):
        require_signed(participant)
    require_valid(study, checklist(study, participant.site), answers, details)
    require_adult_or_guardian(participant, details.year_of_birth, consent_in_force(participant))
    return _answer(participant, answers, details, by)


def require_signed(participant: Participant) -> None:
    """Refuse unless the consent of this attempt is given.

    Raises:
        ConsentFirst: it is not.
    """
    unsigned = participant.state in (State.PRE_SCREENED, State.CONSENTING)
    if unsigned or consent_in_force(participant) is None:
        raise ConsentFirst(
            f"{participant.code} has not signed the consent yet, and in this study nothing is "
            "asked before. Nothing was recorded."
        )


def _answer(
    participant: Participant, answers: Mapping[str, bool], details: Details, by: Actor
) -> Participant:
    now, before = timezone.now(), participant.state
    given = answered(checklist(participant.study, participant.site), answers)
    unmet = [line for line in given if not line["met"]]
    screening = Screening.objects.create(
        participant=participant, answers=given, eligible=not unmet, at=now, by_id=int(by.actor_id)
    )
    to = State.ELIGIBLE if screening.eligible else State.SCREEN_FAILURE
    if before == State.SCREENING or before in BEFORE_ANSWERS:
        participant.move(to, screened_at=now, **vars(details))
    settle(
        participant,
        Outcome.ELIGIBLE if screening.eligible else Outcome.FAILURE,
        failure="" if screening.eligible else Failure.CRITERIA,
        reason=not_met(unmet),
    )
    if not screening.eligible:
        invitations.revoke_all(participant=participant, by=by, reason="Screen failure.")
    record_about(
        participant,
        "participant.screen",
        by=by,
        old={"state": before},
        new={
            "state": participant.state,
            "eligible": screening.eligible,
            "not_met": [line["code"] for line in unmet],
        },
    )
    return participant


def not_met(unmet: list[dict[str, str]]) -> str:
    """The lines that do not fit, in words for the log; nothing where all fit."""
    return "; ".join(f"{line['kind']}: {line['text']}" for line in unmet)[:500]


def settle(participant: Participant, outcome: str, *, failure: str = "", reason: str = "") -> None:
    """Note the outcome of the attempt under way, which may be settled anew by a correction."""
    latest = participant.attempts.order_by("-number").first()
    if latest is not None:
        latest.outcome, latest.failure, latest.failure_reason = outcome, failure, reason
        latest.decided_at = None if outcome == Outcome.OPEN else timezone.now()
        latest.save(update_fields=["outcome", "failure", "failure_reason", "decided_at"])


@transaction.atomic
def fail_screening(
    *, participant: Participant, failure: str, reason: str, by: Actor
) -> Participant:
    """End the attempt as a screen failure that the criteria do not tell: declined, unreachable.

    Raises:
        NotAllowed: ``by`` does not enrol at the site.
        StateRefused: enrolled, or the attempt is over.
        Invalid: no kind or no reason, or one that names the participant.
    """
    require(by, Permission.PARTICIPANT_ENROL, study=participant.study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.state not in MAY_FAIL:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}, so no screening is under "
            "way. Nothing was changed."
        )
    reason = clean_reason(reason)
    problems = {} if failure in Failure.values else {"failure": "Choose one of the list."}
    if not reason:
        problems["reason"] = "Enter a reason; “no reason given” is one."
    if problems:
        raise invalid("Nothing was recorded yet; please check the form.", problems)
    identities.refuse_names_in(reason, participant=participant, field="reason")
    before = participant.state
    participant.move(State.SCREEN_FAILURE)
    settle(participant, Outcome.FAILURE, failure=failure, reason=reason)
    invitations.revoke_all(participant=participant, by=by, reason="Screen failure.")
    record_about(
        participant,
        "participant.fail_screening",
        by=by,
        old={"state": before},
        new={"state": participant.state, "failure": failure},
        reason=reason,
    )
    return participant


@transaction.atomic
def screen_again(*, participant: Participant, reason: str, by: Actor) -> Participant:
    """Begin another attempt under the same code; the answers of the last one stay in the log.

    The consent of the earlier attempt does not carry over: it is asked for anew.

    Raises:
        NotAllowed, StudyNotActive: as they say.
        StateRefused: no screen failure.
        Invalid: no reason, or one that names the participant.
    """
    study = participant.study
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.state != State.SCREEN_FAILURE:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}: only a screen failure is "
            "screened again. Nothing was changed."
        )
    require_active(study)
    reason = clean_reason(reason)
    if not reason:
        sentence = "Say why they are screened again."
        raise invalid(f"Nothing was recorded yet. {sentence}", {"reason": sentence})
    identities.refuse_names_in(reason, participant=participant, field="reason")
    last = participant.attempts.order_by("-number").first()
    former = Screening.objects.filter(participant=participant)
    if last is not None:
        last.answers = next((earlier.answers for earlier in former), [])
        last.save(update_fields=["answers"])
    former.delete()
    participant.move(State.PRE_SCREENED)
    attempt = ScreeningAttempt.objects.create(
        participant=participant,
        number=last.number + 1 if last else 1,
        began_on=visits.today(participant),
        reason=reason,
        begun_by_id=int(by.actor_id),
    )
    record_about(
        participant,
        "participant.screen_again",
        by=by,
        old={"state": State.SCREEN_FAILURE.value},
        new={"state": participant.state, "attempt": attempt.number},
        reason=reason,
    )
    return participant
