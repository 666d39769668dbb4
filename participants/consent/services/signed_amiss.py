"""Whose consent does not hold any longer by who signed it and their age, as filters for lists.

The same as ``guardians.amiss`` says of one.
"""

from django.db.models import F, Q
from django.db.models.functions import ExtractYear

from participants.consent.models import Consent
from participants.consent.services.guardians import Amiss
from participants.people.models import Participant
from studies.amendments.services.reading import today
from studies.protocol.models import Site, Study

TAKING_PART = (
    Participant.State.CONSENTING,
    Participant.State.SCREENING,
    Participant.State.ELIGIBLE,
    Participant.State.ENROLLED,
)


def signed_amiss(study: Study, *kinds: Amiss) -> Q:
    """A filter of ``study``'s participants: taking part, with a consent amiss as ``kinds`` say.

    Without ``kinds`` all of them.
    """
    found = Q(pk__in=[])
    for site in study.sites.select_related("study"):
        given = Consent.objects.in_force().filter(
            participant__site=site, participant__state__in=TAKING_PART
        )
        years = given.annotate(signed_in=ExtractYear("given_at", tzinfo=site.zone))
        amiss = Q(pk__in=[])
        for kind in kinds or Amiss:
            amiss |= _amiss(kind, site)
        found |= Q(pk__in=years.filter(amiss).values("participant"))
    return found


def _amiss(kind: Amiss, site: Site) -> Q:
    """A filter of consents of ``site`` that have ``signed_in``."""
    born, age, now = "participant__year_of_birth", site.study.majority_age, today(site)
    young = Q(**{f"{born}__gt": now.year - age})
    if kind == Amiss.OF_AGE:
        grown, passed = Q(**{f"{born}__lt": now.year - age}), Q(of_age_on__lte=now)
        maybe = Q(**{f"{born}__isnull": True}) | ~young
        return Q(given_by=Consent.GivenBy.GUARDIAN) & (grown | (passed & maybe))
    alone = Q(given_by=Consent.GivenBy.SELF, signed_in__lt=F(born) + age)
    return alone & (young if kind == Amiss.MINOR_ALONE else ~young)
