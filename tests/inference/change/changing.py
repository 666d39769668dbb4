"""A study with two arms, scores at three visits, and a known noise, as tests start from it."""

from dataclasses import dataclass, field

from inference.packages.models import ModelPackage
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.protocol.models import Arm
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.participants.allocation.given import allocate, arms_in
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

NOISE = 10.0  # points, by the card
CARD = {
    "repeatability": {
        "conditions": {
            "melasma": {
                "face": {"sd": NOISE / (1.96 * 2**0.5), "people": 20, "photos": 60},
                "regions": {},
            }
        }
    }
}
DAYS = {"week-0": 0, "week-4": 28, "week-8": 56}


@dataclass
class Changing:
    """What tests add people to."""

    team: Team
    package: ModelPackage
    arms: list[Arm]
    definitions: dict[str, object] = field(default_factory=dict)

    def person(
        self, severities: dict[str, float | None], *, arm: int | None = None, **fields: object
    ) -> Participant:
        """Somebody with a complete visit for each severity; ``None``: a visit that was missed."""
        site = fields.pop("site", self.team.sg01)
        number = Participant.objects.count() + 1
        person: Participant = ParticipantFactory(
            site=site, code=f"{site.code}-{number:04d}", **fields
        )
        if arm is not None:
            allocate(person, self.arms[arm])
        for code, severity in severities.items():
            visit = self.visit(person, code, "missed" if severity is None else "complete")
            if severity is not None:
                self.score(visit, severity)
        return person

    def visit(self, person: Participant, code: str, state: str) -> Visit:
        definition = self.definitions[code]
        made: Visit = VisitFactory(participant=person, definition=definition, state=state)
        return made

    def score(self, visit: Visit, severity: float | None, **fields: object) -> None:
        photo = PhotoFactory(visit=visit, view=fields.pop("view", "front"))
        package = fields.pop("package", self.package)
        run = RunFactory(photo=photo, package=package, finished_at=NOW)
        graded = {} if severity is not None else {"grade": "", "not_assessable": "Too small."}
        ScoreFactory(run=run, severity=severity, **graded, **fields)


def begun(team: Team) -> Changing:
    """Arms, visits and a model in use; nobody is in it."""
    package = ModelPackageFactory(card=CARD)
    StudyModelFactory(study=team.study, package=package)
    made = Changing(team, package, arms_in(team.study, "SUN", "SHADE"))
    for code, day in DAYS.items():
        made.definitions[code] = VisitDefinitionFactory(
            study=team.study, code=code, name=code.replace("-", " ").title(), day_offset=day
        )
    return made


def filled(made: Changing) -> Changing:
    """Twenty-four people: those in the sun stay as they were, those in the shade fall by twelve."""
    for k in range(24):
        first = 40.0 + k
        drop = 12.0 if k % 2 else 0.5
        after = {"week-4": first - drop + (k % 5), "week-8": first - 2 * drop + (k % 3)}
        made.person({"week-0": first, **after}, arm=k % 2)
    return made
