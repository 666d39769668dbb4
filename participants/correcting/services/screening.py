"""Correcting the answers of the screening."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from participants.correcting.errors import NothingDiffers
from participants.correcting.services.common import begin, keep
from participants.enrolment.services.screening import Failure, Outcome, not_met, settle
from participants.people.models import Correction, Participant, Screening, ScreeningAttempt
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.protocol.models import EligibilityCriterion
from studies.record.unchanged import require_unchanged

CORRECTED = "participant.correct_screening"
PREFIX = "answer:"


def answers_of(screening: Screening) -> dict[str, bool]:
    """The code of each line → what was answered."""
    return {line["code"]: line["answer"] for line in screening.answers}


@transaction.atomic
def correct_screening(
    *,
    participant: Participant,
    answers: Mapping[str, bool],
    reason: str,
    by: Actor,
    seen: Seen | None = None,
    confirmed: Confirmed = None,
) -> list[Correction]:
    """Put ``answers`` in place of those given; the lines stay worded as they were asked.

    Who was enrolled stays enrolled, whatever the answers say now.

    Raises:
        NotAllowed, ReasonMissing: see ``begin``.
        StateRefused: erased, or never screened.
        ChangedMeanwhile: somebody has corrected it since ``seen``.
        Invalid: a line has no answer.
        NothingDiffers: all of it is so already.
        Unconfirmed: whether they are eligible changes with it.
    """
    participant, reason = begin(participant=participant, reason=reason, by=by)
    screening = Screening.objects.select_for_update().filter(participant=participant).first()
    if screening is None:
        raise StateRefused(f"{participant.code} was not screened, so there are no answers.")
    now = answers_of(screening)
    require_unchanged(
        seen,
        now,
        study=participant.study.code,
        actions=(CORRECTED, "participant.screen"),
        participant=participant.code,
    )
    missing = {code: "Answer yes or no." for code in now if code not in answers}
    if missing:
        raise invalid("Nothing was corrected yet; please check the form.", missing)
    changed = [code for code in now if answers[code] is not now[code]]
    if not changed:
        raise NothingDiffers("Every answer is so already, so nothing was corrected.")
    lines = [_answered(line, answers[line["code"]]) for line in screening.answers]
    eligible = all(line["met"] for line in lines)
    said = require_confirmed(_doubts(participant, screening, eligible), confirmed)
    Screening.objects.filter(pk=screening.pk).update(answers=lines, eligible=eligible)
    _follow(participant, lines, eligible)
    also = {
        "eligible": eligible,
        "state": participant.state,
        **({"confirmed": said} if said else {}),
    }
    return keep(
        participant=participant,
        old={f"{PREFIX}{code}": now[code] for code in changed},
        new={f"{PREFIX}{code}": answers[code] for code in changed},
        reason=reason,
        by=by,
        action=CORRECTED,
        also=also,
    )


def _answered(line: Mapping[str, Any], answer: bool) -> dict[str, Any]:
    wanted = line["kind"] == EligibilityCriterion.Kind.INCLUSION
    return {**line, "answer": answer, "met": answer is wanted}


def _doubts(participant: Participant, before: Screening, eligible: bool) -> dict[str, str]:
    """That somebody becomes eligible or ceases to be, and what that does and does not."""
    if eligible == before.eligible:
        return {}
    code, follows = participant.code, _follows(participant)
    if eligible:
        after = "and can be enrolled." if follows else "as the study asks."
        return {"eligible": f"By these answers {code} is eligible, {after}"}
    after = "and cannot be enrolled." if follows else "but stays in the study as they are."
    return {"not-eligible": f"By these answers {code} is not eligible, {after}"}


def _follows(participant: Participant) -> bool:
    """Whether the state rests on the answers: not enrolled, and failed by nothing else."""
    if participant.state == Participant.State.ELIGIBLE:
        return True
    latest: ScreeningAttempt | None = participant.attempts.order_by("-number").first()
    failed = participant.state == Participant.State.SCREEN_FAILURE
    return failed and (latest is None or latest.failure == Failure.CRITERIA)


def _follow(participant: Participant, lines: list[dict[str, Any]], eligible: bool) -> None:
    """The state and the log follow the corrected answers, as long as nobody is enrolled by them."""
    if not _follows(participant):
        return
    to = Participant.State.ELIGIBLE if eligible else Participant.State.SCREEN_FAILURE
    if participant.state != to:
        participant.move(to)
    unmet = [line for line in lines if not line["met"]]
    settle(
        participant,
        Outcome.ELIGIBLE if eligible else Outcome.FAILURE,
        failure="" if eligible else Failure.CRITERIA,
        reason=not_met(unmet),
    )
