"""Addresses of the pages of ``studies``."""

from django.urls import URLPattern, path

from studies.views import account, consent, items, people, record, reminders, studies, translations

app_name = "studies"

PROTOCOL = "studies/<str:study>/protocol/"
CONSENT = f"{PROTOCOL}consent/"
PEOPLE = "studies/<str:study>/people/"


def _items(part: str) -> list[URLPattern]:
    """Add, edit and remove one kind of part of the protocol."""
    kind = {"part": part}
    return [
        path(f"{PROTOCOL}{part}/add/", items.add, kind, name=f"{part}_add"),
        path(f"{PROTOCOL}{part}/<str:code>/", items.edit, kind, name=f"{part}_edit"),
        path(f"{PROTOCOL}{part}/<str:code>/remove/", items.remove, kind, name=f"{part}_remove"),
    ]


urlpatterns = [
    path("", studies.home, name="home"),
    path("studies/new/", studies.create, name="create"),
    path(PROTOCOL, studies.protocol, name="protocol"),
    path(f"{PROTOCOL}file/", studies.protocol_file, name="protocol_file"),
    path(f"{PROTOCOL}edit/", studies.edit, name="edit"),
    path(f"{PROTOCOL}conditions/", studies.conditions, name="conditions"),
    path(f"{PROTOCOL}reminders/", reminders.reminders, name="reminders"),
    path(f"{PROTOCOL}activate/", studies.activate, name="activate"),
    path(f"{PROTOCOL}close/", studies.close, name="close"),
    path(f"{PROTOCOL}words/<slug:language>/", translations.translate, name="translate"),
    *[pattern for part in items.NOUNS for pattern in _items(part)],
    path(f"{CONSENT}add/", consent.add, name="consent_add"),
    path(f"{CONSENT}<int:pk>/", consent.show, name="consent_document"),
    path(f"{CONSENT}<int:pk>/edit/", consent.edit, name="consent_edit"),
    path(f"{CONSENT}<int:pk>/in-force/", consent.put_in_force, name="consent_in_force"),
    path(f"{CONSENT}<int:pk>/discard/", consent.discard, name="consent_discard"),
    path(PEOPLE, people.people, name="people"),
    path(f"{PEOPLE}add/", people.add, name="member_add"),
    path(f"{PEOPLE}<int:pk>/end/", people.end, name="member_end"),
    path(f"{PEOPLE}<int:pk>/mail/", people.mail, name="member_mail"),
    path("studies/<str:study>/record/", record.record, name="record"),
    path("record/", record.platform_record, name="platform_record"),
    path("account/", account.account, name="account"),
    path("account/api-token/", account.api_token, name="api_token"),
    path("account/api-token/revoke/", account.revoke_api_token, name="api_token_revoke"),
]
