"""Addresses of accounts: allauth's, without what staff must not do by themselves."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path


def not_here(request: HttpRequest, **parts: str) -> HttpResponse:
    """An e-mail address is how a study knows a person: nobody changes it alone."""
    raise Http404


urlpatterns = [
    path("email/", not_here),
    path("confirm-email/", not_here),
    path("confirm-email/<str:key>/", not_here),
    path("", include("allauth.urls")),
]
