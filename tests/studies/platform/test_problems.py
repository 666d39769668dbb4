"""Under /api/ every error is a problem (RFC 9457), whichever part of the product answers."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.http import require_POST
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from studies.platform.errors import StateRefused
from tests.conftest import Team

FAULTS: dict[str, Exception] = {
    "fault": ZeroDivisionError("secret of the inside"),
    "unknown": Http404("No Study matches"),
    "denied": PermissionDenied("secret of the inside"),
    "suspicious": SuspiciousOperation("secret of the inside"),
    "refusal": StateRefused("The study is closed. Nothing was changed."),
    "type": UnsupportedMediaType("text/xml"),
    "invalid": ValidationError({"state": ["Not a valid choice."]}),
}
STATUSES = {
    "fault": (500, "broken"),
    "unknown": (404, "not_found"),
    "denied": (403, "not_allowed"),
    "suspicious": (400, "bad_request"),
    "refusal": (409, "wrong_state"),
    "type": (415, "unsupported_media_type"),
    "invalid": (400, "invalid"),
}


def plain(request: HttpRequest, what: str) -> HttpResponse:
    raise FAULTS[what]


@require_POST
def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class Resource(APIView):
    permission_classes = ()

    def get(self, request: Request, what: str) -> Response:
        raise FAULTS[what]


urlpatterns = [
    path("api/plain/<what>/", plain),
    path("api/resource/<what>/", Resource.as_view()),
    path("api/only-post/", only_post),
    path("page/<what>/", plain),
]
handler404 = "participants.people.views.errors.not_found"


def get(address: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(address, headers=headers)


def problem_of(answer: Any) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == answer.status_code
    assert told["title"]
    assert told["detail"]
    assert not set("{}") & set(told["title"] + told["detail"])
    assert "secret" not in answer.content.decode()
    return told


@pytest.mark.urls("tests.studies.platform.test_problems")
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("kind", "what"),
    [
        *(("plain", what) for what in FAULTS if what not in {"type", "invalid"}),  # DRF's own
        *(("resource", what) for what in FAULTS),
    ],
)
def test_whatever_is_raised_is_told_as_a_problem(
    db: None, kind: str, what: str, debug: bool, settings: Any
) -> None:
    settings.DEBUG = debug
    answer = get(f"/api/{kind}/{what}/")
    status, code = STATUSES[what]
    told = problem_of(answer)
    assert (answer.status_code, told["type"]) == (status, f"urn:gsh:problem:{code}")
    if what == "refusal":
        assert told["detail"] == "The study is closed. Nothing was changed."
    if what == "invalid":
        assert told["errors"] == {"state": ["Not a valid choice."]}


@pytest.mark.urls("tests.studies.platform.test_problems")
def test_a_method_that_is_refused_keeps_its_headers(db: None) -> None:
    answer = get("/api/only-post/")
    assert problem_of(answer)["status"] == 405
    assert answer["Allow"] == "POST"


@pytest.mark.urls("tests.studies.platform.test_problems")
def test_pages_stay_pages(db: None) -> None:
    answer = get("/page/unknown/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "address",
    ["/api", "/api/", "/api/v1/", "/api/v2/studies/", "/api/v1/studies/a%2Fb/", "/api/v1/nothing"],
)
def test_an_unknown_address_is_no_page(db: None, address: str) -> None:
    answer = get(address, accept="text/html")
    assert answer.status_code == 404
    assert problem_of(answer)["type"] == "urn:gsh:problem:not_found"


def test_a_host_that_is_not_ours_is_told_the_same_way(db: None) -> None:
    answer = Client(raise_request_exception=False).get("/api/schema/", headers={"host": "evil.sg"})
    assert problem_of(answer)["status"] == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_method_the_address_does_not_take_is_named_in_words(team: Team, method: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(team.chandra)
    for address in ("studies/", "studies/MEL-8/scores/", "studies/MEL-8/export/long.csv"):
        answer = getattr(client, method)(f"/api/v1/{address}", "{}", "application/json")
        told = problem_of(answer)
        assert told["type"] == "urn:gsh:problem:method_not_allowed"
        assert method.upper() in told["detail"]
        assert "GET" in answer["Allow"]
