"""A protocol as a file: read strictly, loaded once, altered never behind anyone's back."""

import textwrap
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from studies.access.models import User
from studies.consent_texts.models import ConsentDocument
from studies.platform.actors import SYSTEM
from studies.platform.errors import NotAllowed
from studies.protocol.models import Study
from studies.protocol.services.studies import activate_study, missing_for_activation
from studies.protocol_file import read_protocol, write_protocol
from studies.protocol_file.errors import ProtocolDiffers
from studies.protocol_file.services import load_protocol, protocol_of
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.protocol_file.written import SMALL, load, mistakes, small

EXAMPLES = sorted(Path("studies/protocol_file/protocols").glob("*.yaml"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_protocols_load_can_start_and_round_trip(path: Path) -> None:
    protocol = read_protocol(path.read_text(), folder=path.parent)
    study = load_protocol(protocol=protocol, by=SYSTEM).study
    whole = {"reading_studies": [], **protocol}  # of which a file need not speak
    assert protocol_of(study) == whole
    assert read_protocol(write_protocol(protocol_of(study))) == protocol
    assert missing_for_activation(study) == []


@pytest.mark.django_db
def test_the_melasma_protocol_is_what_it_says() -> None:
    path = Path("studies/protocol_file/protocols/melasma-8-weeks.yaml")
    study = load_protocol(
        protocol=read_protocol(path.read_text(), folder=path.parent), by=SYSTEM
    ).study
    assert [visit.day_offset for visit in study.visit_definitions.all()] == [0, 7, 14, 28, 56]
    assert study.conditions.count() == 8
    assert study.ordered_conditions()[0].code == "melasma"
    assert {d.language for d in study.consent_documents.filter(state="in_force")} == {
        "en", "zh-hans", "ms", "ta", "id", "th", "vi",
    }  # fmt: skip
    for document in study.consent_documents.all():
        assert document.version.number == "1.0", "a translation has the number of its original"
        assert (len(document.key_points), len(document.questions)) == (5, 2)
        assert {c["code"]: c["required"] for c in document.choices} == {
            "ai_scoring": True,
            "future_research": False,
            "publication": False,
        }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("  title: Acne", "", "line 4, study: the key “title” is missing"),
        ("code: ACNE-1", "code: acne", "line 4, study.code: expected capital letters"),
        ("Asia/Singapore", "Asia/Sing", "line 6, study.time_zone: expected a time zone"),
        ("[en]", "en", "line 7, study.languages: expected a list of at least 1"),
        ("[en]", "[en, xx]", "line 7, study.languages[1]: expected one of en"),
        ("[pores]", "[beauty]", "line 8, conditions[0]: expected one of dryness"),
        ("[pores]", "[pores, pores]", "line 8, conditions: stands here more than once: pores"),
        ("code: SG01", "code: Sing", "line 10, sites[0].code: expected letters and two digits"),
        ("    name: Clinic", "    nam: Clinic", "line 11, sites[0].nam: is not a key here"),
        ("day: 7", "day: seven", "line 14, visits[1].day: expected a whole number from 0"),
        ("before: 1", "before: 5", "line 14, visits[1]: opens on day 2, while start is open"),
        ("code: end", "code: start", "line 13, visits: stands here more than once: start"),
        ('"1.0"', "1", "line 17, consent[0].version: expected a version in quotes"),
        ("- language: en", "- language: ms", "line 16, consent[0].language: ms is not among"),
        ("code: ai_scoring", "code: other", "line 20, consent[0].choices: one choice must be"),
        ("required: true", "required: maybe", "line 20, consent[0].choices[0].required: expected"),
        ("format: 1", "format: 2", "line 2, format: expected one of 1"),
        ("title: Acne", 'title: "a\\u0000b"', "line 5, study.title: expected text, found control"),
        ("title: Acne", "title: [", "this is not valid YAML"),
        ("title: Acne", "title: Acne\n  title: Pores", "line 6, study.title: stands here twice"),
        ("title: Acne", "title: &a Acne\n  sponsor: *a", "references (& and *)"),
        ("title: Acne", f"title: {'x' * 201}", "at most 200 characters, found 201"),
        ("title: Acne", "title: 7", "line 5, study.title: expected text"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, mistake: str) -> None:
    found = mistakes(small(old, new))
    assert any(mistake in line for line in found), found


@pytest.mark.django_db
def test_a_title_that_looks_like_a_date_stays_as_it_was_written() -> None:
    protocol = read_protocol(small("title: Acne", "title: 2026-01-01"))
    assert protocol["study"]["title"] == "2026-01-01"


@pytest.mark.django_db
def test_all_mistakes_are_named_at_once() -> None:
    found = mistakes(small("code: SG01", "code: x").replace("day: 7", "day: -1"))
    assert len(found) == 2


@pytest.mark.django_db
def test_a_country_called_no_and_a_profile_called_off_are_words() -> None:
    text = small("    name: Clinic", "    name: Clinic\n    country: NO").replace(
        "  title: Acne", "  title: Acne\n  quality_profile: off"
    )
    protocol = read_protocol(text)
    assert protocol["sites"][0]["country"] == "NO"
    assert protocol["study"]["quality_profile"] == "off"
    assert read_protocol(write_protocol(protocol)) == protocol


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing() -> None:
    load(SMALL)
    before = AuditEvent.objects.count()
    assert load_protocol(protocol=read_protocol(SMALL), by=SYSTEM).outcome == "unchanged"
    assert AuditEvent.objects.count() == before


@pytest.mark.django_db
def test_a_draft_follows_the_file() -> None:
    study = load(SMALL)
    text = textwrap.dedent(
        small("title: Acne", "title: Acne of adults")
        .replace("day: 7", "day: 14")
        .replace("code: SG01", "code: KL01")
        .replace("[pores]", "[texture, pores]")
        .replace("visits:", "arms: [{code: A, name: All}]\nvisits:")
        .replace("code: start, name: Start, day: 0", "code: first, name: First, day: 1")
    )
    loaded = load_protocol(protocol=read_protocol(text), by=SYSTEM)
    assert loaded.outcome == "updated"
    changed = protocol_of(Study.objects.get(pk=study.pk))
    assert changed == {"reading_studies": [], **read_protocol(text)}


@pytest.mark.django_db
def test_visits_may_change_places() -> None:
    load(SMALL)
    swapped = small("name: Start, day: 0", "name: Start, day: 20").replace("day: 7", "day: 0")
    swapped = swapped.replace("before: 1, after: 1", "after: 1")
    assert [v.code for v in load(swapped).visit_definitions.all()] == ["end", "start"]


@pytest.mark.django_db
def test_an_active_study_is_never_altered_by_a_file() -> None:
    study = load(SMALL)
    activate_study(study=study, by=SYSTEM)
    assert load_protocol(protocol=read_protocol(SMALL), by=SYSTEM).outcome == "unchanged"
    with pytest.raises(ProtocolDiffers, match=r"study.title, visits"):
        load(small("title: Acne", "title: Other").replace("day: 7", "day: 8"))
    study.refresh_from_db()
    assert (study.title, study.visit_definitions.get(code="end").day_offset) == ("Acne", 7)


@pytest.mark.django_db
def test_words_in_force_are_not_changed_by_a_file_but_a_new_version_is_put_in_force() -> None:
    study = load(SMALL)
    with pytest.raises(ProtocolDiffers, match="is in force and differs"):
        load(small("You send photos.", "You send more photos."))
    assert ConsentDocument.objects.get().body == "You send photos."
    with pytest.raises(ProtocolDiffers, match="the file does not have it"):
        load(SMALL[: SMALL.index("consent:")])
    load(small("You send photos.", "You send more photos.").replace('"1.0"', '"1.1"'))
    assert list(study.consent_documents.values_list("version__number", "state")) == [
        ("1.1", "in_force"),
        ("1.0", "superseded"),
    ]


@pytest.mark.django_db
def test_a_file_is_loaded_by_someone_with_the_right(team: Team) -> None:
    with pytest.raises(NotAllowed):
        load_protocol(protocol=read_protocol(SMALL), by=team.dewi)
    root = User.objects.create_superuser("root@example.org", name="Root")
    load_protocol(protocol=read_protocol(SMALL), by=root)
    changed = read_protocol(small("title: Acne", "title: Mine"))
    with pytest.raises(NotAllowed):
        load_protocol(protocol=changed, by=team.dewi)
    assert Study.objects.get(code="ACNE-1").title == "Acne"


@pytest.mark.django_db
def test_a_load_that_fails_halfway_leaves_nothing_behind(tmp_path: Path) -> None:
    load(SMALL)
    broken = small("title: Acne", "title: New").replace("You send", "They send")
    with pytest.raises(ProtocolDiffers):
        load(broken)
    assert Study.objects.get().title == "Acne"


@pytest.mark.django_db
def test_the_commands_load_and_dump(tmp_path: Path) -> None:
    User.objects.create_superuser("root@example.org", name="Root")
    file = tmp_path / "acne.yaml"
    file.write_text(SMALL)
    said, dumped = StringIO(), StringIO()
    call_command("load_study", str(file), "--as", "root@example.org", stdout=said)
    assert "ACNE-1: created, draft." in said.getvalue()
    call_command("dump_study", "ACNE-1", stdout=dumped)
    assert read_protocol(dumped.getvalue()) == read_protocol(SMALL)
    assert AuditEvent.objects.filter(action="study.create", source="command").count() == 1


@pytest.mark.django_db
def test_the_commands_say_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "acne.yaml"
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_study", str(file))
    file.write_text(small("day: 7", "day: seven"))
    with pytest.raises(CommandError, match=r"line 14, visits\[1\].day"):
        call_command("load_study", str(file))
    file.write_text(SMALL)
    with pytest.raises(CommandError, match="nobody could open it"):
        call_command("load_study", str(file))
    assert not Study.objects.exists()
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("load_study", str(file), "--as", "nobody@example.org")
    with pytest.raises(CommandError, match="no study"):
        call_command("dump_study", "NONE-1")
