"""Addresses of personal links and of the participant's language."""

from django.urls import path

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
