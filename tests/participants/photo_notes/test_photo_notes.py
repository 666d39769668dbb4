"""Notes on photos: who writes and sees them, what they may say, and what becomes of them."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from participants.capture.models import Photo
from participants.capture.picture_regions import region_of, region_text
from participants.correcting.services.photos import erase_photo
from participants.people.models import Participant
from participants.people.services.identity import keep_identity
from participants.photo_notes.models import PhotoNote
from participants.photo_notes.receivers import describe
from participants.photo_notes.services.noting import add_photo_note, strike_photo_note
from participants.queries.errors import WordsMissing
from participants.queries.models import Query
from participants.queries.places import find_place, named, place_of, told
from participants.queries.services.asking import raise_query
from studies.access.models import User
from studies.platform.errors import Invalid, NotAllowed, NotFound, StateRefused
from studies.protocol.errors import StudyClosed
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.reading.making import make_open, make_reader
from tests.inference.scoring.photos import make_visit, real_photo
from tests.participants.photo_notes.factories import PhotoNoteFactory
from tests.participants.staff import SITI
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.protocol.factories import ArmFactory

RECTANGLE = "0.25,0.5,0.1,0.2"
SignIn = Callable[[User], Client]


@pytest.fixture
def photo(team: Team) -> Photo:
    return real_photo(make_visit(team.sg01))


def add(photo: Photo, by: User, **over: object) -> PhotoNote:
    values = {"region": RECTANGLE, "text": "A scar", "request_id": uuid.uuid4(), **over}
    return add_photo_note(photo=photo, by=by, **values)  # type: ignore[arg-type]


def holding(team: Team, role: str) -> User:
    person = UserFactory()
    MembershipFactory(user=person, study=team.study, site=team.sg01, role=role)
    return person


def test_a_note_is_numbered_signed_recorded_and_sent_twice_counts_once(
    team: Team, photo: Photo
) -> None:
    once = uuid.uuid4()
    first = add(photo, team.chandra, request_id=once)
    assert add(photo, team.chandra, request_id=once) == first
    second = add(photo, team.amina, region="0.5,0.5,0,0")
    assert (first.number, second.number, first.by) == (1, 2, team.chandra)
    assert first.region == {"x": 0.25, "y": 0.5, "width": 0.1, "height": 0.2}
    event = AuditEvent.objects.filter(action="photo_note.add").order_by("pk").first()
    assert event is not None
    assert event.participant_code == "SG01-0001"
    assert event.contents.new["text"] == "A scar"


@pytest.mark.parametrize(
    "region",
    [
        "",
        "1,2",
        "a,b,c,d",
        "nan,0,0,0",
        "inf,0,0,0",
        "-0.1,0,0.2,0.2",
        "0.9,0,0.2,0",
        "0,0.9,0,0.2",
    ],
)
def test_what_does_not_lie_on_the_picture_is_refused(team: Team, photo: Photo, region: str) -> None:
    with pytest.raises(Invalid, match="within its edges"):
        add(photo, team.chandra, region=region)
    assert not PhotoNote.objects.exists()


def test_a_region_is_read_as_it_is_written() -> None:
    for text in (RECTANGLE, "0,0,1,1", "0.12346,1,0,0"):
        assert region_text(region_of(text)) == text


def test_words_are_needed_and_name_neither_the_participant_nor_an_arm(
    team: Team, photo: Photo
) -> None:
    participant = photo.visit.participant
    keep_identity(participant=participant, identity=SITI, by=team.amina)
    ArmFactory(study=team.study, code="SUN", name="Sunscreen")
    for text in ("", "  ", "x" * 1001):
        with pytest.raises(WordsMissing):
            add(photo, team.chandra, text=text)
    for text in ("Siti Rahman's scar", "as sunscreen does", "all of SUN"):
        with pytest.raises(Invalid):
            add(photo, team.chandra, text=text)
    note = add(photo, team.chandra)
    for reason in ("", "Siti Rahman said so", "sunscreen"):
        with pytest.raises(Invalid):
            strike_photo_note(note=note, reason=reason, by=team.chandra)


def test_it_is_struck_through_once_and_stays(team: Team, photo: Photo) -> None:
    note = strike_photo_note(note=add(photo, team.chandra), reason="A shadow", by=team.amina)
    assert (note.struck_by, note.struck_reason, note.text) == (team.amina, "A shadow", "A scar")
    with pytest.raises(StateRefused, match="already"):
        strike_photo_note(note=note, reason="Again", by=team.amina)
    event = AuditEvent.objects.get(action="photo_note.strike")
    assert (event.contents.reason, event.contents.new["note"]) == ("A shadow", 1)


@pytest.mark.parametrize("role", ["guest_auditor", "statistician", "reader", "pharmacist"])
def test_who_neither_reviews_photos_nor_asks_may_not_note(
    team: Team, photo: Photo, role: str
) -> None:
    with pytest.raises(NotAllowed):
        add(photo, holding(team, role))
    with pytest.raises(NotAllowed):
        strike_photo_note(note=PhotoNoteFactory(photo=photo), reason="Why", by=holding(team, role))


def test_they_are_seen_by_who_sees_the_photo(team: Team, photo: Photo) -> None:
    note = add(photo, team.chandra)

    def sees(person: User) -> bool:
        return PhotoNote.objects.visible_to(person).filter(pk=note.pk).exists()

    assert [sees(each) for each in (team.amina, team.budi, team.chandra, team.ewa, team.farid)] == [
        True, False, True, True, False,
    ]  # fmt: skip
    assert sees(holding(team, "guest_auditor"))
    assert not sees(holding(team, "statistician"))
    Participant.objects.filter(pk=photo.visit.participant_id).update(data_use="none")
    assert not sees(team.chandra)
    with pytest.raises(StateRefused, match="locked"):
        add(photo, team.chandra)


def test_a_reader_of_an_open_reading_study_sees_none(
    team: Team, photo: Photo, as_person: SignIn
) -> None:
    note = add(photo, team.amina, text="A scar, there since childhood")
    reader = make_reader(team, "Una")
    study = make_open(team, reader, make_reader(team, "Vito"))
    assert not PhotoNote.objects.visible_to(reader).filter(pk=note.pk).exists()
    client = as_person(reader)
    assert client.get(f"/studies/MEL-8/photos/{photo.pk}/").status_code in {403, 404}
    page = client.get(f"/studies/MEL-8/reading/{study.code}/", follow=True).content.decode()
    assert "since childhood" not in page
    assert 'data-tool="pin"' not in page


def test_nothing_is_noted_where_there_is_no_picture_or_the_study_is_closed(
    team: Team, photo: Photo
) -> None:
    Photo.objects.filter(pk=photo.pk).update(kept_out=True)
    with pytest.raises(StateRefused, match="no picture"):
        add(photo, team.chandra)
    Photo.objects.filter(pk=photo.pk).update(kept_out=False)
    team.study.state = "closed"
    team.study.save()
    with pytest.raises(StudyClosed):
        add(photo, team.chandra)


def test_a_note_goes_with_its_photo_and_is_in_the_participants_own_copy(
    team: Team, photo: Photo
) -> None:
    strike_photo_note(note=add(photo, team.chandra), reason="A shadow", by=team.amina)
    (row,) = describe(photo.visit.participant).rows["photo_notes"]
    assert (row["view"], row["text"], row["struck_reason"]) == ("front", "A scar", "A shadow")
    assert team.chandra.name not in str(row)
    erase_photo(photo=photo, reason="Another person", by=team.amina)
    assert not PhotoNote.objects.exists()


# --- Pages -------------------------------------------------------------------------------------


def test_the_photos_page_has_tools_notes_and_regions_of_queries(
    team: Team, photo: Photo, as_person: SignIn
) -> None:
    add(photo, team.chandra)
    strike_photo_note(note=add(photo, team.chandra, text="Gone"), reason="No", by=team.amina)
    place = find_place(
        photo.visit.participant, about="photo", at=str(photo.pk), region=RECTANGLE, by=team.ewa
    )
    query = raise_query(place=place, text="Is this a scar?", by=team.ewa)
    url = f"/studies/MEL-8/photos/{photo.pk}/"
    page = as_person(team.chandra).get(url).content.decode()
    assert page.count(f'data-at="{RECTANGLE}"') == 2  # not of what is struck through
    assert "<s>Gone</s>" in page
    assert f'id="query-{query.number}"' in page
    assert "Is this a scar?" in page
    assert 'data-tool="pin"' in page
    only = as_person(holding(team, "guest_auditor")).get(url).content.decode()
    assert "A scar" in only
    assert 'data-tool="pin"' not in only
    assert "photo_note_text" not in only


def test_a_note_is_sent_and_what_is_refused_is_shown_again(
    team: Team, photo: Photo, as_person: SignIn
) -> None:
    url = f"/studies/MEL-8/photos/{photo.pk}/notes/add/"
    sent = {"region": RECTANGLE, "text": " ", "request_id": str(uuid.uuid4())}
    client = as_person(team.chandra)
    answer = client.post(url, sent)
    assert answer.status_code == 422
    assert f'value="{RECTANGLE}"' in answer.content.decode()
    answer = client.post(url, {**sent, "text": "A scar"})
    assert answer.headers["Location"] == f"/studies/MEL-8/photos/{photo.pk}/#notes-heading"
    note = PhotoNote.objects.get()
    strike = f"/studies/MEL-8/photos/{photo.pk}/notes/{note.pk}/strike/"
    assert "A scar" in client.get(strike).content.decode()
    assert client.post(strike, {"reason": "A shadow"}).status_code == 302
    assert client.post(strike, {"reason": "A shadow"}).status_code == 409
    auditor = as_person(holding(team, "guest_auditor"))
    assert [auditor.post(url, sent).status_code, auditor.get(strike).status_code] == [403, 403]


# --- Queries about a part of a photo -----------------------------------------------------------


def test_a_query_about_a_part_of_a_photo_says_so_and_leads_to_it(
    team: Team, photo: Photo, as_person: SignIn
) -> None:
    raising = (
        f"/studies/MEL-8/participants/SG01-0001/queries/raise/?about=photo&at={photo.pk}"
        f"&region={RECTANGLE}"
    )
    client = as_person(team.ewa)
    assert "a part of it" in client.get(raising).content.decode()
    sent = {"text": "Is this a scar?", "request_id": str(uuid.uuid4()), "region": "9,9,9,9"}
    assert client.post(raising, sent).status_code == 302
    query = Query.objects.get()
    assert query.region == region_of(RECTANGLE)
    assert named(place_of(query)) == {"about": "photo", "at": str(photo.pk), "field": ""}
    page = client.get(f"/studies/MEL-8/participants/SG01-0001/queries/{query.number}/")
    assert f"/studies/MEL-8/photos/{photo.pk}/#query-{query.number}" in page.content.decode()
    assert client.get(raising.replace(RECTANGLE, "0,0,2,0")).status_code == 422


def test_only_a_photo_has_parts(team: Team, photo: Photo) -> None:
    participant = photo.visit.participant
    with pytest.raises(NotFound):
        find_place(participant, about="detail", field="sex", region=RECTANGLE, by=team.ewa)
    point = find_place(
        participant, about="photo", at=str(photo.pk), region="0.5,0.5,0,0", by=team.ewa
    )
    assert told(point).words.endswith("a point of it")
