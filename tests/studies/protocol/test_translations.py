"""The protocol's words in the participants' languages."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from studies.platform.errors import Invalid, NotAllowed, ReasonMissing
from studies.protocol.models import Study, VisitDefinition
from studies.protocol.services.translations import translate_protocol, untranslated
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tamil(team: Team) -> Study:
    study = team.study
    VisitDefinitionFactory(study=study, code="baseline")
    study.state = Study.State.ACTIVE
    study.languages = ["en", "ta"]
    study.save(update_fields=["languages", "state"])
    return study


def words(study: Study) -> dict[str, dict[str, str]]:
    visit = study.visit_definitions.first()
    assert visit is not None
    return {visit.code: {"name": "தொடக்கம்", "instructions": ""}}


def test_participants_read_the_study_and_its_visits_in_their_language(
    tamil: Study, team: Team
) -> None:
    before = untranslated(tamil, "ta")
    translate_protocol(
        study=tamil,
        language="ta",
        title="தோல் ஆய்வு",
        visits=words(tamil),
        by=team.dewi,
        reason="Opening.",
    )
    study = Study.objects.get(pk=tamil.pk)
    visit = study.visit_definitions.first()
    assert visit is not None
    with translation.override("ta"):
        assert (study.local_title, visit.local_name) == ("தோல் ஆய்வு", "தொடக்கம்")
    with translation.override("th"):
        assert (study.local_title, visit.local_name) == (study.title, visit.name)
    assert untranslated(study, "ta") == before - 2


def test_what_is_emptied_is_shown_in_the_protocols_own_words(tamil: Study, team: Team) -> None:
    act: dict[str, Any] = {"study": tamil, "language": "ta", "by": team.dewi, "reason": "Wording."}
    translate_protocol(title="தோல் ஆய்வு", visits=words(tamil), **act)
    act["study"] = Study.objects.get(pk=tamil.pk)
    [(code, _said)] = words(tamil).items()
    translate_protocol(title="", visits={code: {"name": "", "instructions": ""}}, **act)
    assert Study.objects.get(pk=tamil.pk).titles == {}
    assert VisitDefinition.objects.get(study=tamil, code=code).translations == {}


def test_only_the_manager_words_it_and_says_why(tamil: Study, team: Team) -> None:
    act: dict[str, Any] = {"study": tamil, "language": "ta", "title": "தோல்", "visits": {}}
    with pytest.raises(NotAllowed):
        translate_protocol(by=team.amina, reason="Helping.", **act)
    with pytest.raises(ReasonMissing):
        translate_protocol(by=team.dewi, **act)
    assert not AuditEvent.objects.filter(action="study.translate").exists()


def test_a_language_or_a_visit_the_study_has_not_is_refused(tamil: Study, team: Team) -> None:
    act: dict[str, Any] = {"study": tamil, "title": "x", "by": team.dewi, "reason": "Trying."}
    with pytest.raises(Invalid, match="not among the study's languages"):
        translate_protocol(language="th", visits={}, **act)
    with pytest.raises(Invalid, match="no visit day-99"):
        translate_protocol(language="ta", visits={"day-99": {"name": "x"}}, **act)


def test_the_page_shows_the_protocols_words_beside_each_field(
    tamil: Study, team: Team, client: Client
) -> None:
    client.force_login(team.dewi)
    address = f"/studies/{tamil.code}/protocol/words/ta/"
    page = client.get(address).content.decode()
    visit = tamil.visit_definitions.first()
    assert visit is not None
    for shown in (tamil.title, visit.name, 'lang="ta"'):
        assert shown in page
    sent = client.post(address, {"title": "ஆய்வு", f"name-{visit.code}": "நாள்", "reason": "New."})
    assert sent.status_code == 302
    assert Study.objects.get(pk=tamil.pk).titles == {"ta": "ஆய்வு"}
    assert client.get(f"/studies/{tamil.code}/protocol/words/th/").status_code == 404
