"""Addresses of personal links and of the participant's language."""

from django.urls import path

from participants.people.api import ParticipantDetail, ParticipantList
from participants.people.views import language, links, phones

LINK = "studies/<code:study>/participants/<code:code>/link/"

staff = [
    path(LINK, links.issue, name="issue_link"),
    path(f"{LINK}<int:pk>/", links.sheet, name="link_sheet"),
    path(f"{LINK}<int:pk>/revoke/", links.revoke, name="revoke_link"),
    path(
        "studies/<code:study>/participants/<code:code>/phones/<int:pk>/revoke/",
        phones.revoke,
        name="revoke_phone",
    ),
]
my = [
    path("my/language/", language.language, name="language"),
    path("my/phones/<int:pk>/end/", phones.end, name="phone_end"),
]
api = [
    path("studies/<code:study>/participants/", ParticipantList.as_view(), name="participants"),
    path(
        "studies/<code:study>/participants/<code:code>/",
        ParticipantDetail.as_view(),
        name="participant",
    ),
]
