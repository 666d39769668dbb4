"""Every address × method × person: who may, who is refused, and how.

The table below is written by hand, apart from the code's own table of rights. An address that is
missing here fails the test, so nobody adds a page without saying whom it is for.
"""

from dataclasses import dataclass

import pytest
from django.db import transaction

from tests.conftest import Team
from tests.rights.world import PEOPLE, Visitor, World, address, build, routes

# Amina coordinates SG01, where everything addressed here is; Budi coordinates KL01; Chandra
# investigates, Dewi manages, Ewa monitors; Farid manages another study.
LETTERS = {person[0].upper(): person for person in PEOPLE}

STUDY = """
inference:activate POST D
inference:change GET ABCDE
inference:change_figure GET ABCDE
inference:change_file GET CD
inference:change_script GET CD
inference:compare GET ABCDE
inference:compare_file GET CD
inference:deactivate POST D
inference:export GET CD
inference:export_file GET CD
inference:live GET ABCDE
inference:make_primary POST D
inference:models GET ABCDE
inference:overview GET ABCDE
inference:readings GET CD
inference:readings_study GET CD
inference:readings_anchor GET CD
inference:readings_examples GET D
inference:readings_file GET CD
inference:readings_codebook GET CD
inference:readings_new GET D
inference:readings_new POST D
inference:readings_edit GET D
inference:readings_edit POST D
inference:readings_open GET D
inference:readings_open POST D
inference:readings_close GET D
inference:readings_close POST D
inference:readings_delete GET D
inference:readings_delete POST D
inference:readings_readers GET D
inference:readings_readers POST D
inference:readings_reader_remove GET D
inference:readings_reader_remove POST D
inference:readings_scale_add GET D
inference:readings_scale_add POST D
inference:readings_scale GET D
inference:readings_scale POST D
inference:readings_scale_remove GET D
inference:readings_scale_remove POST D
inference:readings_anchor_add GET D
inference:readings_anchor_add POST D
inference:readings_example_add GET D
inference:readings_example_add POST D
inference:readings_example GET D
inference:readings_example POST D
inference:readings_scale_move POST D
inference:readings_anchor_remove POST D
inference:readings_example_remove POST D
inference:reading_figure_csv GET CD
inference:reading_figure_svg GET CD
inference:reading_learning GET CD
inference:reading_results GET CD
inference:reading_results_csv GET CD
inference:reading_train POST D
inference:rescore POST D
inference:rescore_stop POST D
inference:rescores GET ABCDE
inference:retry_all POST ABD
inference:today GET ABCDE
inference:today_kind GET ABCDE
inference:work GET ABCDE
inference:my_reading GET C
inference:reading_calibration POST D
inference:read GET C
inference:read_next GET C
inference:read_picture GET C
inference:read_anchor GET C
inference:read_save POST C
inference:read_undo POST C
inference:decide GET C
inference:decide_picture GET C
inference:decide_claim POST C
inference:decide_save POST C
inference:release_row GET D
inference:release_row POST D
participants:answers_codebook GET CD
participants:answers_file GET CD
participants:board GET ABCDE
participants:schedule_act POST AB
participants:schedule_report GET AB
participants:week GET ABCDE
participants:consent_preview GET ABCDE
participants:data_requests GET ABDE
participants:deviations GET ABDE
participants:deviations_entered GET ABDE
participants:flow_file GET ABDE
participants:flow_people GET ABDE
participants:flow_svg GET ABDE
participants:monitoring GET ABDE
participants:verification_file GET ABDE
participants:verification_plan GET D
participants:verification_plan POST D
participants:verification_take_back POST E
participants:verify POST E
participants:enrol GET AB
participants:enrol POST AB
participants:import GET AB
participants:import POST AB
participants:prescreen GET AB
participants:prescreen POST AB
participants:screening_log GET ABCDE
participants:screening_log_file GET ABCDE
participants:find GET ABCDE
participants:find POST ABCDE
participants:list GET ABCDE
participants:messages GET ABDE
participants:photo_review GET ABCD
participants:queries GET ABCDE
participants:queries_codebook GET CD
participants:queries_file GET CD
participants:photos GET ABCDE
studies:activate GET D
studies:activate POST D
studies:amendments GET ABCDE
studies:amendment GET ABCDE
studies:amendment_add GET D
studies:amendment_add POST D
studies:amendment_edit GET D
studies:amendment_edit POST D
studies:amendment_conditions GET D
studies:amendment_conditions POST D
studies:amendment_target GET D
studies:amendment_target POST D
studies:amendment_part_add GET D
studies:amendment_part_add POST D
studies:amendment_part GET D
studies:amendment_part POST D
studies:amendment_drop GET D
studies:amendment_drop POST D
studies:amendment_keep POST D
studies:amendment_submit POST D
studies:amendment_reopen POST D
studies:amendment_discard POST D
studies:amendment_hold_consent POST D
studies:amendment_approve GET D
studies:amendment_approve POST D
studies:amendment_remove_approval GET D
studies:amendment_remove_approval POST D
studies:arms_add GET D
studies:arms_add POST D
studies:arms_edit GET D
studies:arms_edit POST D
studies:arms_remove GET D
studies:arms_remove POST D
studies:assignments GET ABCDE
studies:assignment_add GET D
studies:assignment_add POST D
studies:assignment_edit GET D
studies:assignment_edit POST D
studies:assignment_end GET D
studies:assignment_end POST D
studies:alert_rules GET ABCDE
studies:alert_rule_add GET D
studies:alert_rule_add POST D
studies:alert_rule_edit GET D
studies:alert_rule_edit POST D
studies:alert_rule_end GET D
studies:alert_rule_end POST D
studies:close GET D
studies:close POST D
studies:conditions GET D
studies:conditions POST D
studies:consent_add GET D
studies:consent_add POST D
studies:consent_discard POST D
studies:consent_document GET ABCDE
studies:consent_edit GET D
studies:consent_edit POST D
studies:consent_in_force POST D
studies:edit GET D
studies:edit_checks GET ABCDE
studies:edit_check_add GET D
studies:edit_check_add POST D
studies:edit_check_edit GET D
studies:edit_check_edit POST D
studies:edit_check_remove GET D
studies:edit_check_remove POST D
studies:edit POST D
studies:instrument GET ABCDE
studies:instrument_dictionary GET ABCDE
studies:instrument_copy POST CD
studies:instrument_discard POST CD
studies:instrument_language POST CD
studies:instrument_move POST CD
studies:instrument_question GET CD
studies:instrument_question POST CD
studies:instrument_import GET CD
studies:instrument_import POST CD
studies:instrument_preview GET ABCDE
studies:instrument_preview POST ABCDE
studies:instrument_publish POST CD
studies:instrument_shipped POST CD
studies:instrument_version GET ABCDE
studies:instrument_xlsform GET ABCDE
studies:instruments GET ABCDE
studies:member_add GET D
studies:member_add POST D
studies:member_end GET D
studies:member_end POST D
studies:member_mail POST D
studies:people GET ABCDE
studies:randomisation GET ABCDE
studies:randomisation_draw GET -
studies:randomisation_draw POST -
studies:randomisation_list GET -
studies:randomisation_list POST -
participants:unblind GET -
participants:unblind POST -
studies:randomisation_unblind GET -
studies:randomisation_unblind POST -
studies:randomisation_start POST -
studies:randomisation_extend GET -
studies:randomisation_extend POST -
studies:randomisation_end GET -
studies:randomisation_end POST -
studies:randomisation_proof GET -
studies:randomisation_file GET -
participants:balance GET ABCDE
studies:protocol GET ABCDE
studies:protocol_file GET ABCDE
studies:record GET DE
studies:roles GET ABCDE
studies:reminders GET D
studies:reminders POST D
studies:screening_add GET D
studies:screening_add POST D
studies:screening_edit GET D
studies:screening_edit POST D
studies:screening_remove GET D
studies:screening_remove POST D
studies:sites_add GET D
studies:sites_add POST D
studies:sites_edit GET D
studies:sites_edit POST D
studies:sites_remove GET D
studies:sites_remove POST D
studies:visits_add GET D
studies:visits_add POST D
studies:translate GET D
studies:translate POST D
studies:visits_edit GET D
studies:visits_edit POST D
studies:visits_remove GET D
studies:visits_remove POST D
api:study GET ABCDE
api:instrument GET ABCDE
api:instruments GET ABCDE
api:participants GET ABCDE
api:visits GET ABCDE
api:photos GET ABCDE
api:deviations GET ABDE
api:flow GET ABDE
api:verification GET ABDE
api:answers GET ABCDE
api:alerts GET ABCDE
api:alert_rules GET ABCDE
api:queries GET ABCDE
api:queries POST ABCDE
api:scores GET ABCDE
api:models GET ABCDE
api:rescores GET ABCDE
api:export GET CD
api:reading_studies GET CD
api:readings GET CD
"""

# About one participant of SG01: Budi must not learn that they exist.
SITE = """
inference:cleaned GET ACDE
inference:map GET ACDE
inference:beside GET ACDE
inference:participant_scores GET ACDE
inference:photo GET ACDE
inference:region GET ACDE
inference:retry POST AD
participants:add_visit GET A
participants:add_visit POST A
participants:ask_retake POST ACD
participants:clinic_photo GET A
participants:clinic_photo POST A
participants:complete GET A
participants:complete POST A
participants:consent GET A
participants:consent POST A
participants:consent_copy GET A
participants:consent_paper GET A
participants:consent_paper POST A
participants:open_consenting GET A
participants:open_consenting POST A
participants:screen_one GET A
participants:screen_one POST A
participants:fail_screening GET A
participants:fail_screening POST A
participants:screen_again GET A
participants:screen_again POST A
participants:contact GET A
participants:contact POST A
participants:correct GET A
participants:correct POST A
participants:cancel_visit GET A
participants:cancel_visit POST A
participants:correct_visit_day GET A
participants:correct_visit_day POST A
participants:correct_day_0 GET A
participants:correct_day_0 POST A
participants:correct_screening GET A
participants:correct_screening POST A
participants:transfer GET A
participants:transfer POST A
participants:undo_completion GET A
participants:undo_completion POST A
participants:data_request_act GET A
participants:data_request_act POST A
participants:detail GET ACDE
participants:enrol_contact GET A
participants:enrol_contact POST A
participants:erase_photo GET A
participants:erase_photo POST A
participants:exclude_photo GET A
participants:exclude_photo POST A
participants:history GET ADE
participants:identity POST A
participants:issue_link POST A
participants:link_sheet GET A
participants:mark_missed GET A
participants:mark_missed POST A
participants:message_retry POST AD
participants:move_photo GET A
participants:move_photo POST A
participants:note GET A
participants:note POST A
participants:photo_image GET ACDE
participants:questionnaires GET ACDE
participants:questionnaire GET ACDE
participants:questionnaire POST A
participants:questionnaire_discard POST A
participants:serious_reported POST A
participants:alert_acknowledge GET AD
participants:alert_acknowledge POST AD
participants:questionnaire_strike GET A
participants:questionnaire_strike POST A
participants:photo_note_add POST ACDE
participants:photo_note_strike GET ACDE
participants:photo_note_strike POST ACDE
participants:query GET ACDE
participants:query_raise GET ACDE
participants:query_raise POST ACDE
participants:query_answer POST A
participants:query_close POST DE
participants:query_reopen POST DE
participants:remind POST A
participants:randomise GET A
participants:randomise POST A
participants:annotate_allocation GET A
participants:annotate_allocation POST A
participants:reschedule GET A
participants:reschedule POST A
participants:review_photo POST ACD
participants:revoke_link POST A
participants:revoke_phone POST A
participants:send_link POST A
participants:strike_note GET A
participants:strike_note POST A
participants:take_back POST ACD
participants:undo_withdrawal GET A
participants:undo_withdrawal POST A
participants:undo_missed GET A
participants:undo_missed POST A
participants:visit GET ACDE
participants:verification_part GET ADE
participants:verification_site GET ADE
participants:visit_note GET A
participants:visit_note POST A
participants:withdraw GET A
participants:withdraw POST A
api:alert GET ACDE
api:alert_acknowledge POST AD
api:participant GET ACDE
api:photo GET ACDE
api:query GET ACDE
api:query_answer POST A
api:query_close POST DE
api:query_reopen POST DE
"""

# Of no study: about oneself, about the platform.
PLATFORM = """
inference:package GET ABCDEF
inference:packages GET ABCDEF
inference:register GET DF
inference:register POST DF
inference:report POST DF
inference:retire POST -
inference:take_back POST -
inference:try POST ABCDEF
studies:account GET ABCDEF
studies:api_token GET ABCDEF
studies:api_token POST ABCDEF
studies:api_token_revoke POST ABCDEF
studies:mails GET ABCDEF
studies:mails POST ABCDEF
studies:create GET -
studies:create POST -
studies:home GET ABCDEF
studies:signed_in GET ABCDEF
studies:platform_record GET -
api:packages GET ABCDEF
api:package GET ABCDEF
api:studies GET ABCDEF
"""

# Dewi's own, which nobody else may know of.
OWN = """
inference:trial GET D
inference:trial_forget POST D
"""

# For anybody, or with a rule of their own that tests/participants proves.
OPEN = {
    "health", "schema", "studies:session", "my:engine", "my:form_engine", "my:words", "my:worker",
    "my:manifest",
}  # fmt: skip
PARTICIPANTS_OWN = {
    "my:link", "my:home", "my:capture", "my:photo", "my:uploads", "my:upload", "my:consent",
    "my:leave", "my:left", "my:elsewhere", "my:phone_end", "my:data", "my:data_copy", "my:data_ask",
    "my:data_take_back", "my:receipt", "my:language", "my:consent_review", "my:consent_answer",
    "my:reminders", "my:reminders_test", "my:later", "my:push", "my:off", "my:calendar",
    "my:calendar_renew", "my:calendar_feed", "my:consent_progress", "my:consent_done",
    "my:consent_declined", "my:choices", "my:today", "my:offline",
    "my:questionnaire", "my:answers",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One address and method: the people who may, and who may not even know."""

    name: str
    method: str
    may: str
    blind: str

    def expects(self, letter: str) -> str:
        if letter in self.may:
            return "allowed"
        return "not found" if letter in self.blind else "refused"


def _lines() -> list[Line]:
    lines = []
    for table, blind in ((STUDY, "F"), (SITE, "BF"), (PLATFORM, ""), (OWN, "ABCEF")):
        for row in table.split("\n"):
            if row:
                name, method, may = row.split()
                lines.append(Line(name, method, may, blind))
    return lines


LINES = _lines()


@pytest.fixture
def world(team: Team) -> World:
    return build(team)


def judged(status: int) -> str:
    """What a status means to the person who gets it."""
    words = {302: "allowed", 401: "signed out", 403: "refused", 404: "not found", 405: "no method"}
    return words.get(status, "allowed" if status < 500 else "broken")


def test_every_address_is_in_the_table() -> None:
    known = {line.name for line in LINES} | OPEN | PARTICIPANTS_OWN
    assert set(routes()) == known


def test_everybody_gets_what_the_table_says_and_nothing_else(world: World) -> None:
    patterns = routes()
    visitors = {one: Visitor(getattr(world.team, name)) for one, name in LETTERS.items()}
    wrong = []
    for line in LINES:
        path = address(world, line.name, patterns[line.name])
        for letter, visitor in visitors.items():
            undo = transaction.savepoint()
            status = visitor.status(line.method, path)
            transaction.savepoint_rollback(undo)
            if judged(status) != line.expects(letter):
                expected = line.expects(letter)
                wrong.append(f"{line.method} {path}: {letter} got {status}, not {expected}")
    assert wrong == []


def test_nobody_signed_out_gets_anywhere(world: World) -> None:
    stranger = Visitor(None)
    patterns = routes()
    for line in LINES:
        path = address(world, line.name, patterns[line.name])
        answer = stranger.client.generic(line.method, path)
        if path.startswith("/api/"):
            assert answer.status_code == 401, path
        elif line.method == "POST":  # what was typed is kept
            assert answer.status_code == 401, path
            assert "You have been signed out" in answer.content.decode(), path
        else:
            assert answer.status_code == 302, path
            assert answer["Location"].startswith("/accounts/login/"), path


def test_no_other_method_does_anything(world: World) -> None:
    visitors = [Visitor(getattr(world.team, name)) for name in PEOPLE]
    taken = {(line.name, line.method) for line in LINES}
    for name, pattern in routes().items():
        if name in PARTICIPANTS_OWN:
            continue
        path = address(world, name, pattern)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            if (name, method) in taken or (name in OPEN and method == "GET"):
                continue
            for visitor in visitors:
                assert visitor.status(method, path) in {403, 404, 405}, (method, path)


def test_a_role_that_ended_opens_nothing(world: World) -> None:
    world.team.amina.memberships.update(ended_at=world.photo.received_at)
    visitor = Visitor(world.team.amina)
    patterns = routes()
    for line in LINES:
        if line.blind:
            path = address(world, line.name, patterns[line.name])
            assert visitor.status(line.method, path) == 404, path


def test_a_person_whose_account_is_closed_is_signed_out(world: World) -> None:
    visitor = Visitor(world.team.amina)
    world.team.amina.is_active = False
    world.team.amina.save()
    assert visitor.status("GET", "/studies/MEL-8/participants/") == 302
    assert visitor.status("GET", "/api/v1/studies/MEL-8/participants/") == 401
