"""A new code at a site, and whether the study takes anybody at all.

The number in the code comes from one UPDATE of the site's row inside the same transaction: two
people at work at once get two numbers, and a number whose transaction fails is given again.
"""

import uuid

from django.db.models import F

from participants.enrolment.errors import StudyNotActive
from participants.people.models import Participant
from studies.platform.errors import NotAllowed
from studies.protocol.models import Site, Study


def sent_before(site: Site, request_id: uuid.UUID | None) -> Participant | None:
    """Whom a form sent twice made the first time; the site's row is held from here on.

    Raises:
        NotAllowed: the form was used at another site.
    """
    hold_site(site)  # first: it makes a second sending of the same form wait for the first
    if request_id is None:
        return None
    before = Participant.objects.filter(request_id=request_id).first()
    if before is not None and before.site_id != site.pk:
        raise NotAllowed("This form was already used at another site. Please open a new one.")
    return before


def hold_site(site: Site) -> None:
    """Hold the site's row until the transaction ends: codes are given one after the other."""
    Site.objects.filter(pk=site.pk).update(last_participant_number=F("last_participant_number"))


def next_code(site: Site) -> str:
    """The next code of ``site``; its row stays locked until the transaction ends."""
    rows = Site.objects.filter(pk=site.pk)
    rows.update(last_participant_number=F("last_participant_number") + 1)
    return f"{site.code}-{rows.values_list('last_participant_number', flat=True)[0]:04d}"


def require_active(study: Study) -> None:
    """Refuse unless the study is under way.

    Raises:
        StudyNotActive: it is a draft or closed.
    """
    state = Study.objects.values_list("state", flat=True).get(pk=study.pk)
    if state != Study.State.ACTIVE:
        raise StudyNotActive(
            f"Study {study.code} is {Study.State(state).label}: nobody can be screened or "
            "enrolled. The study's manager can activate it."
        )
