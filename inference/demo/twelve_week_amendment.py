"""The amendment under way in the study of twelve weeks: a visit more, approved at one site only."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from django.utils import timezone

from inference.demo.actions import Act
from studies.access.models import Membership, User
from studies.amendments.models import Amendment
from studies.amendments.services.approving import approve_amendment
from studies.amendments.services.drafting import change_part, draft_amendment, submit_amendment
from studies.amendments.services.reading import today
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document, put_in_force, shown_values
from studies.protocol.models import Study

NUMBER, TEXT = 2, "2.0"
APPROVED_AT = "SG01"
VISIT = "week-6"
VALUES = {
    "name": "Week 6",
    "day_offset": 42,
    "window_before": 4,
    "window_after": 4,
    "views": ["front"],
    "instructions": "The same place and the same light as last time, no make-up.",
}
MORE = {
    "en": "## New in this version\n\nThere is one more visit, six weeks after the first one.",
    "id": "## Baru dalam versi ini\n\nAda satu kunjungan lagi, enam minggu setelah yang pertama.",
}


def manager(study: Study) -> User:
    """Who manages the study."""
    return Membership.objects.current().get(study=study, role="manager").user


def draft_texts(study: Study) -> str:
    """The consent that goes with the amendment, in every language; nobody is shown it yet."""
    earlier = study.consent_documents.filter(version__number="1.0")
    if study.consent_documents.filter(version__number=TEXT).exists():
        return ""
    for document in earlier.order_by("language"):
        values = shown_values(document) | {"version": TEXT}
        values["body"] = f"{document.body.rstrip()}\n\n{MORE[document.language]}\n"
        draft_document(study=study, by=manager(study), **values)
    return f"{study.code}: consent {TEXT} drafted"


def draft(study: Study) -> str:
    if study.amendments.filter(number=NUMBER).exists():
        return ""
    by = manager(study)
    version = study.consent_documents.filter(version__number=TEXT)[0].version
    row = draft_amendment(
        study=study,
        by=by,
        title="A visit at week 6",
        summary="Between week 4 and week 8 the skin changes fastest, and nobody was seen.",
        reach=Amendment.Reach.ENROLLED,
        consent_version=version,
    )
    change_part(amendment=row, part="visits", code=VISIT, values=VALUES, by=by)
    return f"{study.code}: {row} drafted"


def submit(study: Study) -> str:
    row = study.amendments.get(number=NUMBER)
    if row.state != Amendment.State.DRAFT:
        return ""
    by = manager(study)
    submit_amendment(amendment=row, by=by)
    for document in study.consent_documents.filter(version__number=TEXT).order_by("language"):
        if document.state == ConsentDocument.State.DRAFT:
            put_in_force(document=document, by=by, reason="It goes with version 2 of the protocol.")
    return f"{study.code}: {row} is with the committees"


def approve(study: Study) -> str:
    row, site = study.amendments.get(number=NUMBER), study.sites.get(code=APPROVED_AT)
    if row.approvals.filter(site=site).exists():
        return ""
    on = today(site)
    by = Membership.objects.current().get(site=site, role="site_investigator").user
    approve_amendment(
        amendment=row,
        site=site,
        approved_on=on - timedelta(days=1),
        effective_on=on,
        reference="IRB 2026-114 (example)",
        by=by,
    )
    return f"{study.code}: {row} approved at {site.code}"


def amendment_acts(study: Study) -> Iterator[Act]:
    """Drafted, settled, and approved at the first site; the others have yet to decide."""
    now = timezone.now()
    does: tuple[tuple[int, Callable[[Study], str]], ...] = (
        (30, draft_texts),
        (29, draft),
        (24, submit),
        (7, approve),
    )
    for days, do in does:
        yield Act(now - timedelta(days=days), partial(do, study))
