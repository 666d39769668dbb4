"""How many parts stand how, of a site or a study: without opening an answer nobody has verified.

Whoever has no tick has parts that are left or outside the plan; which, is told by what there is of
them. Only of those with ticks the rows are read as a page of a part shows them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from participants.answers.models import COUNTED, Submission
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.people.models import Participant
from participants.verification.models import Tick
from participants.verification.parts import ENROLMENT, form_key, visit_key
from participants.verification.services.reading import LABELS, MADE, rows_of
from participants.verification.services.standing import (
    Plan,
    Standing,
    people_of,
    plan_of,
    verifiables,
)
from participants.visits.models import Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.models.verified import ANSWERS, CONSENT, DETAILS, PHOTOS, VISIT


def standings_of(people: Sequence[Participant], plan: Plan) -> dict[int, list[Standing]]:
    """Participant's key → how each of their parts stands."""
    return {key: list(parts.values()) for key, parts in standings_by_part(people, plan).items()}


def standings_by_part(people: Sequence[Participant], plan: Plan) -> dict[int, dict[str, Standing]]:
    """Participant's key → ``Part.key`` → how that part stands."""
    ticks = Tick.objects.standing().filter(participant__in=[person.pk for person in people])
    ticked = set(ticks.values_list("participant", flat=True))
    with_ticks = [person for person in people if person.pk in ticked]
    rows = rows_of(with_ticks)
    found = {
        person.pk: {one.part.key: one.standing for one in verifiables(person, rows, plan)}
        for person in with_ticks
    }
    without = [person for person in people if person.pk not in ticked]
    asks = _asks(without)
    for person in without:
        found[person.pk] = {
            key: Standing.LEFT if plan.may_ask(person, part) else Standing.OUTSIDE
            for key, part in asks[person.pk].items()
        }
    return found


def counted(standings: Iterable[Standing]) -> dict[Standing, int]:
    """How many parts stand how; every standing is named."""
    numbers = dict.fromkeys(Standing, 0)
    for standing in standings:
        numbers[standing] += 1
    return numbers


def by_site(study: Study, user: User) -> dict[int, dict[Standing, int]]:
    """Site's key → how its parts stand, of the sites where ``user`` may see it."""
    people = list(people_of(study, user, Permission.VERIFICATION_VIEW))
    stand = standings_of(people, plan_of(study))
    found: dict[int, list[Standing]] = defaultdict(list)
    for person in people:
        found[person.site_id] += stand[person.pk]
    return {site: counted(parts) for site, parts in found.items()}


def _asks(people: Sequence[Participant]) -> dict[int, dict[str, tuple[str, ...]]]:
    """Participant's key → ``Part.key`` → what a plan could name of it (``Part.asks``)."""
    keys = [person.pk for person in people]
    agreed = set(Consent.objects.filter(participant__in=keys).values_list("participant", flat=True))
    found: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for person in people:
        known = any(getattr(person, name) not in (None, "") for name in LABELS)
        enrolment = ((DETAILS,) if known else ()) + ((CONSENT,) if person.pk in agreed else ())
        if enrolment:
            found[person.pk][ENROLMENT] = enrolment
    made = Visit.objects.filter(participant__in=keys, state__in=MADE)
    accepted = Photo.objects.filter(state=Photo.State.ACCEPTED, visit__in=made.values("pk"))
    photographed = set(accepted.values_list("visit", flat=True))
    forms: dict[int, list[str]] = defaultdict(list)
    sent = Submission.objects.filter(participant__in=keys, state__in=COUNTED)
    # A form of its own has no visit, which the types of a query do not tell.
    told: Any = sent.values_list("participant", "visit", "assignment__code", "day", "number")
    for key, visit, code, day, number in told:
        if visit is None:
            found[key][form_key(code, day, number)] = (f"{ANSWERS}/{code}",)
        else:
            forms[visit].append(f"{ANSWERS}/{code}")
    for key, visit, code in made.values_list("participant", "pk", "definition__code"):
        photos = (PHOTOS,) if visit in photographed else ()
        found[key][visit_key(code)] = (VISIT, *photos, *forms[visit])
    return found
