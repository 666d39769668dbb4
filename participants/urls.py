"""Addresses of the staff's pages of ``participants``."""

from django.urls import path

from participants.urls_messages import urlpatterns as message_urlpatterns
from participants.urls_photos import urlpatterns as photo_urlpatterns
from participants.views import (
    consent_preview,
    consents,
    data_requests,
    detail,
    enrolment,
    links,
    listing,
)

app_name = "participants"
_ALL = "studies/<str:study>/participants/"
_ONE = _ALL + "<str:code>/"

urlpatterns = [
    path(
        "studies/<str:study>/consent/<int:pk>/phone/",
        consent_preview.preview,
        name="consent_preview",
    ),
    path(_ALL, listing.participants, name="list"),
    path(_ALL + "enrol/", enrolment.screen, name="enrol"),
    path(_ONE, detail.detail, name="detail"),
    path(_ONE + "enrol/", enrolment.enrol, name="enrol_contact"),
    path(_ONE + "identity/", detail.reveal, name="identity"),
    path(_ONE + "contact/", enrolment.contact, name="contact"),
    path(_ONE + "consent/", consents.consent, name="consent"),
    path(_ONE + "consent/<int:pk>/copy/", consents.copy, name="consent_copy"),
    path(_ONE + "link/", links.issue, name="issue_link"),
    path(_ONE + "link/<int:pk>/revoke/", links.revoke, name="revoke_link"),
    path(_ONE + "complete/", detail.complete, name="complete"),
    path(_ONE + "withdraw/", detail.withdraw, name="withdraw"),
    path(_ONE + "visits/<str:visit>/", detail.visit, name="visit"),
    path("studies/<str:study>/requests/", data_requests.data_requests, name="data_requests"),
    path(
        "studies/<str:study>/requests/<int:pk>/<slug:act>/",
        data_requests.act,
        name="data_request_act",
    ),
    *message_urlpatterns,
    *photo_urlpatterns,
]
