"""How far verification is: each part by its ticks and by the plan of its study."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from participants.people.models import Participant
from participants.verification.models import Tick
from participants.verification.parts import Field, Part
from participants.verification.services.reading import Rows, parts_of, rows_of
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.models.verified import wants


class Standing(StrEnum):
    """How a field or a part stands, the most pressing first."""

    CHANGED = "changed"  # since it was verified
    PARTLY = "partly"
    LEFT = "left"  # the plan asks for it
    VERIFIED = "verified"
    OUTSIDE = "outside"  # the plan does not ask, and nobody has verified it

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def look(self) -> str:
        """The kind of badge that says so."""
        return _LOOKS[self]


_WORDS = {
    Standing.CHANGED: "changed since verified",
    Standing.PARTLY: "partly verified",
    Standing.LEFT: "to verify",
    Standing.VERIFIED: "verified",
    Standing.OUTSIDE: "not in the plan",
}
_LOOKS = {
    Standing.CHANGED: "bad",
    Standing.PARTLY: "info",
    Standing.LEFT: "warn",
    Standing.VERIFIED: "good",
    Standing.OUTSIDE: "plain",
}


@dataclass(frozen=True)
class Plan:
    """What of whom is to be verified: keys of fields, and of participants (``None``: everybody)."""

    fields: list[str]
    people: frozenset[int] | None = None

    def asks(self, participant: Participant, key: str) -> bool:
        """Whether the plan wants ``key`` of ``participant`` verified."""
        inside = self.people is None or participant.pk in self.people
        return inside and participant.enrolled_on is not None and wants(self.fields, key)

    def may_ask(self, participant: Participant, asks: Iterable[str]) -> bool:
        """Whether it may want something of a part, told by ``Part.asks`` without an answer."""
        return any(
            self.asks(participant, key) or self._asks_within(participant, key) for key in asks
        )

    def _asks_within(self, participant: Participant, key: str) -> bool:
        """Whether it names a single question of the form ``key``."""
        inside = self.people is None or participant.pk in self.people
        named = any(name.startswith(f"{key}/") for name in self.fields)
        return inside and participant.enrolled_on is not None and named


def words_of(standing: Standing, plan: Plan) -> str:
    """``standing`` as a page says it: without a plan nothing is outside of one."""
    if standing == Standing.OUTSIDE and not plan.fields:
        return "not verified"
    return standing.words


@dataclass(frozen=True)
class Checked:
    """One field with its tick, if it has one: ``field`` is none where it is no longer there."""

    key: str
    field: Field | None
    tick: Tick | None
    asked: bool
    plan: Plan
    new_since: bool = False

    @property
    def words(self) -> str:
        """How it stands, as a page says it."""
        if self.standing == Standing.CHANGED and self.tick is None:
            return "new since verified"
        return words_of(self.standing, self.plan)

    @property
    def standing(self) -> Standing:
        if self.tick is None:
            if self.new_since:
                return Standing.CHANGED
            return Standing.LEFT if self.asked else Standing.OUTSIDE
        same = self.field is not None and self.field.version == self.tick.version
        return Standing.VERIFIED if same else Standing.CHANGED


@dataclass
class Verifiable:
    """A part with how it stands; ``fields`` opens its answers."""

    part: Part
    plan: Plan
    ticks: list[Tick] = field(default_factory=list)

    @property
    def fields(self) -> list[Checked]:
        """Each field with its tick, then ticks of what is no longer there."""
        by_field = {tick.field: tick for tick in self.ticks}
        checked = [self._checked(one, by_field.pop(one.key, None)) for one in self.part.fields]
        return checked + [
            Checked(key, None, tick, False, self.plan) for key, tick in by_field.items()
        ]

    def _checked(self, one: Field, tick: Tick | None) -> Checked:
        asked = self.plan.asks(self.part.participant, one.asked)
        new = tick is None and self._came_later(one)
        return Checked(one.key, one, tick, asked, self.plan, new)

    def _came_later(self, one: Field) -> bool:
        """Whether the field came to a group that was verified before: an answer added since."""
        last = max(
            (tick.at for tick in self.ticks if _group(tick.field) == _group(one.key)), default=None
        )
        return last is not None and one.changed_at is not None and one.changed_at > last

    @property
    def words(self) -> str:
        """How it stands, as a page says it."""
        return words_of(self.standing, self.plan)

    @property
    def standing(self) -> Standing:
        if not self.ticks:
            return (
                Standing.LEFT
                if self.plan.may_ask(self.part.participant, self.part.asks)
                else Standing.OUTSIDE
            )
        fields = self.fields
        stand = [one.standing for one in fields]
        if Standing.CHANGED in stand:
            return Standing.CHANGED
        planned = [one.standing for one in fields if one.asked]
        if planned:
            done = all(one == Standing.VERIFIED for one in planned)
        else:
            done = all(one == Standing.VERIFIED for one in stand)
        return Standing.VERIFIED if done else Standing.PARTLY


def _group(key: str) -> str:
    """Fields that come and go together: the answers of one form, the photos, the details."""
    return key.rpartition("/")[0] or key


def plan_of(study: Study) -> Plan:
    """The plan of ``study``; of the first so many it names them, by site and day of enrolment."""
    if study.verify_first is None or not study.verify_fields:
        return Plan(study.verify_fields)
    there = Participant.objects.filter(
        study=study, enrolled_on__isnull=False, data_use=Participant.DataUse.FULL
    )
    counted: dict[int, int] = {}
    people = set()
    for pk, site in there.order_by("enrolled_on", "code").values_list("pk", "site"):
        counted[site] = counted.get(site, 0) + 1
        if counted[site] <= study.verify_first:
            people.add(pk)
    return Plan(study.verify_fields, frozenset(people))


def verifiables(participant: Participant, rows: Rows, plan: Plan) -> list[Verifiable]:
    """The parts of ``participant``, each with its ticks; of what is gone, ticks stand alone."""
    by_part: dict[str, list[Tick]] = {}
    for tick in rows.ticks[participant.pk]:
        by_part.setdefault(tick.part, []).append(tick)
    seen = [
        Verifiable(part, plan, by_part.pop(part.key, [])) for part in parts_of(participant, rows)
    ]
    gone = [
        Verifiable(Part(participant, key, key.replace(".", ", "), (), list), plan, ticks)
        for key, ticks in by_part.items()
    ]
    return seen + gone


def people_of(study: Study, user: User, permission: Permission) -> Any:
    """Those whose data are there and not locked, at the sites where ``user`` holds the right."""
    seen = Participant.objects.visible_to(user, permission).filter(
        study=study, data_use=Participant.DataUse.FULL
    )
    return seen.select_related("site", "study").order_by("code")


def changed_people(study: Study, user: User) -> list[int]:
    """Keys of the participants of whom something changed since ``user``, or another, verified it.

    Of those at the sites where ``user`` may verify; asked only of who has ticks.
    """
    people = people_of(study, user, Permission.SOURCE_VERIFY)
    ticked = Tick.objects.standing().values("participant")
    some = list(people.filter(pk__in=ticked))
    if not some:
        return []
    rows, plan = rows_of(some), plan_of(study)
    return [
        person.pk
        for person in some
        if any(one.standing == Standing.CHANGED for one in verifiables(person, rows, plan))
    ]
