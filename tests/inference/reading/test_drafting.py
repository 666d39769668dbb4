"""A draft as its manager makes it: design, scales, pictures, training, what opening comes to."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from inference.reading.errors import MayNotRead, NotReady, ReadingStudyFixed
from inference.reading.models import Anchor, Case, ReadingStudy
from inference.reading.services import cases, drafting, opening, pictures_kept, scaling, seats
from inference.reading.services.chairs import candidates, seen_before
from inference.reading.services.previewing import preview
from participants.capture.models import Photo
from participants.people.services.record import record_about
from studies.access.models import User
from studies.platform import storage
from studies.platform.errors import Invalid
from studies.platform.seen import ChangedMeanwhile, Seen
from tests.conftest import Team
from tests.inference.reading.making import (
    GRADES,
    make_draft,
    make_open,
    make_photos,
    make_reader,
    seat,
)
from tests.studies.access.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def una(team: Team) -> User:
    return make_reader(team, "Una")


def picture(colour: str = "grey") -> bytes:
    out = BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "PNG")
    return out.getvalue()


def upload(content: bytes) -> Any:
    return SimpleUploadedFile("a.png", content, content_type="image/png")


# --- Design --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "read one"}, "code"),
        ({"code": "READ-1"}, "code"),
        ({"views": ["back"]}, "views"),
        ({"visits": ["week-99"]}, "visits"),
        ({"sample": 0}, "sample"),
        ({"idle_seconds": 2}, "idle_seconds"),
        ({"strata": {"condition": "acne", "edges": []}, "sample": 5}, "strata"),
        ({"strata": {"condition": "melasma", "edges": [60, 20]}, "sample": 5}, "strata"),
        ({"strata": {"condition": "melasma", "edges": [20]}}, "sample"),
    ],
)
def test_what_does_not_fit_is_refused(team: Team, values: dict[str, Any], field: str) -> None:
    make_draft(team)
    wanted = {"code": "READ-2", "title": "Again", **values}
    with pytest.raises(Invalid) as refusal:
        drafting.create_reading_study(study=team.study, by=team.dewi, **wanted)
    assert field in refusal.value.detail["fields"]  # type: ignore[operator]
    assert ReadingStudy.objects.count() == 1


def test_only_a_draft_changes_or_goes(team: Team, una: User) -> None:
    make_photos(team, 2)
    study = make_open(team, una)
    scale = study.scales.get()
    for act in (
        lambda: drafting.edit_reading_study(study=study, by=team.dewi, title="Again"),
        lambda: drafting.delete_reading_study(study=study, by=team.dewi),
        lambda: scaling.add_scale(study=study, template="line", by=team.dewi),
        lambda: scaling.edit_scale(scale=scale, by=team.dewi, title="Again"),
        lambda: scaling.move_scale(scale=scale, up=True, by=team.dewi),
        lambda: scaling.remove_scale(scale=scale, by=team.dewi),
    ):
        with pytest.raises(ReadingStudyFixed):
            act()


def test_who_edits_second_is_told(team: Team) -> None:
    study = make_draft(team)
    seen = Seen.of({"title": study.title})
    drafting.edit_reading_study(study=study, by=team.dewi, seen=seen, title="One")
    with pytest.raises(ChangedMeanwhile):
        drafting.edit_reading_study(study=study, by=team.dewi, seen=seen, title="Two")


def test_what_was_changed_since_the_question_is_not_opened(team: Team, una: User) -> None:
    make_photos(team, 2)
    study = make_draft(team)
    seats.add_reader(study=study, user=una, by=team.dewi)
    seen = Seen.of(opening.fixed_by_opening(study))
    scaling.edit_scale(scale=study.scales.get(), by=team.dewi, question="How deep?")
    with pytest.raises(ChangedMeanwhile):
        opening.open_reading_study(study=study, by=team.dewi, seen=seen)
    study.refresh_from_db()
    assert study.is_draft


# --- Scales --------------------------------------------------------------------------------------


def test_scales_begin_from_templates_and_keep_their_order(team: Team) -> None:
    study = make_draft(team)
    melasma = team.study.ordered_conditions().get(pk="melasma")
    added = [
        scaling.add_scale(study=study, template=name, by=team.dewi, condition=melasma)
        for name in ("grades-5", "line", "grades-4")
    ]
    assert [scale.code for scale in added] == ["melasma", "melasma-line", "melasma-2"]
    assert len(added[0].grades) == 5
    scaling.move_scale(scale=added[2], up=True, by=team.dewi)
    codes = list(study.scales.values_list("code", flat=True))
    assert codes == ["wrinkles", "melasma", "melasma-2", "melasma-line"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"grades": GRADES[:1]}, "grades"),
        ({"grades": [*GRADES, GRADES[0]]}, "grades"),
        ({"grades": [{"label": "", "descriptor": "x"}, *GRADES]}, "grades"),
        ({"primary": "icc_9"}, "primary"),
        ({"region": "ear"}, "region"),
        ({"adjudicate_beyond": 3}, "adjudicate_beyond"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(team: Team, values: dict[str, Any], field: str) -> None:
    scale = make_draft(team).scales.get()
    with pytest.raises(Invalid) as refusal:
        scaling.edit_scale(scale=scale, by=team.dewi, **values)
    assert field in refusal.value.detail["fields"]  # type: ignore[operator]


# --- Pictures ------------------------------------------------------------------------------------


def test_a_picture_is_decoded_cleaned_and_goes_with_the_draft(
    team: Team, django_capture_on_commit_callbacks: Any
) -> None:
    study = make_draft(team)
    scale = study.scales.get()
    with pytest.raises(Invalid, match="Nothing"):
        pictures_kept.add_anchor(
            scale=scale, value=1, licence="Ours", upload=upload(b"<svg/>"), by=team.dewi
        )
    with pytest.raises(Invalid) as refusal:
        pictures_kept.add_anchor(
            scale=scale, value=4, licence=" ", upload=upload(picture()), by=team.dewi
        )
    assert set(refusal.value.detail["fields"]) == {"value", "licence"}  # type: ignore[call-overload]
    anchor = pictures_kept.add_anchor(
        scale=scale, value=1, licence="Ours", upload=upload(picture()), by=team.dewi
    )
    assert pictures_kept.anchor_jpeg(anchor).startswith(b"\xff\xd8\xff\xe0")
    with django_capture_on_commit_callbacks(execute=True):
        drafting.delete_reading_study(study=study, by=team.dewi)
    assert not Anchor.objects.exists()
    assert not storage.private_storage().exists(anchor.file)


def test_no_photo_of_the_study_stands_beside_a_scale(team: Team) -> None:
    from hashlib import sha256

    from participants.imaging.decode import encode_clean

    study = make_draft(team)
    [photo] = make_photos(team, 1)
    content = picture("tan")
    with Image.open(BytesIO(content)) as opened:
        import numpy as np

        upright = encode_clean(np.asarray(opened.convert("RGB")))
    Photo.objects.filter(pk=photo.pk).update(upright_sha256=sha256(upright).hexdigest())
    for sent in (content, upright):  # another file of the same pixels, and the photo itself
        with pytest.raises(Invalid, match="photo of a participant"):
            pictures_kept.add_anchor(
                scale=study.scales.get(), value=1, licence="Ours", upload=upload(sent), by=team.dewi
            )


# --- Training cases ------------------------------------------------------------------------------


def test_people_of_training_cases_are_no_cases_and_every_scale_is_expected(
    team: Team, una: User
) -> None:
    photos = make_photos(team, 3, visits=2)
    study = make_draft(team)
    seats.add_reader(study=study, user=una, by=team.dewi)
    with pytest.raises(Invalid):
        cases.add_case(study=study, photo=photos[0], use="training", expected={}, by=team.dewi)
    made = cases.add_case(
        study=study, photo=photos[0], use="training", expected={"wrinkles": 2}, by=team.dewi
    )
    assert preview(study).cases == 4
    scaling.add_scale(study=study, template="count", by=team.dewi)
    with pytest.raises(NotReady, match="Training case 1"):
        opening.open_reading_study(study=study, by=team.dewi)
    cases.edit_case(case=made, expected={"wrinkles": 2, "count": 5}, feedback="Look", by=team.dewi)
    opening.open_reading_study(study=study, by=team.dewi)
    assert seat(study, una).turns.order_by("position")[0].case == made
    assert study.cases.filter(use=Case.Use.MAIN).count() == 4


def test_a_removed_scale_is_expected_of_nobody(team: Team) -> None:
    [photo] = make_photos(team, 1)
    study = make_draft(team)
    scaling.add_scale(study=study, template="count", by=team.dewi)
    expected = {"wrinkles": 2, "count": 5}
    made = cases.add_case(study=study, photo=photo, use="training", expected=expected, by=team.dewi)
    scaling.remove_scale(scale=study.scales.get(code="count"), by=team.dewi)
    made.refresh_from_db()
    assert made.expected == {"wrinkles": 2}


# --- Readers -------------------------------------------------------------------------------------


def test_who_may_have_to_unblind_or_left_an_open_study_cannot_read(team: Team, una: User) -> None:
    make_photos(team, 2)
    jaya = UserFactory(name="Jaya", email="jaya@example.org")
    MembershipFactory(user=jaya, study=team.study, site=team.sg01, role="site_investigator")
    study = make_open(team, una, team.chandra)
    with pytest.raises(MayNotRead, match="emergency"):
        seats.add_reader(study=study, user=jaya, by=team.dewi)
    seats.remove_reader(seat=seat(study, una), reason="Ill.", by=team.dewi)
    with pytest.raises(MayNotRead, match="had a seat"):
        seats.add_reader(study=study, user=una, by=team.dewi)
    reasons = {one.user.name: one.why_not for one in candidates(study)}
    assert "emergency" in reasons["Jaya"]
    assert "had a seat" in reasons["Una"]


def test_a_seat_of_a_draft_is_simply_gone(team: Team, una: User) -> None:
    study = make_draft(team)
    for _ in range(2):
        seats.add_reader(study=study, user=una, by=team.dewi)
        seats.remove_reader(seat=seat(study, una), reason="", by=team.dewi)
    assert not study.seats.exists()


def test_who_opened_photos_before_is_counted_once_a_photo(team: Team) -> None:
    photos = make_photos(team, 3)
    study = make_draft(team)
    for photo in (photos[0], photos[0], photos[1]):
        record_about(photo.visit.participant, "photo.view", by=team.chandra, target=photo, new={})
    assert seen_before(study, [team.chandra]) == {str(team.chandra.pk): 2}
    seats.add_reader(study=study, user=team.chandra, by=team.dewi)
    assert any("has opened 2 of these photos" in words for words in preview(study).warnings)


# --- The preview ---------------------------------------------------------------------------------


def test_the_preview_says_what_it_comes_to_and_what_is_wrong(team: Team, una: User) -> None:
    make_photos(team, 10)
    study = make_draft(team, repeats_percent=20, repeat_distance=4)
    problems = preview(study).problems
    assert any("reader" in words for words in problems)
    seats.add_reader(study=study, user=una, by=team.dewi)
    found = preview(study)
    assert (found.cases, found.people, found.repeats, found.readers) == (10, 10, 2, 1)
    assert found.ready
    assert {words.partition(":")[0] for words in found.warnings} >= {"One reader", "10 cases"}
    study.sample, study.strata = 5, {"condition": "melasma", "edges": []}
    study.save()
    assert any("no score" in words for words in preview(study).warnings)
    assert not study.cases.exists()
