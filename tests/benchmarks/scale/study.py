"""The study that is seeded: its protocol, its people, its models. Needs Django to be set up."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from inference.packages.models import ModelPackage, StudyModel
from studies.access.models import Membership, User
from studies.consent_texts.models import ConsentVersion
from studies.protocol.models import Arm, Site, Study, StudyCondition, VisitDefinition

CODE = "BIG"


@dataclass(frozen=True)
class Seeded:
    """The protocol around the rows."""

    study: Study
    sites: list[Site]
    arms: list[Arm]
    definitions: list[VisitDefinition]
    packages: tuple[ModelPackage, ModelPackage]


@transaction.atomic
def make_study(sites: int, participants: int) -> Seeded:
    """A study like MEL-8, with the people of it, and a second package beside the first."""
    like = Study.objects.get(code="MEL-8")
    now = timezone.now()
    study = Study.objects.create(
        code=CODE,
        title="A study of many scores",
        state="active",
        time_zone=like.time_zone,
        languages=["en"],
    )
    for row in StudyCondition.objects.filter(study=like):
        StudyCondition.objects.create(study=study, condition=row.condition, position=row.position)
    version = ConsentVersion.objects.filter(study=like).order_by("-number")[0]
    texts = list(version.documents.filter(state="in_force"))
    version.pk, version.study = None, study
    version.save(force_insert=True)
    for text in texts:
        text.pk, text.study, text.version = None, study, version
        text.save(force_insert=True)
    arms = [Arm.objects.create(study=study, code=a.code, name=a.name) for a in like.arms.all()]
    definitions = []
    for definition in like.visit_definitions.all():
        definition.pk, definition.study = None, study
        definition.save(force_insert=True)
        definitions.append(definition)
    target = -(-participants // sites)
    places = [
        Site.objects.create(
            study=study,
            code=f"{chr(65 + number // 100)}{number % 100:02d}",
            name=f"Clinic {number}",
            country="SG",
            enrolment_target=target,
            last_participant_number=target,
        )
        for number in range(sites)
    ]
    for held in Membership.objects.filter(study=like, ended_at=None, site=None):
        Membership.objects.create(user=held.user, study=study, role=held.role)
    Membership.objects.create(
        user=site_coordinator(), study=study, site=places[0], role="coordinator"
    )
    first = ModelPackage.objects.order_by("pk")[0]
    conditions = list(first.conditions.all())
    second = ModelPackage.objects.get(pk=first.pk)
    second.pk, second.version, second.sha256 = None, "0.2.9", "f" * 64
    second.save(force_insert=True)
    second.conditions.set(conditions)
    StudyModel.objects.create(study=study, package=second, activated_at=now - timedelta(days=90))
    StudyModel.objects.create(
        study=study, package=first, activated_at=now - timedelta(days=80), primary=True
    )
    return Seeded(study, places, arms, definitions, (first, second))


def manager() -> User:
    """Who may see the whole study."""
    held = Membership.objects.filter(study__code="MEL-8", role="manager", site=None, ended_at=None)
    return held.select_related("user")[0].user


def site_coordinator() -> User:
    """Who sees one site of it."""
    held = Membership.objects.filter(study__code="MEL-8", role="coordinator", ended_at=None)
    return held.exclude(site=None).select_related("user")[0].user
