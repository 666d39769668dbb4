"""One factory per model, with values a coordinator would recognise."""

import hashlib
import uuid
from datetime import UTC, date, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from inference.packages.models import ModelPackage, StudyModel
from inference.scoring.models import Run, Score
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.people.models import Invitation, Participant
from participants.visits.models import Visit
from studies.access.models import Membership, User
from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Arm, EligibilityCriterion, Site, Study, VisitDefinition

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "a long enough passphrase"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda u: f"{u.name.split()[0].lower()}{id(u)}@example.org")
    password = factory.django.Password(PASSWORD)


class StudyFactory(DjangoModelFactory):
    class Meta:
        model = Study

    code = factory.Sequence(lambda n: f"MEL-{n}")
    title = "Melasma over eight weeks"
    state = Study.State.ACTIVE
    time_zone = "Asia/Singapore"
    languages = ["en"]


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"SG{n % 100:02d}")
    name = "Singapore General Clinic"
    country = "SG"
    enrolment_target = 10


class ArmFactory(DjangoModelFactory):
    class Meta:
        model = Arm

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"ARM-{n}")
    name = "Daily sunscreen"


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    study = factory.SubFactory(StudyFactory)
    site = None
    role = "manager"


class EligibilityCriterionFactory(DjangoModelFactory):
    class Meta:
        model = EligibilityCriterion

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"criterion-{n}")
    kind = "inclusion"
    text = "Melasma diagnosed by a dermatologist"


class VisitDefinitionFactory(DjangoModelFactory):
    class Meta:
        model = VisitDefinition

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"week-{n}")
    name = factory.LazyAttribute(lambda v: v.code.replace("-", " ").title())
    day_offset = factory.Sequence(lambda n: 7 * n)
    window_before = 2
    window_after = 3
    views = ["front", "left", "right"]


class ConsentDocumentFactory(DjangoModelFactory):
    class Meta:
        model = ConsentDocument

    study = factory.SubFactory(StudyFactory)
    language = "en"
    version = "1.0"
    title = "Taking part in the melasma study"
    body = "# What happens\n\nYou send photos of your face at five visits."
    choices = [
        {"code": "ai_scoring", "text": "Software may score my photos.", "required": True},
        {"code": "future_research", "text": "Later research may use them.", "required": False},
        {"code": "publication", "text": "Publications may show them.", "required": False},
    ]
    state = ConsentDocument.State.IN_FORCE
    in_force_at = NOW
    sha256 = factory.LazyAttribute(lambda d: sha256(d.title + d.version))


class ParticipantFactory(DjangoModelFactory):
    class Meta:
        model = Participant

    study = factory.SelfAttribute("site.study")
    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"SG01-9{n:03d}")  # none that the service would give
    state = Participant.State.ENROLLED
    year_of_birth = 1986
    sex = "female"
    ethnicity = "malay"
    fitzpatrick = 4
    monk_tone = 6
    screened_at = NOW
    enrolled_on = date(2026, 3, 2)


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    participant = factory.SubFactory(ParticipantFactory)
    document = factory.SubFactory(
        ConsentDocumentFactory, study=factory.SelfAttribute("..participant.study")
    )
    document_sha256 = factory.SelfAttribute("document.sha256")
    choices = {"ai_scoring": True, "future_research": False, "publication": False}
    sealed_name = b"sealed"
    signature_file = "consents/x/signature.png"
    pdf_file = "consents/x/consent.pdf"
    pdf_sha256 = sha256("pdf")
    given_at = NOW


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    participant = factory.SubFactory(ParticipantFactory)
    token_sha256 = factory.Sequence(lambda n: sha256(f"token {n}"))
    created_by = factory.SubFactory(UserFactory)
    created_at = NOW
    expires_at = NOW + timedelta(days=3650)


class VisitFactory(DjangoModelFactory):
    class Meta:
        model = Visit

    participant = factory.SubFactory(ParticipantFactory)
    definition = factory.SubFactory(
        VisitDefinitionFactory, study=factory.SelfAttribute("..participant.study")
    )
    state = Visit.State.DUE
    scheduled_on = date(2026, 3, 2)
    opens_on = date(2026, 3, 1)
    closes_on = date(2026, 3, 5)


class PhotoFactory(DjangoModelFactory):
    class Meta:
        model = Photo

    id = factory.LazyFunction(uuid.uuid4)
    visit = factory.SubFactory(VisitFactory)
    view = "front"
    state = Photo.State.ACCEPTED
    original_file = factory.LazyAttribute(lambda p: f"originals/{p.id}/{p.sha256}.jpg")
    sha256 = factory.LazyAttribute(lambda p: sha256(str(p.id)))
    size = 1000
    received_at = NOW


class ModelPackageFactory(DjangoModelFactory):
    class Meta:
        model = ModelPackage

    name = "gsh-test"
    version = factory.Sequence(lambda n: f"1.0.{n}")
    sha256 = factory.LazyAttribute(lambda p: sha256(p.name + p.version))
    file = "packages/x/model.onnx"
    size = 1000
    card = factory.LazyFunction(dict)
    recipe = "none@1"
    demonstrator = True
    registered_at = NOW


class StudyModelFactory(DjangoModelFactory):
    class Meta:
        model = StudyModel

    study = factory.SubFactory(StudyFactory)
    package = factory.SubFactory(ModelPackageFactory)
    activated_at = NOW


class RunFactory(DjangoModelFactory):
    class Meta:
        model = Run

    photo = factory.SubFactory(PhotoFactory)
    package = factory.SubFactory(ModelPackageFactory)
    recipe = "none@1"
    recipe_sha256 = sha256("none@1")
    model_sha256 = factory.SelfAttribute("package.sha256")
    photo_sha256 = factory.SelfAttribute("photo.sha256")
    state = "done"
    runtime = "onnxruntime 1.32.0"


class ScoreFactory(DjangoModelFactory):
    class Meta:
        model = Score

    run = factory.SubFactory(RunFactory)
    condition_id = "melasma"
    region = "face"
    grade = "mild"
    severity = 33.0
    probabilities = {"none": 0.2, "mild": 0.6, "moderate": 0.2, "severe": 0.0}
