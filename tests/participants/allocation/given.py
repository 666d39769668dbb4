"""Allocations, as tests start from them."""

from participants.allocation.models import Allocation
from participants.allocation.sealed import Given
from participants.people.models import Participant
from studies.access.models import User
from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Arm, Site, Study
from studies.randomisation.models import Scheme
from studies.randomisation.services import schemes
from tests.factories import NOW
from tests.participants.staff import consent, enrol, publish
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.protocol.factories import ArmFactory


def allocate(participant: Participant, arm: Arm, *, kit: str = "") -> Allocation:
    """The participant in ``arm``, as if by hand."""
    row = Allocation(participant=participant, method=Allocation.Method.HAND, given_at=NOW)
    row.seal(Given(arm.code, kit))
    row.save()
    return row


def arms_in(study: Study, *codes: str) -> list[Arm]:
    """Arms of a study, named after their codes."""
    made: list[Arm] = [
        ArmFactory(study=study, code=code, name=f"{code.title()} arm") for code in codes
    ]
    return made


def person(study: Study, role: str, name: str, site: Site | None = None) -> User:
    """Somebody with this role in the study."""
    user: User = UserFactory(name=name, email=f"{name.lower()}@example.org")
    MembershipFactory(user=user, study=study, role=role, site=site)
    return user


def blinded(study: Study) -> None:
    """The study is blinded from here on."""
    Study.objects.filter(pk=study.pk).update(masking=Study.Masking.BLINDED)
    study.refresh_from_db()


def listed(study: Study, by: User, *, kits: bool = False, **strata: str) -> Scheme:
    """A list in force: site → the arms of its places, as letters, A and B being SUN and SHADE."""
    arms = {"A": "SUN", "B": "SHADE"}
    header = ["arm", "site", *(["kit"] if kits else [])]
    lines = [
        [arms[letter], site, *([f"{site}-{place}"] if kits else [])]
        for site, letters in strata.items()
        for place, letter in enumerate(letters, 1)
    ]
    content = "\n".join(",".join(cells) for cells in [header, *lines]).encode()
    scheme = schemes.upload_list(study=study, content=content, name="list.csv", by=by)
    return schemes.put_in_force(scheme=scheme, by=by)


def ready(site: Site, by: User) -> Participant:
    """Somebody enrolled who has signed."""
    participant = enrol(site, by)
    document = ConsentDocument.objects.filter(study=site.study, state="in_force").first()
    consent(participant, document or publish(site.study), by)
    return participant
