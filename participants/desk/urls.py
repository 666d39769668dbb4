"""Addresses of the staff's list of participants and of each participant's page."""

from django.urls import path

from participants.desk.views import detail, finding, history, listing

PARTICIPANTS = "studies/<code:study>/participants/"
ONE = f"{PARTICIPANTS}<code:code>/"

staff = [
    path(PARTICIPANTS, listing.participants, name="list"),
    path(f"{PARTICIPANTS}find/", finding.find, name="find"),
    path(ONE, detail.detail, name="detail"),
    path(f"{ONE}identity/", detail.reveal, name="identity"),
    path(f"{ONE}history/", history.history, name="history"),
    path(f"{ONE}complete/", detail.complete, name="complete"),
    path(f"{ONE}withdraw/", detail.withdraw, name="withdraw"),
    path(f"{ONE}visits/<code:visit>/", detail.visit, name="visit"),
]
