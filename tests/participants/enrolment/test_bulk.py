"""People from a list: what is good is taken, once, and each line is told about."""

import re
import uuid
from datetime import date
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries

from participants.enrolment.services.bulk import Report, import_participants
from participants.enrolment.services.list_file import ListUnreadable, day_of, read_list
from participants.messaging.models import Message
from participants.messaging.services.composing import subject_of, target_of
from participants.people.models import Identity, Participant
from participants.people.services.identity import open_identity
from studies.access.permissions import ROLE_PERMISSIONS, Permission, Role
from studies.platform.errors import NotAllowed
from studies.record.models import AuditEvent
from studies.record.services.proof import find_breaks
from tests.conftest import Team
from tests.participants.staff import PAGE, Sign, enrol

pytestmark = pytest.mark.django_db
HEADER = "external_id,name,phone,email,pre_screened_on,reason\n"


def take(team: Team, text: str | bytes, *, dry_run: bool = False) -> Report:
    content = text.encode() if isinstance(text, str) else text
    return import_participants(site=team.sg01, content=content, by=team.amina, dry_run=dry_run)


def outcomes(report: Report) -> list[str]:
    return [line.outcome for line in report.lines]


def test_a_dry_run_tells_and_writes_nothing(team: Team) -> None:
    before = AuditEvent.objects.count()
    report = take(team, HEADER + "A1,Mei Tan,+65 6123 0001,,,\nA2,,,,,\n", dry_run=True)
    assert outcomes(report) == ["would", "would"]
    assert not Participant.objects.exists()
    assert AuditEvent.objects.count() == before


def test_good_lines_are_taken_once_whatever_else_the_list_holds(team: Team) -> None:
    text = HEADER + (
        "A1,Mei Tan,+65 6123 0001,,2026-02-27,Referred\n"
        ",Noor Aziz,+65 6123 0002,,,\n"
        "A3,,,,,Poster\n"
        "A1,Wei Lim,+65 6123 0003,,,\n"
        "A5,No Way To Reach,,,,\n"
        "A6,Mei Tan Two,+65 6123 0001,,,\n"
    )
    report = take(team, text)
    assert outcomes(report) == ["new", "wrong", "new", "wrong", "wrong", "wrong"]
    assert "line 2" in report.lines[3].problems[0]
    assert "Line 2 has the same phone" in report.lines[5].problems[0]
    mei, poster = Participant.objects.order_by("code")
    assert (mei.state, poster.state) == ("consenting", "pre_screened")
    assert mei.attempts.get().began_on == date(2026, 2, 27)
    assert open_identity(participant=mei, by=team.amina).name == "Mei Tan"
    assert not Identity.objects.filter(participant=poster).exists()
    again = take(team, text)
    assert outcomes(again) == ["there", "wrong", "there", "there", "wrong", "wrong"]
    assert again.lines[0].code == mei.code
    assert Participant.objects.count() == 2


def test_somebody_known_is_held_back_and_another_site_is_not_named(team: Team) -> None:
    enrol(team.kl01, team.budi)
    report = take(team, HEADER + "A1,Other Name,+65 6123 4567,,,\n")
    assert "another site has the same phone" in report.lines[0].problems[0]
    assert "KL01" not in report.lines[0].problems[0]


def test_windows_1252_semicolons_and_excels_days_are_read(team: Team) -> None:
    text = "Record ID;Name;Mobile;Date\r\n1;José Müller;+65 6123 0001;46080\r\n"
    report = take(team, text.encode("cp1252"))
    assert report.file.encoding == "Windows-1252"
    assert outcomes(report) == ["new"]
    someone = Participant.objects.get()
    assert open_identity(participant=someone, by=team.amina).name == "José Müller"
    assert someone.attempts.get().began_on == date(2026, 2, 27)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-03-02", date(2026, 3, 2)),
        ("46083", date(2026, 3, 2)),
        ("2-Mar-26", date(2026, 3, 2)),
        ("02.03.2026", date(2026, 3, 2)),
        ("27/02/2026", date(2026, 2, 27)),
        ("02/27/2026", date(2026, 2, 27)),
        ("2026-03-02 00:00:00", date(2026, 3, 2)),
    ],
)
def test_a_day_as_spreadsheets_write_it(cell: str, day: date) -> None:
    assert day_of(cell) == day


@pytest.mark.parametrize("cell", ["03/04/2026", "yesterday", "31/02/2026", "2026-13-01"])
def test_a_day_that_can_be_two_or_none_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="Write it as"):
        day_of(cell)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04rest", "workbook"),
        (b"name,phone\nMei,1\n", "external_id"),
        (b"external_id,id\n1,2\n", "mean the same"),
        (b"external_id\n", "no lines"),
        (b"", "external_id"),
        (b"external_id\n" + b"\0\n" * 3, "no text file"),
        (b"external_id\n" + b"".join(b"%d\n" % n for n in range(10_001)), "10,000"),
    ],
)
def test_what_is_no_list_is_told_so(content: bytes, told: str) -> None:
    with pytest.raises(ListUnreadable, match=told):
        read_list(content)


def test_ten_thousand_lines_half_of_them_wrong_are_checked(team: Team) -> None:
    lines = [f"{n},,,,{'never' if n % 2 else ''},\n" for n in range(10_000)]
    report = take(team, HEADER + "".join(lines), dry_run=True)
    assert (report.would, report.wrong) == (5_000, 5_000)


def test_more_than_are_taken_at_once_are_left_for_the_next_sending(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("participants.enrolment.services.bulk.MOST_NEW", 2)
    text = HEADER + "".join(f"{n},,,,,\n" for n in range(3))
    assert outcomes(take(team, text)) == ["new", "new", "left"]
    assert outcomes(take(team, text)) == ["there", "there", "new"]


def test_only_who_enrols_at_the_site_may(team: Team) -> None:
    for person in (team.budi, team.dewi, team.ewa):
        with pytest.raises(NotAllowed):
            import_participants(site=team.sg01, content=b"external_id\n1\n", by=person)


def test_the_page_takes_only_the_file_that_was_checked(team: Team, as_person: Sign) -> None:
    client = as_person(team.amina)

    def send(text: str, **more: object) -> str:
        file = SimpleUploadedFile("people.csv", text.encode(), "text/csv")
        sent = {"site": team.sg01.pk, "file": file, "request_id": uuid.uuid4(), **more}
        return client.post(f"{PAGE}import/", sent).content.decode()

    text = HEADER + "A1,Mei Tan,+65 6123 0001,,,\n"
    page = send(text, check="1")
    assert "1 person can be taken" in page
    assert not Participant.objects.exists()
    checked = page.split('name="checked" value="')[1].split('"')[0]
    assert "not the file that was checked" in send(text + "A2,,,,,\n", take="1", checked=checked)
    assert not Participant.objects.exists()
    assert "1 person taken" in send(text, take="1", checked=checked)
    assert Participant.objects.get().external_id == "A1"


def test_who_was_taken_gets_links_and_sheets_at_once(team: Team, as_person: Sign) -> None:
    """From the report on: a message to those who can be reached, a sheet for all with a link."""
    amina = as_person(team.amina)
    text = HEADER + "A1,Mei Tan,,mei@example.org,,\nA2,,,,,\n"

    def send(name: str, checked: str = "") -> str:
        file = SimpleUploadedFile("people.csv", text.encode())
        data = {"site": team.sg01.pk, "file": file, name: "1", "checked": checked}
        return amina.post(PAGE + "import/", data).content.decode()

    assert 'name="who"' not in send("check"), "nobody is there yet"
    done = send("take", f"SG01:{sha256(text.encode()).hexdigest()}")
    codes = re.findall(r'name="who" value="([^"]+)"', done)
    assert len(codes) == 2
    form = {"request_id": str(uuid.uuid4()), "who": codes, "next": "/studies/MEL-8/participants/"}
    told = amina.post("/studies/MEL-8/schedule/act/", {**form, "act": "link"}, follow=True)
    page = told.content.decode()
    assert "1 of 2 people" in page
    assert "Not asked for their consent yet" in page, "whoever is only pre-screened"
    link = Message.objects.get(kind="link")
    assert target_of(link, subject_of(link)) == "/my/consent/review/"
    form["request_id"] = str(uuid.uuid4())
    sheets = amina.post("/studies/MEL-8/schedule/act/", {**form, "act": "sheet"}, follow=True)
    assert sheets.content.decode().count('class="sheets__one"') == 1


def test_the_list_of_participants_is_ticked_by_who_may_give_links(
    team: Team, as_person: Sign
) -> None:
    enrol(team.sg01, team.amina)
    mine = as_person(team.amina).get(PAGE).content.decode()
    assert 'name="who"' in mine
    assert 'name="act" value="remind"' in mine
    assert 'name="who"' not in as_person(team.ewa).get(PAGE).content.decode()


def test_each_person_has_their_own_events_in_a_chain_that_verifies(team: Team) -> None:
    """Written together, but as one by one; a refused line leaves none."""
    lines = [f"B{n},Person Number{n},+65 6123 {n:04d},,," for n in range(60)]
    report = take(team, HEADER + "\n".join([*lines, "P1,,,,,", ""]))
    assert report.new == 61
    person = report.lines[7].code
    told = AuditEvent.objects.filter(participant_code=person).order_by("sequence")
    assert [event.action for event in told] == [
        "participant.pre_screen",
        "identity.record",
        "participant.begin_consent",
    ]
    assert told[2].contents.new == {"state": "consenting", "language": "en"}
    assert list(find_breaks()) == []


def test_a_person_costs_few_queries(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lines = [f"B{n},Person Number{n},+65 6123 {n:04d},,," for n in range(40)]
    with django_assert_max_num_queries(40 * 15 + 40):  # one by one it was 56 each
        assert take(team, HEADER + "\n".join(lines)).new == 40


def test_the_right_to_read_names_is_asked_for(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    held = ROLE_PERMISSIONS[Role.COORDINATOR] - {Permission.IDENTITY_VIEW}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.COORDINATOR, held)  # type: ignore[arg-type]
    report = take(team, HEADER + "A1,Mei Tan,+65 6123 0001,,,\nA2,,,,,\n")
    assert outcomes(report) == ["wrong", "new"]
    assert "names" in report.lines[0].problems[0]
    assert not Identity.objects.exists()
    assert AuditEvent.objects.filter(action="participant.pre_screen").count() == 1
    assert list(find_breaks()) == []
