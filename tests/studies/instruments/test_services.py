"""Versions: imported as drafts, published once, never changed after."""

import pytest
from django.db import IntegrityError, transaction

from studies.instruments import engine
from studies.instruments.errors import EngineFailed, FormUnreadable, VersionFixed
from studies.instruments.models import Instrument, InstrumentVersion
from studies.instruments.services import (
    content_sha256,
    discard_draft,
    import_file,
    publish_version,
    shown_values,
)
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid, NotAllowed
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.protocol.errors import StudyClosed
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.instruments.factories import FILES, InstrumentFactory, InstrumentVersionFactory

pytestmark = pytest.mark.django_db
SKIN = (FILES / "skin_week.xlsx").read_bytes()
DICTIONARY = (FILES / "redcap_dictionary_skin.csv").read_bytes()


def draft(team: Team, **values: object) -> InstrumentVersion:
    made: InstrumentVersion = InstrumentVersionFactory(
        instrument=InstrumentFactory(study=team.study), **values
    )
    return made


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))


def test_files_become_drafts_and_versions(team: Team) -> None:
    (first,) = import_file(study=team.study, name="skin_week.xlsx", data=SKIN, by=team.dewi)
    assert (first.instrument.code, first.number, first.state) == ("skin_week", 1, "draft")
    assert "<h:title>Skin week</h:title>" in first.xform
    publish_version(version=first, by=team.dewi)
    first.refresh_from_db()
    # The dictionary's form has the same name, so it is the next version, whatever its format.
    (second,) = import_file(study=team.study, name="skin.csv", data=DICTIONARY, by=team.dewi)
    assert second.instrument == first.instrument
    assert (second.number, second.state, second.source) == (2, "draft", "redcap")
    assert second.counts["refused"] == 3
    before = first.sha256
    first.refresh_from_db()
    assert (first.state, first.sha256) == ("published", before)
    assert actions()[-3:] == ["instrument.import", "instrument.publish", "instrument.import"]


def test_two_versions_are_never_called_the_same_in_answers(team: Team) -> None:
    called = []
    for number in (1, 2):
        (row,) = import_file(study=team.study, name="skin.csv", data=DICTIONARY, by=team.dewi)
        called.append(row.form.version)
        assert f'version="{row.form.version}"' in row.xform
        publish_version(version=row, by=team.dewi, applies_to=f"Time {number}")
    assert called == ["1", "2"]
    InstrumentVersion.objects.filter(number=2).update(definition=row.definition | {"version": "3"})
    (third,) = import_file(study=team.study, name="skin.csv", data=DICTIONARY, by=team.dewi)
    assert third.form.version == "3-3"
    assert any("An earlier version is called “3”" in line["text"] for line in third.report)


def test_a_draft_is_replaced_by_the_next_file_and_a_published_version_is_not(team: Team) -> None:
    row = draft(team, definition={"form_id": "old", "title": "Old"})
    row.instrument.code = "skin_week"
    row.instrument.save()
    (again,) = import_file(study=team.study, name="skin.csv", data=DICTIONARY, by=team.dewi)
    assert (again.pk, again.number) == (row.pk, 1)
    assert InstrumentVersion.objects.count() == 1


def test_publishing_fixes_a_version_and_supersedes_the_one_before(team: Team) -> None:
    row = draft(team)
    one = publish_version(version=row, by=team.dewi)
    assert one.sha256 == content_sha256(one)
    two = InstrumentVersionFactory(instrument=one.instrument, number=2)
    with pytest.raises(Invalid) as refused:
        publish_version(version=two, by=team.dewi)
    assert "from when, and for whom" in str(refused.value.detail)
    two = publish_version(version=two, by=team.dewi, applies_to="Visits from March on")
    one.refresh_from_db()
    assert (one.state, two.state) == ("superseded", "published")
    assert two.applies_to == "Visits from March on"
    for fixed in (one, two):
        with pytest.raises(VersionFixed):
            publish_version(version=fixed, by=team.dewi, applies_to="Again")
        with pytest.raises(VersionFixed):
            discard_draft(version=fixed, by=team.dewi)


def test_what_was_refused_has_to_be_confirmed_before_publishing(team: Team) -> None:
    line = {"place": "line 9", "name": "x", "outcome": "refused", "text": "Why"}
    row = draft(team, report=[line])
    with pytest.raises(Unconfirmed) as asked:
        publish_version(version=row, by=team.dewi, confirmed=[])
    (key,) = asked.value.doubts
    assert "1 line of the file is not in this version" in asked.value.doubts[key]
    assert publish_version(version=row, by=team.dewi, confirmed=[key]).state == "published"


def test_a_draft_that_somebody_replaced_is_not_published_unseen(team: Team) -> None:
    row = draft(team)
    seen = Seen.of(shown_values(row))
    InstrumentVersion.objects.filter(pk=row.pk).update(source_sha256="1" * 64)
    with pytest.raises(ChangedMeanwhile):
        publish_version(version=row, by=team.dewi, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        discard_draft(version=row, by=team.dewi, seen=seen)
    row.refresh_from_db()
    assert row.state == "draft"


def test_a_discarded_draft_takes_an_instrument_without_versions_along(team: Team) -> None:
    discard_draft(version=draft(team), by=team.dewi)
    assert not Instrument.objects.exists()
    assert actions()[-1] == "instrument.discard"


def test_only_who_may_imports_and_publishes_and_nobody_in_a_closed_study(team: Team) -> None:
    row = draft(team)
    for person in (team.amina, team.ewa, team.farid):
        with pytest.raises(NotAllowed):
            import_file(study=team.study, name="a.csv", data=DICTIONARY, by=person)
        with pytest.raises(NotAllowed):
            publish_version(version=row, by=person)
    team.study.state = "closed"
    team.study.save()
    with pytest.raises(StudyClosed):
        import_file(study=team.study, name="a.csv", data=DICTIONARY, by=team.dewi)
    with pytest.raises(StudyClosed):
        publish_version(version=row, by=team.dewi)


@pytest.mark.parametrize("name", ["form.xls", "form.pdf", "form", "form.xlsx.exe"])
def test_another_kind_of_file_is_refused_by_its_name(team: Team, name: str) -> None:
    with pytest.raises(FormUnreadable, match="Choose an XLSForm"):
        import_file(study=team.study, name=name, data=SKIN, by=team.dewi)
    assert not Instrument.objects.exists()


def test_nothing_is_kept_when_the_engine_does_not_answer(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.close_engine()
    monkeypatch.setattr(engine, "START_SECONDS", 0)
    monkeypatch.setattr(engine, "ANSWER_SECONDS", 0)
    with pytest.raises(EngineFailed, match="took too long"):
        import_file(study=team.study, name="a.csv", data=DICTIONARY, by=team.dewi)
    assert not Instrument.objects.exists()


def test_the_database_holds_one_draft_and_one_published_version(team: Team) -> None:
    row = draft(team)
    with pytest.raises(IntegrityError), transaction.atomic():
        InstrumentVersionFactory(instrument=row.instrument, number=2)
    publish_version(version=row, by=team.dewi)
    with pytest.raises(IntegrityError), transaction.atomic():
        InstrumentVersionFactory(instrument=row.instrument, number=2, state="published")
