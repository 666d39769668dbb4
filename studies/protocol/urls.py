"""Addresses of the protocol."""

from django.urls import URLPattern, path

from studies.protocol.api import StudyDetail, StudyList
from studies.protocol.views import parts, reminders, studies, translations

PROTOCOL = "studies/<code:study>/protocol/"


def _parts(part: str) -> list[URLPattern]:
    """Add, edit and remove one kind of part of the protocol."""
    kind = {"part": part}
    return [
        path(f"{PROTOCOL}{part}/add/", parts.add, kind, name=f"{part}_add"),
        path(f"{PROTOCOL}{part}/<code:code>/", parts.edit, kind, name=f"{part}_edit"),
        path(f"{PROTOCOL}{part}/<code:code>/remove/", parts.remove, kind, name=f"{part}_remove"),
    ]


staff = [
    path("studies/new/", studies.create, name="create"),
    path(f"{PROTOCOL}edit/", studies.edit, name="edit"),
    path(f"{PROTOCOL}conditions/", studies.conditions, name="conditions"),
    path(f"{PROTOCOL}reminders/", reminders.reminders, name="reminders"),
    path(f"{PROTOCOL}activate/", studies.activate, name="activate"),
    path(f"{PROTOCOL}close/", studies.close, name="close"),
    path(f"{PROTOCOL}words/<code:language>/", translations.translate, name="translate"),
    *[pattern for part in parts.NOUNS for pattern in _parts(part)],
]
api = [
    path("studies/", StudyList.as_view(), name="studies"),
    path("studies/<code:study>/", StudyDetail.as_view(), name="study"),
]
