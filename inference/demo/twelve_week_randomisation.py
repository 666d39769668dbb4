"""How the study of twelve weeks randomises: a sealed list, each once, and one unblinding."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.utils import timezone

from inference.demo import twelve_weeks as story
from inference.demo.actions import Act, coordinator, named
from inference.demo.story import PASSWORD
from inference.demo.twelve_weeks import Person
from participants.allocation.models import Allocation, Unblinding
from participants.allocation.services.randomising import randomise_participant
from participants.allocation.services.unblinding import unblind_participant
from participants.people.models import Participant
from studies.access.models import Membership, User
from studies.access.permissions import Role
from studies.protocol.models import Study
from studies.randomisation.factors import Factor
from studies.randomisation.models import Scheme
from studies.randomisation.services.schemes import arms_of, draft_blocks, put_in_force

AGES = ("16-39", "40-60")
PLACES = 12  # in each stratum at least: 20 people are wanted at each site
WHY_UNBLINDED = (
    "In hospital with a swollen face: the ward has to know which moisturiser was used, to choose "
    "the treatment."
)


def draw(study: Study) -> str:
    """The statistician draws the list and puts it in force; nobody is shown it."""
    if Scheme.objects.filter(study=study).exists():
        return ""
    by = Membership.objects.current().get(study=study, role=Role.STATISTICIAN).user
    sites = study.sites.order_by("code").values_list("code", flat=True)
    scheme = draft_blocks(
        study=study,
        factors=[Factor("site", tuple(sites)), Factor("age", AGES)],
        ratio=dict.fromkeys(arms_of(study), 1),
        sizes=[2, 4],
        rows=PLACES,
        by=by,
    )
    put_in_force(scheme=scheme, by=by)
    return f"{study.code}: randomised by a sealed list from now on"


def _participant(number: int) -> Participant:
    key = named(story.STUDY, "person", number)
    return Participant.objects.select_related("study", "site").get(request_id=key)


def randomise(who: Person) -> str:
    """Whoever enrolled ``who`` lets the product give them the next place."""
    participant = _participant(who.number)
    if Allocation.objects.filter(participant=participant).exists():
        return ""
    randomise_participant(participant=participant, by=coordinator(participant.site))
    return f"{participant.code} randomised"


def unblind(number: int) -> str:
    """The principal investigator of the site has to know one arm, and proves who they are."""
    participant = _participant(number)
    done = Unblinding.objects.filter(participant=participant).exists()
    if done or not participant.study.is_blinded:  # loaded by a version with open arms
        return ""
    unblind_participant(
        participant=participant,
        reason=WHY_UNBLINDED,
        password=PASSWORD,
        by=_investigator(participant),
    )
    return f"{participant.code} unblinded in an emergency"


def _investigator(participant: Participant) -> User:
    held = Membership.objects.current().filter(role=Role.SITE_INVESTIGATOR)
    return held.get(site=participant.site).user


def randomisation_acts(study: Study) -> Iterator[Act]:
    """The list before anybody is enrolled, and the unblinding after the serious event."""
    now = timezone.now()
    yield Act(now - timedelta(days=story.BEGAN - 2), partial(draw, study))
    yield Act(now - timedelta(hours=3), partial(unblind, story.HARMED))
