"""Addresses of a study's people, and of one's own account."""

from django.urls import path

from studies.members.views import account, people

PEOPLE = "studies/<code:study>/people/"

staff = [
    path(PEOPLE, people.people, name="people"),
    path(f"{PEOPLE}roles/", people.roles, name="roles"),
    path(f"{PEOPLE}add/", people.add, name="member_add"),
    path(f"{PEOPLE}<int:pk>/end/", people.end, name="member_end"),
    path(f"{PEOPLE}<int:pk>/mail/", people.mail, name="member_mail"),
    path("account/", account.account, name="account"),
    path("account/mails/", account.mails, name="mails"),
    path("account/session/", account.session, name="session"),
    path("account/signed-in/", account.back_in, name="signed_in"),
    path("account/api-token/", account.api_token, name="api_token"),
    path("account/api-token/revoke/", account.revoke_api_token, name="api_token_revoke"),
]
