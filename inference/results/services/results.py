"""Asking for a closed reading study's results, and the worker's part of computing them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Max
from django.utils import timezone

from inference.reading.models import ReadingStudy
from inference.results.errors import ResultsAfterClosing, ResultsNotReady
from inference.results.models import ReadingResults
from inference.results.services.frame import frame_of
from inference.results.services.measuring import VERSION, measure
from inference.results.services.network import networks_of, primary_of
from inference.scoring.models import Run
from participants.people.models import Correction, Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.work import Claim, WorkState, notify_on_commit
from studies.protocol.services.rights import require


def ask_results(*, study: ReadingStudy, by: User) -> ReadingResults:
    """The results of ``study``; where they are missing or out of date, a worker is asked for them.

    Asking again changes nothing. Old figures stay beside the question until the new ones are
    there.

    Raises:
        NotAllowed: ``by`` may not see reading studies.
        ResultsAfterClosing: it is a draft or open; nothing of it is shown before it is closed.
    """
    require(by, Permission.READING_VIEW, study=study.study)
    if not study.is_closed:
        raise ResultsAfterClosing(
            "Agreement and results of a reading study are shown once it is closed, to nobody "
            "before: whoever knew them could change how the rest is read."
        )
    stamp = stamp_of(study)
    row = ReadingResults.objects.filter(reading_study=study).first()
    if row is None:
        row = _create(study, stamp)
    elif row.stamp != stamp:
        row = _ask_again(row, stamp)
    row.reading_study = study
    return row


def figures_of(*, study: ReadingStudy, by: User) -> dict[str, Any]:
    """The figures that are there, for files.

    Raises:
        NotAllowed, ResultsAfterClosing: as ``ask_results``.
        ResultsNotReady: there are none yet.
    """
    row = ask_results(study=study, by=by)
    if row.figures is None:
        raise ResultsNotReady("The figures are being computed. Try again in a minute.")
    figures: dict[str, Any] = row.figures
    return figures


def _create(study: ReadingStudy, stamp: str) -> ReadingResults:
    try:
        with transaction.atomic():
            row = ReadingResults.objects.create(
                study_id=study.study_id, reading_study=study, stamp=stamp
            )
            notify_on_commit(row)
            return row
    except IntegrityError:  # somebody else looks at the same moment
        return ReadingResults.objects.get(reading_study=study)


@transaction.atomic
def _ask_again(row: ReadingResults, stamp: str) -> ReadingResults:
    """Queue it anew; a worker that computes the old at this moment loses its claim."""
    now = timezone.now()
    moved = ReadingResults.objects.filter(pk=row.pk, stamp=row.stamp).update(
        stamp=stamp,
        state=WorkState.QUEUED,
        due_at=now,
        attempts=0,
        lease_until=None,
        notified_at=None,
        finished_at=None,
        last_error="",
    )
    row.refresh_from_db()
    if moved:
        notify_on_commit(row)
    return row


def compute(claim: Claim[ReadingResults]) -> None:
    """The worker's part.

    Raises:
        LeaseLost: another worker has the row, or it was asked for anew; nothing is written.
    """
    row = ReadingResults.objects.select_related("reading_study").get(pk=claim.row.pk)
    stamp = stamp_of(row.reading_study)
    frame = frame_of(row.reading_study)
    figures = measure(frame, networks_of(frame))
    with claim.completing():
        ReadingResults.objects.filter(pk=row.pk).update(
            figures=figures, stamp=stamp, figures_stamp=stamp, computed_at=timezone.now()
        )


def stamp_of(study: ReadingStudy) -> str:
    """A hash of all that the figures depend on and that can still change.

    What was read is fixed. The primary package and its scores are not, nor whose data are locked,
    nor coded details, which are corrected and erased; photos are erased, moved or damaged.
    """
    package = primary_of(study.study_id)
    cases = study.cases.order_by()
    people = Participant.objects.filter(pk__in=cases.values("participant"))
    own = {"photo__in": cases.exclude(photo=None).values("photo"), "state": WorkState.DONE}
    runs = Run.objects.order_by().filter(package=package, **own) if package else Run.objects.none()
    parts = [
        VERSION,
        package.sha256 if package else "",
        runs.aggregate(number=Count("pk"), last=Max("finished_at")),
        cases.filter(photo=None).count(),
        list(cases.values("photo__state", "photo__kept_out").annotate(number=Count("pk"))),
        list(people.order_by().values("data_use", "state").annotate(number=Count("pk"))),
        Correction.objects.filter(participant__in=people).count(),
    ]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
