"""Addresses of randomisation and unblinding, and of the API of participants."""

from django.urls import path

from participants.allocation.api import ParticipantDetail, ParticipantList

api = [
    path("studies/<code:study>/participants/", ParticipantList.as_view(), name="participants"),
    path(
        "studies/<code:study>/participants/<code:code>/",
        ParticipantDetail.as_view(),
        name="participant",
    ),
]
