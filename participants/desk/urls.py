"""Addresses of the staff's list of participants and of each participant's page."""

from django.urls import path

from participants.desk.views import detail, listing

PARTICIPANTS = "studies/<str:study>/participants/"
ONE = f"{PARTICIPANTS}<str:code>/"

staff = [
    path(PARTICIPANTS, listing.participants, name="list"),
    path(ONE, detail.detail, name="detail"),
    path(f"{ONE}identity/", detail.reveal, name="identity"),
    path(f"{ONE}complete/", detail.complete, name="complete"),
    path(f"{ONE}withdraw/", detail.withdraw, name="withdraw"),
    path(f"{ONE}visits/<str:visit>/", detail.visit, name="visit"),
]
