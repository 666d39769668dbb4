"""Addresses of personal links and of the participant's language."""

from django.urls import path

from participants.people.api import ParticipantDetail, ParticipantList
from participants.people.views import language, links

LINK = "studies/<str:study>/participants/<str:code>/link/"

staff = [
    path(LINK, links.issue, name="issue_link"),
    path(f"{LINK}<int:pk>/revoke/", links.revoke, name="revoke_link"),
]
my = [path("my/language/", language.language, name="language")]
api = [
    path("studies/<str:study>/participants/", ParticipantList.as_view(), name="participants"),
    path(
        "studies/<str:study>/participants/<str:code>/",
        ParticipantDetail.as_view(),
        name="participant",
    ),
]
