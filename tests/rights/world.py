"""A study with something at each site that every address can point to."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from inference.reading.models import Anchor, Case, ReadingStudy, Scale, Seat
from inference.scoring.models import ActivationMap, Rescore, Run
from inference.trials.models import Trial
from participants.answers.models import Alert, SeriousEvent, Submission
from participants.answers.services.contents import Draft
from participants.capture.models import Photo, PhotoCheck
from participants.consent.models import Consent
from participants.consent.services.consents import give_consent
from participants.messaging.models import Message
from participants.people.models import Device, Invitation, Participant
from participants.people.services.identity import IdentityData, keep_identity
from participants.photo_notes.models import PhotoNote
from participants.privacy.models import DataRequest
from participants.privacy.services import data_requests
from participants.queries.models import Query
from participants.scheduling.models import Note
from participants.verification.models import Tick
from participants.verification.parts import version_of
from participants.visits.models import Visit
from studies.access.models import Membership, User
from studies.amendments.models import Amendment
from studies.assignments.models import AlertRule
from studies.consent_texts.models import ConsentDocument
from studies.edit_checks.models import EditCheck
from studies.instruments.models import InstrumentVersion
from studies.members.services.tokens import issue_token
from studies.platform import storage
from studies.protocol.models import Site
from studies.record.models import EditedRow
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.participants.answers.factories import SubmissionFactory
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import DeviceFactory, InvitationFactory, ParticipantFactory
from tests.participants.photo_notes.factories import PhotoNoteFactory
from tests.participants.queries.factories import QueryFactory
from tests.participants.scheduling.factories import NoteFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.amendments.factories import WEEK_12
from tests.studies.assignments.factories import AssignmentFactory
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.instruments.factories import InstrumentFactory, InstrumentVersionFactory
from tests.studies.protocol.factories import (
    ArmFactory,
    EligibilityCriterionFactory,
    VisitDefinitionFactory,
)

# Of forms: tokens, which are masked anew for every answer, and numbers of a sending.
_ONCE = re.compile(
    r"\b(?![0-9a-f]{64})[A-Za-z0-9]{64}\b(?=[\"'&])"
    r"|(?<=name=\"request_id\" value=\")[0-9a-f-]{36}"
)
PEOPLE = ("amina", "budi", "chandra", "dewi", "ewa", "farid")


@dataclass(frozen=True)
class Readings:
    """Reading studies of the team's study, by state, and what belongs to the draft."""

    draft: ReadingStudy
    open: ReadingStudy
    closed: ReadingStudy
    scale: Scale
    anchor: Anchor
    case: Case
    seat: Seat


@dataclass(frozen=True)
class World:
    """What is at SG01, Amina's site; Budi is at KL01, Farid in another study."""

    team: Team
    participant: Participant
    screened: Participant
    photo: Photo
    flagged: Photo
    run: Run
    quarantined: PhotoCheck
    consent: Consent
    invitation: Invitation
    device: Device
    draft: ConsentDocument
    amendment: Amendment
    edited: EditedRow
    instrument: InstrumentVersion
    submission: Submission
    serious: SeriousEvent
    alert: Alert
    membership: Membership
    rescore: Rescore
    trial: Trial
    asked: DataRequest
    message: Message
    note: Note
    photo_note: PhotoNote
    query: Query
    reading: Readings
    drafted: ReadingStudy

    def arguments(self, name: str, pattern: str) -> dict[str, Any]:
        """What the address of this route needs to point at this world."""
        special: dict[str, dict[str, Any]] = {
            "participants:enrol_contact": {"code": self.screened.code},
            "participants:fail_screening": {"code": self.screened.code},
            "participants:consent_copy": {"pk": self.consent.pk},
            "participants:consent_preview": {"pk": self.draft.pk},
            "participants:data_request_act": {"pk": self.asked.pk, "act": "copy-given"},
            "participants:message_retry": {"pk": self.message.pk},
            "participants:link_sheet": {"pk": self.invitation.pk},
            "participants:review_photo": {"photo": self.flagged.pk},
            "participants:revoke_link": {"pk": self.invitation.pk},
            "participants:revoke_phone": {"pk": self.device.pk},
            "participants:strike_note": {"pk": self.note.pk},
            "participants:photo_note_strike": {"pk": self.photo_note.pk},
            "participants:verification_part": {"part": "enrolment"},
            "participants:verification_site": {"site": "SG01"},
            "participants:verification_take_back": {"part": "enrolment"},
            "participants:verify": {"part": "enrolment"},
            "studies:assignment_edit": {"code": "skin"},
            "studies:assignment_end": {"code": "skin"},
            **{
                f"studies:alert_rule{act}": {"code": "skin", "rule": "strong"}
                for act in ("s", "_add", "_edit", "_end")
            },
            "participants:alert_acknowledge": {"pk": self.alert.pk},
            "api:alert": {"pk": self.alert.pk},
            "api:alert_acknowledge": {"pk": self.alert.pk},
            "studies:edit_check_edit": {"code": "much"},
            "studies:edit_check_remove": {"code": "much"},
            "studies:sites_edit": {"code": "SG01"},
            "studies:sites_remove": {"code": "SG01"},
            "studies:arms_edit": {"code": "SUN"},
            "studies:arms_remove": {"code": "SUN"},
            "studies:visits_edit": {"code": "baseline"},
            "studies:visits_remove": {"code": "baseline"},
            "studies:screening_edit": {"code": "adult"},
            "studies:screening_remove": {"code": "adult"},
            "studies:consent_document": {"pk": self.draft.pk},
            "studies:consent_edit": {"pk": self.draft.pk},
            "studies:consent_in_force": {"pk": self.draft.pk},
            "studies:consent_discard": {"pk": self.draft.pk},
            "studies:member_end": {"pk": self.membership.pk},
            "studies:member_mail": {"pk": self.membership.pk},
            "studies:amendment_part": {"code": "baseline"},
            "studies:amendment_drop": {"code": "baseline"},
            "studies:amendment_keep": {"code": "week-12"},
            "studies:amendment_target": {"code": "SG01"},
            "studies:amendment_approve": {"code": "SG01"},
            "studies:amendment_remove_approval": {"code": "SG01"},
            "inference:make_primary": {"pk": self.run.package.pk},
            "inference:deactivate": {"pk": self.run.package.pk},
            "inference:package": {"pk": self.run.package.pk},
            "inference:report": {"pk": self.run.package.pk},
            "inference:rescore_stop": {"pk": self.rescore.pk},
            "inference:retire": {"pk": self.run.package.pk},
            "inference:take_back": {"pk": self.run.package.pk},
            "inference:change_figure": {"figure": "means"},
            "inference:change_file": {"file": "figures"},
            "inference:today_kind": {"kind": "missing"},
            "inference:try": {"pk": self.run.package.pk},
            "inference:readings_file": {"reading": self.reading.closed.code},
            "inference:readings_codebook": {"reading": self.reading.closed.code},
            "api:readings": {"reading": self.reading.closed.code},
            "inference:readings_close": {"reading": self.reading.open.code},
            "inference:readings_reader_remove": {"reading": self.reading.open.code},
            **{
                f"studies:randomisation_{act}": {"pk": 1}
                for act in ("start", "extend", "end", "proof", "file")
            },
            **{
                f"inference:{name}": {"key": uuid.UUID(int=1), "place": 0, "size": "screen"}
                for name in ("read_picture", "read_save", "decide_picture", "decide_save")
            },
            "inference:read_anchor": {"pk": 1},
            **{
                f"inference:reading_{page}": {
                    "reading": self.reading.closed.code,
                    "scale": "melasma",
                    "figure": "coefficients",
                }
                for page in (
                    "results",
                    "results_csv",
                    "figure_svg",
                    "figure_csv",
                    "learning",
                    "train",
                )
            },
            "inference:retry": {"kind": "check", "pk": self.quarantined.pk},
        }
        usual = {
            "study": "MEL-8",
            "code": self.participant.code,
            "visit": "baseline",
            "photo": self.photo.pk,
            "variant": "thumb",
            "run": self.run.pk,
            "condition": "melasma",
            "file": "long",
            "region": "forehead",
            "view": "front",
            "sha256": self.run.package.sha256,
            "trial": self.trial.pk,
            "language": "ta",
            "number": self.amendment.number,
            "row": self.edited.pk,
            "part": "visits",
            "assignment": "skin",
            "question": "itch",
            "place": "baseline",
            "reading": self.reading.draft.code,
            "scale": self.reading.scale.code,
            "anchor": self.reading.anchor.pk,
            "seat": self.reading.seat.number,
            "case": self.reading.case.number,
        }
        if name.partition(":")[2].startswith("instrument"):
            usual |= {"code": self.instrument.instrument.code, "number": self.instrument.number}
        if name.startswith(("inference:read_", "inference:decide", "inference:reading_")) or (
            name == "inference:read"
        ):
            usual |= {"reading": self.drafted.code}
        if name.partition(":")[2].startswith("query"):
            usual |= {"number": self.query.number}
        values = {**usual, **special.get(name, {})}
        return {key: value for key, value in values.items() if f":{key}>" in pattern}


def build(team: Team) -> World:
    """Fill the team's study."""
    team.study.languages = ["en", "ta"]
    team.study.save(update_fields=["languages"])
    ArmFactory(study=team.study, code="SUN")
    EligibilityCriterionFactory(study=team.study, code="adult")
    EditCheck.objects.create(
        study=team.study, code="much", place="skin/itch", when="${itch} = 2", words="So much?"
    )
    baseline = VisitDefinitionFactory(study=team.study, code="baseline", day_offset=0)
    participant = ParticipantFactory(site=team.sg01, code=f"{team.sg01.code}-0001")
    screened = ParticipantFactory(
        site=team.sg01,
        code=f"{team.sg01.code}-0002",
        state=Participant.State.ELIGIBLE,
        enrolled_on=None,
    )
    in_force = ConsentDocumentFactory(study=team.study)
    person = IdentityData(name="Nur Aisyah", phone="+65 8123 4567")
    keep_identity(participant=participant, identity=person, by=team.amina)
    consent = give_consent(
        participant=participant,
        document=in_force,
        document_sha256=in_force.sha256,
        choices={"ai_scoring": True},
        typed_name="Nur Aisyah",
        signature_png=b"",
        by=team.amina,
    )
    visit = VisitFactory(participant=participant, definition=baseline)
    package = ModelPackageFactory()
    StudyModelFactory(study=team.study, package=package)
    name, _digest = storage.store("thumbs", "photo", b"\xff\xd8\xff\xd9", suffix=".jpg")
    photo = PhotoFactory(visit=visit, thumbnail_file=name, upright_file=name, original_file=name)
    run = RunFactory(photo=photo, package=package, cleaned_file=name)
    ScoreFactory(run=run)
    ActivationMap.objects.create(run=run, condition_id="melasma", file=name)
    submission = begun_form(participant, visit, by=team.amina)
    ticked(participant, by=team.ewa)
    return World(
        team=team,
        submission=submission,
        alert=raised_alert(submission),
        serious=SeriousEvent.objects.create(submission=submission, known_at=NOW, due_at=NOW),
        participant=participant,
        screened=screened,
        photo=photo,
        flagged=PhotoFactory(
            visit=visit, view="right", state="held", flags=["repeat_other"], review="waiting"
        ),
        run=run,
        quarantined=PhotoCheck.objects.create(photo=photo, state="quarantined"),
        consent=consent,
        invitation=InvitationFactory(participant=participant),
        device=DeviceFactory(participant=participant),
        asked=data_requests.ask(participant=participant, kind="copy", by=participant),
        draft=ConsentDocumentFactory(
            study=team.study, version="2.0", state="draft", sha256="", in_force_at=None
        ),
        amendment=Amendment.objects.create(
            study=team.study,
            number=2,
            title="Week 12",
            summary="A late effect",
            changes={"visits": {"week-12": WEEK_12}},
        ),
        instrument=InstrumentVersionFactory(instrument=InstrumentFactory(study=team.study)),
        membership=Membership.objects.get(user=team.ewa),
        rescore=Rescore.objects.create(study=team.study, package=package, reason="Amendment 2"),
        message=Message.objects.create(
            participant=participant,
            kind="test",
            planned_for=NOW,
            state="quarantined",
            outcome="failed",
            why="refused",
        ),
        edited=EditedRow.objects.create(
            kind="consent",
            key=str(consent.pk),
            study_code=team.study.code,
            participant_code=participant.code,
            problem="its choices is not what the audit trail tells",
            now="0" * 64,
            found_at=NOW,
            seen_at=NOW,
        ),
        note=NoteFactory(participant=participant, visit=visit, by=team.amina),
        photo_note=PhotoNoteFactory(photo=photo, by=team.amina),
        query=QueryFactory(participant=participant, number=7, raised_by=team.ewa),
        reading=reading_studies(team, photo),
        drafted=drafted_reading(team),
        trial=Trial.objects.create(
            package=package, asked_by=team.dewi, view="front", expires_at=NOW + timedelta(days=3650)
        ),
    )


def reading_studies(team: Team, photo: Photo) -> Readings:
    """One draft with all it can have, one open, one closed; a reader of its own reads them."""
    reader = MembershipFactory(
        user=UserFactory(name="Una", email="una@example.org"),
        study=team.study,
        site=None,
        role="reader",
    ).user
    made = {}
    for state in ReadingStudy.State:
        study = ReadingStudy.objects.create(
            study=team.study,
            code=f"READ-{state.upper()}",
            title="Melasma",
            state=state,
            created_by=team.dewi,
            created_at=NOW,
            opened_at=None if state == "draft" else NOW,
            closed_at=NOW if state == "closed" else None,
        )
        scale = Scale.objects.create(
            reading_study=study,
            number=1,
            code="melasma",
            title="Melasma",
            kind="line",
            primary="icc_2_1",
            condition_id="melasma",
        )
        seat = Seat.objects.create(reading_study=study, user=reader, number=1, added_at=NOW)
        case = Case.objects.create(
            reading_study=study,
            number=1,
            use="training" if state == "draft" else "main",
            participant=photo.visit.participant,
            photo=photo,
            visit="baseline",
            view="front",
            photo_sha256=photo.upright_sha256,
            expected={"melasma": 40} if state == "draft" else None,
        )
        made[state.value] = (study, scale, case, seat)
    draft, scale, case, _seat = made["draft"]
    picture, digest = storage.store("reading-anchors", str(draft.pk), b"picture", suffix=".jpg")
    anchor = Anchor.objects.create(
        scale=scale, value=40, licence="Drawn for this test", file=picture, sha256=digest
    )
    return Readings(draft, made["open"][0], made["closed"][0], scale, anchor, case, made["open"][3])


def drafted_reading(team: Team) -> ReadingStudy:
    """One in which the investigator has a seat; it is not open, so that nobody's rights rest."""
    study = ReadingStudy.objects.create(
        study=team.study, code="READ-1", title="Read", created_by=team.dewi, created_at=NOW
    )
    Seat.objects.create(reading_study=study, user=team.chandra, number=1, added_at=NOW)
    return study


def begun_form(participant: Participant, visit: Visit, *, by: User) -> Submission:
    """A questionnaire asked at ``visit``, of which somebody has saved a draft."""
    study = participant.study
    asked = study.assignments.filter(code="skin").first()
    if asked is None:
        instrument = InstrumentFactory(study=study, code="skin", title="Skin today")
        InstrumentVersionFactory(instrument=instrument, state="published", published_at=NOW)
        asked = AssignmentFactory(instrument=instrument, visits=[visit.definition.code])
    row: Submission = SubmissionFactory(
        participant=participant,
        assignment=asked,
        visit=visit,
        sealed_draft=Draft({"/data/itch": "1"}, []).sealed(participant),
        draft_at=NOW,
        draft_by=by,
    )
    return row


def raised_alert(submission: Submission) -> Alert:
    """An alert about a form, by a rule of its own."""
    rule, _ = AlertRule.objects.get_or_create(
        assignment=submission.assignment,
        code="strong",
        defaults={"expression": "${itch} = 2", "words": "Strong itch", "told": ["coordinator"]},
    )
    alert: Alert = Alert.objects.create(
        rule=rule, submission=submission, revision=1, words=rule.words, raised_at=NOW
    )
    return alert


def ticked(participant: Participant, *, by: User) -> None:
    """One field that agrees with its source, and one that was changed since it was verified."""
    for field in ("details/sex", "consent"):
        version = version_of(participant.sex, []) if field == "details/sex" else "another"
        Tick.objects.create(
            participant=participant,
            part="enrolment",
            field=field,
            version=version,
            by=by,
            at=NOW,
        )


@dataclass(frozen=True)
class Twin:
    """The same things at another place."""

    participant: Participant
    photo: Photo
    run: Run
    message: Message


def add_twin(world: World, site: Site, *, by: User) -> Twin:
    """Somebody at ``site`` with a visit, consent, photos, scores, failures, messages, requests."""
    study = site.study
    participant = ParticipantFactory(site=site, code=f"{site.code}-0001")
    document = study.consent_documents.filter(state="in_force").first()
    document = document or ConsentDocumentFactory(study=study)
    person = IdentityData(name="Tan Wei Ming", phone="+65 8123 9999")
    keep_identity(participant=participant, identity=person, by=by)
    give_consent(
        participant=participant,
        document=document,
        document_sha256=document.sha256,
        choices={"ai_scoring": True},
        typed_name="Tan Wei Ming",
        signature_png=b"",
        by=by,
    )
    baseline = study.visit_definitions.filter(code="baseline").first()
    baseline = baseline or VisitDefinitionFactory(study=study, code="baseline", day_offset=0)
    visit = VisitFactory(
        participant=participant, definition=baseline, state="complete", completed_at=NOW
    )
    raised_alert(begun_form(participant, visit, by=by))
    ticked(participant, by=by)
    photo = PhotoFactory(visit=visit)
    again = world.rescore if study == world.rescore.study else None
    package = world.run.package
    run = RunFactory(photo=photo, package=package, rescore=again, finished_at=NOW)
    ScoreFactory(run=run)
    other = PhotoFactory(visit=visit, view="left")
    RunFactory(photo=other, package=package, state="quarantined")
    PhotoCheck.objects.create(photo=other, state="quarantined")
    PhotoFactory(visit=visit, view="right", state="retake_wanted")
    same = world.flagged.sha256  # found there, and told to nobody who may not see it
    PhotoFactory(visit=visit, view="right", state="held", review="waiting", sha256=same)
    ParticipantFactory(site=site, code=f"{site.code}-0002")  # enrolled, and no consent in force
    InvitationFactory(participant=participant)
    data_requests.ask(participant=participant, kind="copy", by=participant)
    QueryFactory(participant=participant, number=1, text="What was told elsewhere?")
    QueryFactory(participant=participant, number=2, about="photo", photo=photo, field="front")
    message = Message.objects.create(
        participant=participant,
        kind="test",
        planned_for=NOW,
        state="quarantined",
        outcome="failed",
        why="refused",
    )
    return Twin(participant=participant, photo=photo, run=run, message=message)


def routes() -> dict[str, str]:
    """Every named address of ours: name → pattern. allauth's own pages are tested elsewhere."""
    found: dict[str, str] = {}

    def walk(patterns: list[Any], prefix: str, namespace: str) -> None:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                inner = ":".join(filter(None, [namespace, pattern.namespace or ""]))
                walk(pattern.url_patterns, path, inner)
            elif isinstance(pattern, URLPattern) and not path.startswith("accounts/"):
                name = f"{namespace}:{pattern.name}" if namespace else str(pattern.name)
                found[name] = path

    walk(get_resolver().url_patterns, "", "")
    return found


class Visitor:
    """Somebody with a browser, or a program with their key."""

    def __init__(self, person: User | None) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers: dict[str, str] = {}
        if person is not None:
            self.client.force_login(person)
            self.headers = {"Authorization": f"Bearer {issue_token(by=person).key}"}

    def read(self, path: str) -> str:
        """What is answered, without what is new in every answer."""
        if path.startswith("/api/"):
            answer = Client().get(path, headers=self.headers)
        else:
            answer = self.client.get(path)
        body: bytes = answer.getvalue()
        answer.close()
        return f"{answer.status_code} {_ONCE.sub('TOKEN', body.decode(errors='replace'))}"

    def status(self, method: str, path: str) -> int:
        """The status of a request without a body."""
        if path.startswith("/api/"):  # the key alone, no session
            answer = Client().generic(method, path, headers=self.headers)
        else:
            answer = self.client.generic(method, path)
        answer.close()
        return int(answer.status_code)


def address(world: World, name: str, pattern: str) -> str:
    """The address of a route, pointing at this world."""
    return reverse(name, kwargs=world.arguments(name, pattern))
