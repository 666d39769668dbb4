"""Every form of staff's pages that edits what is stored is refused when it is stale.

The pages are walked, so a form that is added has to carry what its page showed, or to be named
here with the reason why two people cannot undo each other by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from tests.conftest import Team
from tests.inference.packages.test_pages import report_file
from tests.rights.test_matrix import OWN, PLATFORM, SITE, STUDY
from tests.rights.world import World, address, build, routes
from tests.test_page_words import wrong
from tests.typed import Sent, forms_of, words

pytestmark = pytest.mark.django_db

# What adds something, by a number of its own where sending twice would add two.
ADDS = {
    "inference:activate",  # carries what is in use all the same, where a package can be taken
    "inference:readings_anchor_add",
    "inference:readings_example_add",
    "inference:readings_new",
    "inference:readings_readers",
    "inference:readings_scale_add",
    "inference:register",
    "inference:rescore",  # what is under way is returned
    "inference:try",
    "participants:add_visit",
    "participants:clinic_photo",  # its bytes never change
    "participants:annotate_allocation",
    "participants:consent",  # the text's own hash is compared
    "participants:consent_preview",  # saves nothing
    "participants:consent_paper",  # the text chosen, and its hash, go with it
    "participants:enrol",
    "participants:import",  # by the external_id of each line
    "participants:photo_note_add",
    "participants:prescreen",
    "participants:issue_link",
    "participants:note",
    "participants:query_raise",
    "participants:remind",
    "participants:schedule_act",
    "participants:send_link",
    "participants:visit_note",
    "studies:amendment_add",
    "studies:amendment_part_add",
    "studies:api_token",
    "studies:arms_add",
    "studies:alert_rule_add",
    "studies:assignment_add",
    "studies:consent_add",
    "studies:create",
    "studies:edit_check_add",
    "studies:instrument_copy",  # nothing of it is typed
    "studies:instrument_import",  # a draft that was replaced is not published unseen
    "studies:instrument_preview",  # saves nothing
    "studies:instrument_shipped",  # as a file that is imported
    "studies:member_add",
    "studies:member_mail",
    "studies:screening_add",
    "studies:sites_add",
    "studies:visits_add",
}
# What moves something to another state, which a second press finds moved: no value is typed over.
MOVES = {
    "inference:readings_anchor_remove",  # its bytes never change
    "inference:readings_close",
    "inference:readings_example_remove",
    "inference:readings_reader_remove",
    "inference:readings_scale_move",
    "inference:rescore_stop",
    "inference:retry",
    "inference:retry_all",
    "inference:trial_forget",
    "participants:complete",
    "participants:data_request_act",
    "participants:enrol_contact",
    "participants:fail_screening",
    "participants:open_consenting",
    "participants:screen_again",
    "participants:screen_one",
    "participants:erase_photo",  # its bytes never change
    "participants:exclude_photo",
    "participants:message_retry",
    "participants:move_photo",  # moved already, it is no more where the form says
    "participants:photo_note_strike",
    "participants:revoke_link",
    "participants:revoke_phone",
    "participants:serious_reported",
    "participants:strike_note",
    "participants:undo_completion",
    "participants:undo_withdrawal",
    "studies:amendment_hold_consent",
    "studies:amendment_reopen",
    "studies:api_token_revoke",
    "studies:close",
    "studies:member_end",
}
# What carries the state it was asked about in a field of its own, ``expected``.
EXPECTING = {"participants:ask_retake", "participants:review_photo", "participants:take_back"}
READS = {"participants:find", "participants:identity"}
# Pages of a whole study that coordinators alone have.
COORDINATORS = """participants:enrol GET A
participants:import GET A
participants:prescreen GET A
"""
OTHERWISE = ADDS | MOVES | EXPECTING | READS


@pytest.fixture
def world(team: Team) -> World:
    team.dewi.is_superuser = True
    team.dewi.save()
    return build(team)


def pages(world: World, browser: Client, table: str) -> Iterator[tuple[str, HttpResponse]]:
    patterns = routes()
    for row in filter(None, table.split("\n")):
        name, method, _may = row.split()
        if method == "GET" and not name.startswith("api:"):
            path = address(world, name, patterns[name])
            answer = browser.get(path)
            if answer.status_code == 200 and "html" in answer["Content-Type"]:
                yield path, answer
            answer.close()


@dataclass(frozen=True)
class Walk:
    """What was met: route → whose browser, address and fields of a form; address → wrong words."""

    forms: dict[str, tuple[Client, str, Sent]]
    wrong_words: dict[str, list[str]]


def walk(world: World) -> Walk:
    """Amina goes to the pages of her site, Dewi to those of the study and the platform."""
    forms: dict[str, tuple[Client, str, Sent]] = {}
    said: dict[str, list[str]] = {}
    walks = (
        (world.team.amina, SITE + COORDINATORS),  # no pages of a manager's
        (world.team.dewi, STUDY + PLATFORM + OWN),
    )
    for person, table in walks:
        browser = Client()
        browser.force_login(person)
        for path, answer in pages(world, browser, table):
            said[path] = wrong(words(answer).replace("Australia/ACT", ""))  # a time zone
            for action, sent in forms_of(answer).items():
                where = urlsplit(action).path or path
                if not where.startswith("/accounts/"):
                    forms.setdefault(resolve(where).view_name, (browser, where, sent))
    return Walk(forms, {path: found for path, found in said.items() if found})


# What a form needs that nobody has typed or ticked yet.
FILLED: dict[str, str] = {
    "reason": "Why",
    "note": "Called",
    "editorial_reason": "Why",
    "text": "Why",
}
TICKED = {"participants:withdraw": {"kind": "stop", "why": "Moved away", "sure": "on"}}


# Forms that the world's pages do not show: nothing is turned down, nobody's token is kept.
UNSEEN: set[str] = {
    "inference:activate",
    "inference:readings_scale_move",  # of the one scale there is
    "participants:complete",
    "participants:enrol_contact",
    "participants:open_consenting",
    "participants:query_raise",
    "participants:screen_again",
    "participants:screen_one",
    "participants:take_back",
    "participants:undo_completion",
    "participants:undo_withdrawal",
    "studies:amendment_hold_consent",
    "studies:amendment_reopen",
    "studies:api_token_revoke",
    "studies:instrument_copy",
    "studies:member_mail",
}


def test_every_form_that_edits_carries_what_its_page_showed_and_is_refused_when_stale(
    world: World,
) -> None:
    met = walk(world)
    assert met.wrong_words == {}
    found = met.forms
    assert {*found, *UNSEEN} >= OTHERWISE, OTHERWISE - {*found}
    refused = []
    for name, (browser, path, sent) in sorted(found.items()):
        if name in EXPECTING:
            if "expected" not in sent:
                refused.append(f"{name} does not say which state it was asked about")
        elif "seen" in sent:
            filled = {key: value or FILLED.get(key, "") for key, value in sent.items()}
            report = report_file(world.run.package)
            filled |= TICKED.get(name, {})
            if name == "participants:transfer":
                filled["site"] = str(world.team.kl01.pk)
            answer = browser.post(path, {**filled, "seen": "another page", "report": report})
            if answer.status_code != 409:
                refused.append(f"{name} answered {answer.status_code}")
        elif name not in OTHERWISE:
            refused.append(f"{name} carries nothing")
    assert refused == []
