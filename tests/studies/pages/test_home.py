"""The page one arrives at, and the form that creates a study."""

import pytest

from studies.access.models import User
from tests.conftest import Team
from tests.studies.staff import SignIn, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.org", name="Root")


def test_home_shows_the_studies_one_belongs_to_with_ones_roles(
    team: Team, as_person: SignIn
) -> None:
    page = text(as_person(team.amina), "/")
    assert "MEL-8" in page
    assert "Coordinator at SG01" in page
    assert "FEAS-2" not in page
    assert "Create a study" not in page


def test_home_of_someone_without_a_study_says_what_to_do(root: User, as_person: SignIn) -> None:
    nobody = User.objects.create_user("new@example.org", name="New")
    assert "You do not belong to a study yet" in text(as_person(nobody), "/")
    assert "Create a study" in text(as_person(root), "/")


def test_an_administrator_creates_a_study_in_a_page(root: User, as_person: SignIn) -> None:
    browser = as_person(root)
    data = {
        "code": "ACNE-1",
        "title": "Acne",
        "time_zone": "Asia/Singapore",
        "languages": ["en"],
        "quality_profile": "normal",
        "masking": "open",
        "photo_review": "100",
        "min_age": "18",
        "majority_age": "18",
    }
    wrong = browser.post("/studies/new/", {**data, "code": "acne", "max_age": "3"})
    assert wrong.status_code == 422
    assert 'value="acne"' in wrong.content.decode()
    response = browser.post("/studies/new/", data)
    assert response["Location"] == "/studies/ACNE-1/protocol/"
    assert "still needs" not in text(browser, "/studies/ACNE-1/protocol/")
    assert "a consent document in force in English" in text(browser, "/studies/ACNE-1/protocol/")


def test_nobody_else_creates_one(team: Team, as_person: SignIn) -> None:
    assert as_person(team.dewi).get("/studies/new/").status_code == 403
    assert as_person(team.dewi).post("/studies/new/", {"code": "ACNE-1"}).status_code == 403
