"""How verification stands, for exports: of some participants at a time, for who may see it."""

from collections.abc import Iterable, Mapping

from participants.people.models import Participant
from participants.verification.parts import ENROLMENT, visit_key
from participants.verification.services.counting import standings_by_part
from participants.verification.services.standing import Standing, plan_of
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import Site, Study


class Verification:
    """The plan of a study and the sites whose verification somebody may see, read once."""

    def __init__(self, study: Study, user: User) -> None:
        sites = Site.objects.visible_to(user, Permission.VERIFICATION_VIEW).filter(study=study)
        self.sites = set(sites.values_list("pk", flat=True))
        self.plan = plan_of(study)

    def of(self, people: Iterable[Participant]) -> dict[int, "Stands"]:
        """Participant's key → how their parts stand; without those whose it is not to be seen."""
        seen = [person for person in people if person.site_id in self.sites]
        found = standings_by_part(seen, self.plan) if seen else {}
        return {key: Stands(parts) for key, parts in found.items()}


class Stands:
    """How the parts of one participant stand, by what an export calls them; empty: no such part."""

    def __init__(self, parts: Mapping[str, Standing]) -> None:
        self.parts = parts

    @property
    def enrolment(self) -> str:
        """Of details and consent."""
        return self.parts.get(ENROLMENT, "")

    def visit(self, code: str) -> str:
        """Of the visit with this code: its day, photos and forms."""
        return self.parts.get(visit_key(code), "")
