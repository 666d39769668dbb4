"""Every service that asks for a right: what it is called with, who may, what a refusal names."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from inference.change.services.files import File as ChangeFile
from inference.change.services.files import take_out
from inference.change.services.reading import Asked
from inference.comparison.services import comparison_csv
from inference.dashboards.services.edited import release_row
from inference.dashboards.services.work import retry_all, retry_row, retry_work
from inference.exports.services.exports import File, Filters, export_file
from inference.learning.services.jobs import ask_training
from inference.packages.models import ModelPackage
from inference.packages.services import registry
from inference.packages.services.registry import (
    attach_report,
    register_package,
    register_upload,
    retire,
)
from inference.reading.services import cases, drafting, opening, pictures_kept, scaling, seats
from inference.reading.services import exporting as reading_files
from inference.reading.services.calibrating import admit_reader, repeat_calibration
from inference.results.services.results import ask_results
from inference.scoring.services import rescores, study_models
from participants.allocation.services.by_hand import allocate_by_hand
from participants.allocation.services.randomising import randomise_participant
from participants.allocation.services.unblinding import annotate_allocation, unblind_participant
from participants.answers.services.alerts import acknowledge_alert
from participants.answers.services.correcting import correct, strike
from participants.answers.services.drafts import drop_draft, save_draft
from participants.answers.services.exporting import answers_file, codebook_file
from participants.answers.services.safety import report_event
from participants.answers.services.submitting import submit
from participants.capture.services.photos import receive_photo
from participants.capture.services.retakes import ask_retake, take_back
from participants.consent.services import choices as consent_choices
from participants.consent.services import giving, reading
from participants.consent.services.paper import Signed, record_paper_consent
from participants.correcting.services.completion import undo_completion
from participants.correcting.services.day_0 import correct_day_0
from participants.correcting.services.details import correct_details
from participants.correcting.services.photo_owner import exclude_photo, move_photo
from participants.correcting.services.photos import erase_photo
from participants.correcting.services.screening import correct_screening
from participants.correcting.services.transfer import transfer_participant
from participants.correcting.services.visit_day import correct_visit_day
from participants.correcting.services.withdrawal import undo_withdrawal
from participants.enrolment.services import bulk
from participants.enrolment.services.bulk import import_participants
from participants.enrolment.services.enrolment import (
    complete_participant,
    enrol_participant,
    screen_participant,
)
from participants.enrolment.services.log import log_file
from participants.enrolment.services.prescreening import open_consenting, prescreen_participant
from participants.enrolment.services.screening import (
    answer_checklist,
    fail_screening,
    screen_again,
)
from participants.messaging.services import asking, choices, phones
from participants.messaging.services.log import retry_message
from participants.monitoring.services.flow import flow_file
from participants.people.models import ScreeningAttempt
from participants.people.services import devices, invitations, languages
from participants.people.services.finding import find_participants
from participants.people.services.identity import keep_identity, open_identity
from participants.photo_notes.services import noting
from participants.privacy.services import data_requests
from participants.privacy.services.withdrawal import withdraw
from participants.queries.places import find_place
from participants.queries.services import asking as queries
from participants.queries.services.exporting import queries_codebook, queries_file
from participants.review import services as review
from participants.scheduling.services import moving, notes
from participants.scheduling.services.calling_off import cancel_unscheduled
from participants.scheduling.services.clinic import add_clinic_photo
from participants.scheduling.services.unscheduled import add_unscheduled_visit
from participants.verification.services import ticking
from participants.verification.services.files import ticks_file
from participants.visits.services import plan_visits
from studies.access.permissions import Permission
from studies.amendments.services import drafting as amending
from studies.amendments.services.approving import approve_amendment
from studies.amendments.services.correcting import correct_approval, remove_approval
from studies.amendments.services.restoring import restore_versions
from studies.assignments import services as assignments
from studies.consent_texts import services as consent_texts
from studies.edit_checks import services as edit_checks
from studies.instruments import services as instruments
from studies.instruments.editing import Wanted
from studies.members.services import memberships
from studies.platform.actors import Actor
from studies.platform.errors import Invalid
from studies.protocol.services import studies as study_services
from studies.protocol.services.reminders import edit_reminders
from studies.protocol.services.sites import SITES
from studies.protocol.services.translations import translate_protocol
from studies.protocol.services.verification import set_verification_plan
from studies.protocol_file.services import load_protocol, protocol_of
from studies.randomisation.models import Scheme
from studies.randomisation.services import schemes, showing
from studies.randomisation.services.unblinding import unblind_study
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import StudyModelFactory
from tests.participants.answers.filled import filled
from tests.participants.messaging.reminded import SUBSCRIPTION
from tests.participants.people.factories import ParticipantFactory
from tests.participants.staff import DETAILS, SITI, eligible_answers
from tests.participants.visits.factories import VisitFactory
from tests.rights.world import World

Act = Callable[[World, Actor], Any]


@dataclass(frozen=True)
class Row:
    """A service: what it is called with, who may, and what the refusal has to name."""

    act: Act
    may: str
    permission: str


def _row(may: str, permission: str, act: Act) -> Row:
    return Row(act, may, permission)


class Unread(SimpleUploadedFile):
    """An upload that tells when it is read: before that the right is asked for."""

    def chunks(self, chunk_size: int | None = None) -> Any:
        raise Invalid("It was read.")


def _in_use_alone(world: World) -> ModelPackage:
    """A package with which nothing is scored again: stopping that asks for the right as well."""
    study = world.team.study
    return StudyModelFactory(study=study, package=ModelPackageFactory(), primary=False).package


SERVICES: dict[str, Row] = {
    "screen_participant": _row("A", "participant.enrol", lambda w, by: screen_participant(
        site=w.team.sg01, answers=eligible_answers(w.team.study), details=DETAILS, by=by)),
    "prescreen_participant": _row("A", "participant.enrol", lambda w, by: prescreen_participant(
        site=w.team.sg01, by=by)),
    "open_consenting": _row("A", "participant.enrol", lambda w, by: open_consenting(
        participant=w.screened, identity=SITI, by=by)),
    "answer_checklist": _row("A", "participant.enrol", lambda w, by: answer_checklist(
        participant=w.screened, answers={}, details=DETAILS, by=by)),
    "fail_screening": _row("A", "participant.enrol", lambda w, by: fail_screening(
        participant=w.screened, failure="other", reason="Travels", by=by)),
    "screen_again": _row("A", "participant.enrol", lambda w, by: screen_again(
        participant=w.screened, reason="Is back", by=by)),
    "import_participants": _row("A", "participant.enrol", lambda w, by: import_participants(
        site=w.team.sg01, content=b"external_id\n1\n", by=by, dry_run=True)),
    "_take_some": _row("A", "participant.enrol", lambda w, by: bulk._take_some(
        w.team.sg01, [], {}, by)),
    "repeat_calibration": _row("D", "reading.edit", lambda w, by: repeat_calibration(
        seat=w.drafted.seats.get(), reason="Again", by=by)),
    "admit_reader": _row("D", "reading.edit", lambda w, by: admit_reader(
        seat=w.drafted.seats.get(), reason="Well enough", by=by)),
    "restore_versions": _row("D", "study.edit", lambda w, by: restore_versions(
        study=w.team.study, rows={}, amendments=[], by=by)),
    "record_paper_consent": _row("A", "consent.record", lambda w, by: record_paper_consent(
        participant=w.participant, document=w.consent.document, choices={},
        signed=Signed(on=date(2026, 3, 1), name="Nur"), pages=[], by=by)),
    "screening_log_file": _row("ABCDE", "participant.view", lambda w, by: log_file(
        study=w.team.study, rows=ScreeningAttempt.objects.none(), asked="", by=by)),
    "enrol_participant": _row("A", "participant.enrol", lambda w, by: enrol_participant(
        participant=w.screened, identity=SITI, arm=w.team.study.arms.first(), by=by)),
    "allocate_by_hand": _row("A", "participant.enrol", lambda w, by: allocate_by_hand(
        participant=w.screened, arm=w.team.study.arms.get(), by=by)),
    "randomise_participant": _row("A", "participant.randomise",
        lambda w, by: randomise_participant(participant=w.participant, by=by)),
    "annotate_allocation": _row("A", "participant.randomise", lambda w, by: annotate_allocation(
        participant=w.participant, text="A mistake", by=by)),
    "unblind_participant": _row("", "participant.unblind", lambda w, by: unblind_participant(
        participant=w.participant, reason="An emergency", password="x", by=by)),
    "draft_blocks": _row("", "randomisation.edit", lambda w, by: schemes.draft_blocks(
        study=w.team.study, factors=[], ratio={}, sizes=[], rows=1, by=by)),
    "draft_minimisation": _row("", "randomisation.edit", lambda w, by: schemes.draft_minimisation(
        study=w.team.study, factors=[], ratio={}, probability=0.8, by=by)),
    "try_list": _row("", "randomisation.edit", lambda w, by: schemes.try_list(
        study=w.team.study, content=b"", name="a.csv", by=by)),
    "upload_list": _row("", "randomisation.edit", lambda w, by: schemes.upload_list(
        study=w.team.study, content=b"", name="a.csv", by=by)),
    "put_scheme_in_force": _row("", "randomisation.edit", lambda w, by: schemes.put_in_force(
        scheme=Scheme(study=w.team.study), by=by)),
    "extend_list": _row("", "randomisation.edit", lambda w, by: schemes.extend_list(
        scheme=Scheme(study=w.team.study), rows=1, by=by, reason="More")),
    "end_scheme": _row("", "randomisation.edit", lambda w, by: schemes.end_scheme(
        scheme=Scheme(study=w.team.study), by=by, reason="Over")),
    "show_scheme": _row("", "randomisation.edit", lambda w, by: showing.show_scheme(
        scheme=Scheme(study=w.team.study), by=by)),
    "list_csv": _row("", "randomisation.edit", lambda w, by: showing.list_csv(
        scheme=Scheme(study=w.team.study), by=by)),
    "unblind_study": _row("", "randomisation.edit", lambda w, by: unblind_study(
        study=w.team.study, reason="Locked", by=by)),
    "complete_participant": _row("A", "participant.edit", lambda w, by: complete_participant(
        participant=w.participant, by=by)),
    "correct_details": _row("A", "participant.edit", lambda w, by: correct_details(
        participant=w.participant, details=replace(DETAILS, sex="male"), reason="Misheard",
        by=by)),
    "correct_visit_day": _row("A", "participant.edit", lambda w, by: correct_visit_day(
        visit=w.photo.visit, made_on=date(2026, 3, 1), reason="Misheard", by=by)),
    "cancel_unscheduled": _row("A", "visit.edit", lambda w, by: cancel_unscheduled(
        visit=w.photo.visit, reason="Not needed", by=by)),
    "correct_day_0": _row("A", "participant.edit", lambda w, by: correct_day_0(
        participant=w.participant, day_0=date(2026, 3, 1), reason="Misheard", by=by)),
    "correct_screening": _row("A", "participant.edit", lambda w, by: correct_screening(
        participant=w.participant, answers={"age-in-range": False}, reason="Misheard", by=by)),
    "undo_completion": _row("A", "participant.edit", lambda w, by: undo_completion(
        participant=w.participant, reason="Misheard", by=by)),
    "transfer_participant": _row("A", "participant.edit", lambda w, by: transfer_participant(
        participant=w.participant, site=w.team.kl01, reason="Moved away", by=by)),
    "erase_photo": _row("A", "participant.edit", lambda w, by: erase_photo(
        photo=w.photo, reason="Another person", by=by)),
    "reschedule_visit": _row("A", "visit.edit", lambda w, by: moving.reschedule_visit(
        visit=w.photo.visit, day=date(2026, 3, 4), reason="Away", by=by)),
    "mark_missed": _row("A", "visit.edit", lambda w, by: moving.mark_missed(
        visit=w.photo.visit, reason="Away", by=by)),
    "undo_missed": _row("A", "visit.edit", lambda w, by: moving.undo_missed(
        visit=w.photo.visit, reason="Away", by=by)),
    "add_unscheduled_visit": _row("A", "visit.edit", lambda w, by: add_unscheduled_visit(
        participant=w.participant, day=date(2026, 3, 9), last_day=date(2026, 3, 9),
        views=["front"], reason="A rash", by=by)),
    "add_clinic_photo": _row("A", "photo.add", lambda w, by: add_clinic_photo(
        visit=w.photo.visit, view="left", file=Path(__file__), photo_id=uuid.uuid4(), by=by)),
    "verify_fields": _row("E", "source.verify", lambda w, by: ticking.verify_fields(
        participant=w.participant, part="enrolment", by=by)),
    "take_back_tick": _row("E", "source.verify", lambda w, by: ticking.take_back(
        participant=w.participant, part="enrolment", fields=[], reason="Why", by=by)),
    "ticks_file": _row("ABDE", "verification.view", lambda w, by: ticks_file(
        study=w.team.study, by=by)),
    "flow_file": _row("ABDE", "monitoring.view", lambda w, by: flow_file(
        study=w.team.study, by=by)),
    "set_verification_plan": _row("D", "study.edit", lambda w, by: set_verification_plan(
        study=w.team.study, fields=["all"], reason="Why", by=by)),
    "add_note": _row("A", "participant.edit", lambda w, by: notes.add_note(
        participant=w.participant, text="Sunburnt", request_id=uuid.uuid4(), by=by)),
    "strike_note": _row("A", "participant.edit", lambda w, by: notes.strike_note(
        note=w.note, reason="Another participant", by=by)),
    "send_reminder": _row("A", "invitation.edit", lambda w, by: asking.send_reminder(
        participant=w.participant, by=by)),
    "send_link": _row("A", "invitation.edit", lambda w, by: asking.send_link(
        participant=w.participant, by=by)),
    "exclude_photo": _row("A", "participant.edit", lambda w, by: exclude_photo(
        photo=w.photo, reason="Another person", by=by)),
    "move_photo": _row("A", "participant.edit", lambda w, by: move_photo(
        photo=w.photo, to=w.photo.visit, reason="Another person", by=by)),
    "move_photo to another site": _row("", "participant.edit", lambda w, by: move_photo(
        photo=w.photo, to=VisitFactory(
            participant=ParticipantFactory(site=w.team.kl01, code="KL01-0077"),
            definition=w.photo.visit.definition), reason="Another person", by=by)),
    "undo_withdrawal": _row("A", "participant.edit", lambda w, by: undo_withdrawal(
        participant=w.participant, reason="Misheard", by=by)),
    "find_participants": _row("ABCDE", "participant.view", lambda w, by: find_participants(
        study=w.team.study, text="SG01", by=by)),
    "keep_identity": _row("A", "identity.view", lambda w, by: keep_identity(
        participant=w.participant, identity=SITI, by=by)),
    "plan_visits": _row("A", "visit.edit", lambda w, by: plan_visits(
        participant=w.participant, by=by)),
    "issue": _row("A", "invitation.edit", lambda w, by: invitations.issue(
        participant=w.participant, by=by)),
    "revoke": _row("A", "invitation.edit", lambda w, by: invitations.revoke(
        invitation=w.invitation, by=by)),
    "revoke_device": _row("AS", "invitation.edit", lambda w, by: devices.revoke(
        device=w.device, by=by)),
    "withdraw": _row("AS", "consent.record", lambda w, by: withdraw(
        participant=w.participant, reason="Moved away", by=by)),
    "open_copy": _row("AS", "identity.view", lambda w, by: giving.open_copy(
        consent=w.consent, by=by)),
    "choose_language": _row("AS", "participant.edit", lambda w, by: languages.choose_language(
        participant=w.participant, language="ta", by=by)),
    "ask": _row("AS", "data_request.edit", lambda w, by: data_requests.ask(
        participant=w.participant, kind="stop", reason="A call", by=by)),
    "answer_copy": _row("A", "data_request.edit", lambda w, by: data_requests.answer_copy(
        request=w.asked, given=True, by=by)),
    "carry_out_now": _row("A", "data_request.edit", lambda w, by: data_requests.carry_out_now(
        request=w.asked, by=by)),
    "take_back": _row("AS", "data_request.edit", lambda w, by: data_requests.take_back(
        request=w.asked, reason="A call", by=by)),
    "retry": _row("A", "data_request.edit", lambda w, by: data_requests.retry(
        request=w.asked, by=by)),
    "receive_photo": _row("AS", "photo.add", lambda w, by: receive_photo(
        visit=w.photo.visit, view="left", content=b"x", sha256="0" * 64, photo_id=uuid.uuid4(),
        by=by)),
    "ask_retake": _row("ACD", "photo.review", lambda w, by: ask_retake(
        photo=w.photo, reason_code="blurred", by=by)),
    "accept_photo": _row("ACD", "photo.review", lambda w, by: review.accept_photo(
        photo=w.flagged, by=by)),
    "turn_down": _row("ACD", "photo.review", lambda w, by: review.turn_down(
        photo=w.flagged, reason_code="repeat", by=by)),
    "take_back_photo": _row("ACD", "photo.review", lambda w, by: take_back(
        photo=w.photo, reason="A mistake", by=by)),
    "retry_message": _row("AD", "work.retry", lambda w, by: retry_message(
        message=w.message, by=by)),
    "retry_work": _row("AD", "work.retry", lambda w, by: retry_work(row=w.quarantined, by=by)),
    "edit_reminders": _row("D", "study.edit", lambda w, by: edit_reminders(
        study=w.team.study, max_per_week=2, reason="Fewer", by=by)),
    "edit_study": _row("D", "study.edit", lambda w, by: study_services.edit_study(
        study=w.team.study, title="Another", reason="Typo", by=by)),
    "set_conditions": _row("D", "study.edit", lambda w, by: study_services.set_conditions(
        study=w.team.study, conditions=["melasma"], reason="Fewer", by=by)),
    "close_study": _row("D", "study.edit", lambda w, by: study_services.close_study(
        study=w.team.study, reason="Over", by=by)),
    "activate_study": _row("D", "study.edit", lambda w, by: study_services.activate_study(
        study=w.team.study, reason="On", by=by)),
    "add_site": _row("D", "study.edit", lambda w, by: SITES.add(
        study=w.team.study, by=by, reason="More", code="JB01", name="Johor", country="MY")),
    "remove_site": _row("D", "study.edit", lambda w, by: SITES.remove(
        w.team.kl01, by=by, reason="Fewer")),
    "translate_protocol": _row("D", "study.edit", lambda w, by: translate_protocol(
        study=w.team.study, language="ta", title="", visits={}, reason="Words", by=by)),
    "draft_amendment": _row("D", "study.edit", lambda w, by: amending.draft_amendment(
        study=w.team.study, title="Another", summary="More", by=by)),
    "edit_amendment": _row("D", "study.edit", lambda w, by: amending.edit_amendment(
        amendment=w.amendment, title="Another", by=by)),
    "change_part": _row("D", "study.edit", lambda w, by: amending.change_part(
        amendment=w.amendment, part="visits", code="week-12", values=None, by=by)),
    "keep_part": _row("D", "study.edit", lambda w, by: amending.keep_part(
        amendment=w.amendment, part="visits", code="week-12", by=by)),
    "change_target": _row("D", "study.edit", lambda w, by: amending.change_target(
        amendment=w.amendment, site=w.team.sg01, target=5, by=by)),
    "change_conditions": _row("D", "study.edit", lambda w, by: amending.change_conditions(
        amendment=w.amendment, conditions=["melasma"], by=by)),
    "submit_amendment": _row("D", "study.edit", lambda w, by: amending.submit_amendment(
        amendment=w.amendment, by=by)),
    "reopen_amendment": _row("D", "study.edit", lambda w, by: amending.reopen_amendment(
        amendment=w.amendment, by=by)),
    "hold_consent": _row("D", "study.edit", lambda w, by: amending.hold_consent(
        amendment=w.amendment, version=w.draft.version, by=by)),
    "discard_amendment": _row("D", "study.edit", lambda w, by: amending.discard_amendment(
        amendment=w.amendment, by=by)),
    "approve_amendment": _row("D", "amendment.approve", lambda w, by: approve_amendment(
        amendment=w.amendment, site=w.team.sg01, approved_on=date(2026, 3, 2),
        effective_on=date(2026, 3, 2), by=by)),
    "correct_approval": _row("D", "amendment.approve", lambda w, by: correct_approval(
        amendment=w.amendment, site=w.team.sg01, approved_on=date(2026, 3, 2),
        effective_on=date(2026, 3, 2), reason="Typed wrong", by=by)),
    "remove_approval": _row("D", "amendment.approve", lambda w, by: remove_approval(
        amendment=w.amendment, site=w.team.sg01, reason="Another site's", by=by)),
    "draft_document": _row("D", "study.edit", lambda w, by: consent_texts.draft_document(
        study=w.team.study, version="9.0", by=by)),
    "edit_draft": _row("D", "study.edit", lambda w, by: consent_texts.edit_draft(
        document=w.draft, title="Another", by=by)),
    "discard_draft": _row("D", "study.edit", lambda w, by: consent_texts.discard_draft(
        document=w.draft, by=by)),
    "import_instrument": _row("CD", "instrument.edit", lambda w, by: instruments.import_file(
        study=w.team.study, name="a.txt", data=b"", by=by)),
    "publish_instrument": _row("CD", "instrument.edit", lambda w, by: instruments.publish_version(
        version=w.instrument, by=by)),
    "draft_from": _row("CD", "instrument.edit", lambda w, by: instruments.draft_from(
        version=w.instrument, by=by)),
    "change_question": _row("CD", "instrument.edit", lambda w, by: instruments.change_question(
        version=w.instrument, name="itch", wanted=Wanted({"default": "Itch?"}), by=by)),
    "move_question": _row("CD", "instrument.edit", lambda w, by: instruments.move_question(
        version=w.instrument, name="itch", up=False, by=by)),
    "add_language": _row("CD", "instrument.edit", lambda w, by: instruments.add_language(
        version=w.instrument, language="ไทย (th)", by=by)),
    "discard_instrument": _row("CD", "instrument.edit", lambda w, by: instruments.discard_draft(
        version=w.instrument, by=by)),
    "end_membership": _row("D", "members.edit", lambda w, by: memberships.end_membership(
        membership=w.membership, reason="Left", by=by)),
    "start_rescore": _row("D", "model.activate", lambda w, by: rescores.start_rescore(
        study=w.team.study, package=w.run.package, reason="Again", by=by)),
    "stop_rescore": _row("D", "model.activate", lambda w, by: rescores.stop_rescore(
        rescore=w.rescore, by=by)),
    "deactivate": _row("D", "model.activate", lambda w, by: study_models.deactivate(
        study=w.team.study, package=_in_use_alone(w), reason="Old", by=by)),
    "activate": _row("D", "model.activate", lambda w, by: study_models.activate(
        study=w.team.study, package=w.run.package, reason="New", by=by)),
    "make_primary": _row("D", "model.activate", lambda w, by: study_models.make_primary(
        study=w.team.study, package=w.run.package, reason="New", by=by)),
    "put_in_force": _row("D", "study.edit", lambda w, by: consent_texts.put_in_force(
        document=w.draft, by=by)),
    "edit_site": _row("D", "study.edit", lambda w, by: SITES.edit(
        w.team.kl01, by=by, reason="Moved", name="Kuala Lumpur")),
    "load_protocol": _row("D", "study.edit", lambda w, by: load_protocol(
        protocol=protocol_of(w.team.study), by=by)),
    "add_member": _row("D", "members.edit", lambda w, by: memberships.add_member(
        study=w.team.study, site=w.team.sg01, email="gita@example.org", role="monitor",
        name="Gita", by=by)),
    "send_welcome_again": _row("D", "members.edit", lambda w, by: memberships.send_welcome_again(
        membership=w.membership, by=by)),
    "give_consent": _row("AS", "consent.record", lambda w, by: giving.give_consent(
        participant=w.participant, document=w.consent.document, document_sha256="", choices={},
        typed_name="Nur", signature_png=b"", by=by)),
    "open_identity": _row("A", "identity.view", lambda w, by: open_identity(
        participant=w.participant, by=by)),
    "retry_row": _row("AD", "work.retry", lambda w, by: retry_row(
        row=w.quarantined, study=w.team.study, participant=w.participant, by=by)),
    "release_row": _row("D", "study.edit", lambda w, by: release_row(
        study=w.team.study, row=w.edited, reason="Checked", by=by)),
    "retry_all": _row("ABD", "work.retry", lambda w, by: retry_all(study=w.team.study, by=by)),
    "export_file": _row("CD", "export", lambda w, by: export_file(
        study=w.team.study, file=File.LONG, filters=Filters(), by=by)),
    "take_out": _row("CD", "export", lambda w, by: take_out(
        asked=Asked(w.team.study, by, "melasma", "face", "front", permission=Permission.EXPORT),
        file=ChangeFile.FIGURES)),
    "comparison_csv": _row("CD", "export", lambda w, by: comparison_csv(
        study=w.team.study, first=w.run.package, second=w.run.package, by=by)),
    "ask_results": _row("CD", "reading.view", lambda w, by: ask_results(
        study=w.reading.closed, by=by)),
    "ask_training": _row("D", "model.activate", lambda w, by: ask_training(
        reading=w.reading.closed, choice="future_research", terms="x", by=by)),
    "register_package": _row("DF", "Model packages are registered", lambda w, by: register_package(
        path=Path(__file__), by=by)),
    "register_upload": _row("DF", "Model packages are registered", lambda w, by: register_upload(
        upload=Unread("a.onnx", b"x"), by=by)),
    "attach_report": _row("DF", "Model packages are registered", lambda w, by: attach_report(
        package=w.run.package, report={}, by=by)),
    "retire": _row("", "Packages are retired", lambda w, by: retire(
        package=w.run.package, reason="Old", by=by)),
    "take_back_package": _row("", "Packages are retired", lambda w, by: registry.take_back(
        package=w.run.package, reason="Misheard", by=by)),
    "assign": _row("D", "study.edit", lambda w, by: assignments.assign(
        study=w.team.study, by=by, instrument=w.instrument.instrument, code="again")),
    "change_assignment": _row("D", "study.edit", lambda w, by: assignments.change_assignment(
        assignment=w.submission.assignment, by=by, required=True, reason="Why")),
    "end_assignment": _row("D", "study.edit", lambda w, by: assignments.end_assignment(
        assignment=w.submission.assignment, by=by, reason="Why")),
    "add_alert_rule": _row("D", "study.edit", lambda w, by: assignments.add_alert_rule(
        assignment=w.submission.assignment, by=by, code="again", expression="${itch} = 2",
        words="Much", told=["coordinator"], reason="Why")),
    "change_alert_rule": _row("D", "study.edit", lambda w, by: assignments.change_alert_rule(
        rule=w.alert.rule, by=by, words="Very much", reason="Why")),
    "remove_alert_rule": _row("D", "study.edit", lambda w, by: assignments.remove_alert_rule(
        rule=w.alert.rule, by=by, reason="Why")),
    "try_rule": _row("D", "study.edit", lambda w, by: assignments.try_rule(
        assignment=w.submission.assignment, expression="nothing", answers={}, by=by)),
    "acknowledge_alert": _row("AD", "alert.acknowledge", lambda w, by: acknowledge_alert(
        alert=w.alert, note="Called", by=by)),
    "answers_file": _row("CD", "export", lambda w, by: answers_file(
        study=w.team.study, assignment=w.submission.assignment, by=by)),
    "codebook_file": _row("CD", "export", lambda w, by: codebook_file(
        study=w.team.study, assignment=w.submission.assignment, by=by)),
    "add_check": _row("D", "study.edit", lambda w, by: edit_checks.add_check(
        study=w.team.study, code="more", place="skin/itch", when="${itch} = 1", words="So?",
        reason="Why", by=by)),
    "change_check": _row("D", "study.edit", lambda w, by: edit_checks.change_check(
        check=w.team.study.edit_checks.get(), words="Really?", reason="Why", by=by)),
    "remove_check": _row("D", "study.edit", lambda w, by: edit_checks.remove_check(
        check=w.team.study.edit_checks.get(), reason="Why", by=by)),
    "add_photo_note": _row("ACDE", "query.raise", lambda w, by: noting.add_photo_note(
        photo=w.photo, region="0,0,0,0", text="A mole", request_id=uuid.uuid4(), by=by)),
    "strike_photo_note": _row("ACDE", "query.raise", lambda w, by: noting.strike_photo_note(
        note=w.photo_note, reason="A shadow", by=by)),
    "raise_query": _row("ACDE", "query.raise", lambda w, by: queries.raise_query(
        place=find_place(w.participant, about="detail", field="sex", by=w.team.ewa),
        text="Right?", by=by)),
    "answer_query": _row("A", "query.answer", lambda w, by: queries.answer_query(
        query=w.query, text="Yes", by=by)),
    "close_query": _row("DE", "query.close", lambda w, by: queries.close_query(
        query=w.query, text="Done", by=by)),
    "reopen_query": _row("DE", "query.close", lambda w, by: queries.reopen_query(
        query=w.query, text="Again", by=by)),
    "queries_file": _row("CD", "export", lambda w, by: queries_file(
        study=w.team.study, by=by)),
    "queries_codebook": _row("CD", "export", lambda w, by: queries_codebook(
        study=w.team.study, by=by)),
    "readings_file": _row("CD", "export", lambda w, by: reading_files.readings_file(
        study=w.reading.closed, by=by)),
    "readings_codebook": _row("CD", "export", lambda w, by: reading_files.readings_codebook(
        study=w.reading.closed, by=by)),
    "create_reading_study": _row("D", "reading.edit", lambda w, by: drafting.create_reading_study(
        study=w.team.study, code="READ-9", title="Again", by=by)),
    "edit_reading_study": _row("D", "reading.edit", lambda w, by: drafting.edit_reading_study(
        study=w.reading.draft, title="Again", by=by)),
    "delete_reading_study": _row("D", "reading.edit", lambda w, by: drafting.delete_reading_study(
        study=w.reading.draft, by=by)),
    "open_reading_study": _row("D", "reading.edit", lambda w, by: opening.open_reading_study(
        study=w.reading.draft, by=by)),
    "close_reading_study": _row("D", "reading.edit", lambda w, by: opening.close_reading_study(
        study=w.reading.open, by=by)),
    "add_reader": _row("D", "reading.edit", lambda w, by: seats.add_reader(
        study=w.reading.draft, user=w.team.chandra, by=by)),
    "remove_reader": _row("D", "reading.edit", lambda w, by: seats.remove_reader(
        seat=w.reading.seat, reason="Ill", by=by)),
    "add_scale": _row("D", "reading.edit", lambda w, by: scaling.add_scale(
        study=w.reading.draft, template="line", by=by)),
    "edit_scale": _row("D", "reading.edit", lambda w, by: scaling.edit_scale(
        scale=w.reading.scale, title="Again", by=by)),
    "set_scales": _row("D", "reading.edit", lambda w, by: scaling.set_scales(
        study=w.reading.draft, scales=[], by=by)),
    "move_scale": _row("D", "reading.edit", lambda w, by: scaling.move_scale(
        scale=w.reading.scale, up=True, by=by)),
    "remove_scale": _row("D", "reading.edit", lambda w, by: scaling.remove_scale(
        scale=w.reading.scale, by=by)),
    "add_anchor": _row("D", "reading.edit", lambda w, by: pictures_kept.add_anchor(
        scale=w.reading.scale, value=1, licence="Ours", upload=Unread("a.jpg", b""), by=by)),
    "remove_anchor": _row("D", "reading.edit", lambda w, by: pictures_kept.remove_anchor(
        anchor=w.reading.anchor, by=by)),
    "add_case": _row("D", "reading.edit", lambda w, by: cases.add_case(
        study=w.reading.draft, photo=w.photo, use="training", expected={}, by=by)),
    "edit_case": _row("D", "reading.edit", lambda w, by: cases.edit_case(
        case=w.reading.case, expected={}, feedback="", by=by)),
    "remove_case": _row("D", "reading.edit", lambda w, by: cases.remove_case(
        case=w.reading.case, by=by)),
    "report_event": _row("A", "answer.edit", lambda w, by: report_event(
        event=w.serious, by=by)),
    "submit": _row("AS", "answer.edit", lambda w, by: submit(
        participant=w.participant, assignment=w.submission.assignment, place="baseline",
        filled=filled("<no form"), by=by)),
    "save_draft": _row("A", "answer.edit", lambda w, by: save_draft(
        participant=w.participant, assignment=w.submission.assignment, place="baseline",
        values={}, repeats=[], by=by)),
    "drop_draft": _row("A", "answer.edit", lambda w, by: drop_draft(
        submission=w.submission, by=by)),
    "correct": _row("A", "answer.edit", lambda w, by: correct(
        submission=w.submission, filled=filled("<no form"), reason="", by=by)),
    "strike": _row("A", "answer.edit", lambda w, by: strike(
        submission=w.submission, reason="Why", by=by)),
    "answer_check": _row("S", "self", lambda w, by: reading.answer_check(
        participant=w.participant, document=w.consent.document, number=1, option=1, by=by)),
    "subscribe": _row("S", "self", lambda w, by: phones.subscribe(
        participant=w.participant, by=by, **SUBSCRIPTION)),
    "unsubscribe": _row("S", "self", lambda w, by: phones.unsubscribe(
        participant=w.participant, endpoint="https://web.push.apple.com/x", by=by)),
    "choose": _row("S", "self", lambda w, by: choices.choose(
        participant=w.participant, on=["email"], first="email", quiet=None, time_zone="", by=by)),
    "new_feed": _row("S", "self", lambda w, by: choices.new_feed(
        participant=w.participant, by=by)),
    "switch_off": _row("S", "self", lambda w, by: choices.switch_off(
        participant=w.participant, channel="email", by=by)),
    "remind_later": _row("S", "self", lambda w, by: choices.remind_later(
        participant=w.participant, choice="hour", by=by)),
    "forget_later": _row("S", "self", lambda w, by: choices.forget_later(
        participant=w.participant, by=by)),
    "send_test": _row("S", "self", lambda w, by: choices.send_test(
        participant=w.participant, channel="email", by=by)),
    "change_choices": _row("S", "self", lambda w, by: consent_choices.change_choices(
        participant=w.participant, choices={"ai_scoring": False}, by=by)),
}  # fmt: skip
