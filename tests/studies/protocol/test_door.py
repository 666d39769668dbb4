"""The door of staff pages: who is shown a study's page, who is told it does not exist."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.errors import NotAllowed
from studies.protocol.models import Study
from studies.protocol.views.access import Rights, StaffRequest, rights_in, signed_in, study_page
from tests.conftest import Team

Visit = Callable[..., HttpResponse]


@study_page(Permission.EXPORT)
def export_page(request: StaffRequest, study: Study, part: str = "all") -> HttpResponse:
    return HttpResponse(f"{study.title} {part}")


@signed_in
def any_page(request: StaffRequest) -> HttpResponse:
    return HttpResponse(request.user.name)


def request_of(user: User | AnonymousUser, **headers: str) -> HttpRequest:
    request = RequestFactory().get("/studies/MEL-8/export/", headers=headers)
    request.user = user
    return request


def test_a_person_with_the_right_sees_the_page(team: Team) -> None:
    request = request_of(team.dewi)
    response = export_page(request, study="MEL-8", part="one")
    assert response.content == b"Melasma over eight weeks one"
    assert request.study == team.study
    assert request.can["export"]


def test_a_person_without_the_right_is_refused(team: Team) -> None:
    with pytest.raises(NotAllowed, match="export"):
        export_page(request_of(team.ewa), study="MEL-8")


def test_a_study_one_does_not_belong_to_does_not_exist(team: Team) -> None:
    with pytest.raises(Http404):
        export_page(request_of(team.farid), study="MEL-8")


def test_an_administrator_without_a_role_sees_no_study(team: Team) -> None:
    root = User.objects.create_superuser("root@example.org", name="Root")
    with pytest.raises(Http404):
        export_page(request_of(root), study="MEL-8")


def test_an_ended_role_opens_nothing(team: Team) -> None:
    team.dewi.memberships.update(ended_at=timezone.now())
    with pytest.raises(Http404):
        export_page(request_of(team.dewi), study="MEL-8")


def test_a_deactivated_person_sees_nothing(team: Team) -> None:
    team.dewi.is_active = False
    with pytest.raises(Http404):
        export_page(request_of(team.dewi), study="MEL-8")
    assert Permission.EXPORT not in rights_in(team.dewi, team.study)


@pytest.mark.parametrize("page", [export_page, any_page])
def test_someone_signed_out_is_led_to_sign_in_and_back(page: Visit, db: None) -> None:
    args = {"study": "MEL-8"} if page is export_page else {}
    response = page(request_of(AnonymousUser()), **args)
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/studies/MEL-8/export/"


def test_a_fragment_asked_for_after_sign_out_leaves_its_page_as_it_is(db: None) -> None:
    response = any_page(request_of(AnonymousUser(), **{"HX-Request": "true"}))
    assert (response.status_code, response.content) == (401, b"")


def test_rights_are_those_of_all_roles_at_all_sites(team: Team) -> None:
    held = rights_in(team.amina, team.study)
    assert Permission.IDENTITY_VIEW in held
    assert Permission.STUDY_EDIT not in held
    assert Permission.STUDY_VIEW not in rights_in(team.amina, team.other_study)


def test_templates_ask_for_rights_by_name_and_a_misspelt_one_is_heard() -> None:
    can = Context({"can": Rights(frozenset({Permission.EXPORT}))})
    assert Template("{% if can.export %}yes{% endif %}").render(can) == "yes"
    assert Template("{% if can.study_edit %}yes{% endif %}").render(can) == ""
    with pytest.raises(RuntimeError, match="no permission"):
        Template("{% if can.exports %}yes{% endif %}").render(can)
