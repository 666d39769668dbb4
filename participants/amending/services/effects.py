"""What an amendment would do to participants, in sentences, and what it would lose."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from participants.amending.services.steps import What, steps
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.consent.services.signed_amiss import TAKING_PART
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.amendments.changes import conditions_now, schedule_with, values_now
from studies.amendments.effects import Effect
from studies.amendments.models import Amendment
from studies.protocol.models import Condition, Site, View, VisitDefinition

Counts = Counter[tuple[What, str]]


def effects_of(amendment: Amendment, sites: Sequence[Site], on: date) -> list[Effect]:
    """What ``amendment`` would do at ``sites`` together if its first day there were ``on``."""
    people = Participant.objects.filter(site__in=sites, state=Participant.State.ENROLLED)
    schedule = schedule_with(amendment)
    listed = []
    if amendment.reach == Amendment.Reach.NEW:
        listed.append(_nobody(people.count()))
    elif "visits" in amendment.changes:
        counts = count_steps(people, schedule, on)
        names = {row.code: row for row in schedule}
        for code in amendment.changes["visits"]:
            listed += _of_visit(code, names.get(code), counts)
    listed += _of_arms(amendment, sites)
    return listed + _of_consent(amendment, sites)


def count_steps(people: QuerySet[Participant], schedule: list[VisitDefinition], on: date) -> Counts:
    """How many visits of ``people`` come to what, by code."""
    counts: Counts = Counter()
    rows = Visit.objects.filter(participant__in=people).select_related("definition", "participant")
    theirs: dict[int, list[Visit]] = {}
    days: dict[int, date] = {}
    for visit in rows.order_by("participant", "pk"):
        theirs.setdefault(visit.participant_id, []).append(visit)
        if visit.participant.enrolled_on is not None:
            days[visit.participant_id] = visit.participant.enrolled_on
    for key, day_0 in days.items():
        for step in steps(theirs[key], schedule, day_0=day_0, on=on):
            counts[step.what, step.code] += 1
    return counts


def _nobody(enrolled: int) -> Effect:
    if not enrolled:
        return Effect("Nobody is enrolled yet.")
    return Effect(f"{_people(enrolled)} already enrolled keep{_s(enrolled)} the visits they have.")


def _of_visit(code: str, row: VisitDefinition | None, counts: Counts) -> list[Effect]:
    def number(what: What) -> int:
        return counts[what, code]

    listed = []
    if row is None:
        gone, kept = number(What.DROPPED), number(What.KEPT)
        listed.append(
            Effect(f"{code} is cancelled for {_people(gone)} who still {_have(gone)} it to come.")
        )
        if kept:
            listed.append(Effect(f"{code} stays with {_people(kept)} for whom it has opened."))
        return listed
    name = f"{row.name} (day {row.day_offset})"
    new, past = number(What.NEW), number(What.PAST)
    changed, kept = number(What.CHANGED), number(What.KEPT)
    if new or past:
        late = f"; {past} {'is' if past == 1 else 'are'} past it" if past else ""
        listed.append(Effect(f"{_people(new)} get{_s(new)} a new visit, {name}{late}."))
    if changed or kept:
        listed.append(
            Effect(
                f"{row.name} changes for {_people(changed)} who still {_have(changed)} it to come."
            )
        )
    if kept:
        listed.append(
            Effect(
                f"{_people(kept)} keep{_s(kept)} {row.name} as it was: it is open, made or missed, "
                "or its new days are over."
            )
        )
    return listed or [Effect(f"{row.name} touches nobody who is enrolled.")]


def _of_arms(amendment: Amendment, sites: Sequence[Site]) -> list[Effect]:
    gone = [code for code, values in amendment.changes.get("arms", {}).items() if values is None]
    people = Participant.objects.filter(site__in=sites, allocation__isnull=False)
    if not gone or not people.exists():
        return []
    return [Effect("Whoever is in an arm that ends stays in it; nobody new is put into it.")]


def _of_consent(amendment: Amendment, sites: Sequence[Site]) -> list[Effect]:
    version = amendment.consent_version
    if version is None:
        return []
    if amendment.asks == Amendment.Asks.NOBODY:
        return [Effect(f"Consent {version} is for who joins from then on: nobody is asked again.")]
    given = Consent.objects.in_force().filter(
        participant__site__in=sites, participant__state__in=TAKING_PART
    )
    asked = given.values("participant").distinct().count()
    if not asked:
        return [Effect(f"Nobody has signed an earlier consent than {version} yet.")]
    are = "is" if asked == 1 else "are"
    return [Effect(f"{_people(asked)} {are} asked to read and sign consent {version}.")]


def _people(number: int) -> str:
    return f"{number} participant{'' if number == 1 else 's'}"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _s(number: int) -> str:
    """The ending of a verb."""
    return "s" if number == 1 else ""


# --- What would be lost ------------------------------------------------------------------------


def orphans_of(amendment: Amendment) -> list[str]:
    """A sentence for each visit, view or condition that it takes away though there are photos."""
    study, orphans = amendment.study, []
    photos = Photo.objects.filter(visit__participant__study=study)
    if amendment.reach == Amendment.Reach.ENROLLED:
        now = values_now(study, "visits")
        for code, values in amendment.changes.get("visits", {}).items():
            was = now.get(code)
            if was is None:
                continue
            gone = [view for view in was["views"] if values is None or view not in values["views"]]
            there = photos.filter(visit__definition__code=code, view__in=gone)
            people = there.values("visit__participant").distinct().count()
            if people:
                what = (
                    ""
                    if values is None
                    else f" of {' and '.join(View(v).label.lower() for v in gone)}"
                )
                orphans.append(
                    f"{was['name']} has photos{what} of {_people(people)}, so it is not taken from "
                    "those already enrolled. It can be, for those enrolled from then on."
                )
    wanted = amendment.changes.get("conditions")
    if wanted is not None and photos.exists():
        lost = set(conditions_now(study)) - set(wanted)
        names = Condition.objects.filter(code__in=lost).values_list("name", flat=True)
        if lost:
            orphans.append(
                f"Photos are graded for {', '.join(names)} already: a condition can be added, none "
                "taken away."
            )
    return orphans
