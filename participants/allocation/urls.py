"""Addresses of randomisation and unblinding, and of the API of participants."""

from django.urls import path

from participants.allocation import views
from participants.allocation.api import ParticipantDetail, ParticipantList

ONE = "studies/<code:study>/participants/<code:code>/"

staff = [
    path("studies/<code:study>/randomisation/balance/", views.balance, name="balance"),
    path(f"{ONE}randomise/", views.randomise, name="randomise"),
    path(f"{ONE}unblind/", views.unblind, name="unblind"),
    path(f"{ONE}annotate/", views.annotate, name="annotate_allocation"),
]
api = [
    path("studies/<code:study>/participants/", ParticipantList.as_view(), name="participants"),
    path(
        "studies/<code:study>/participants/<code:code>/",
        ParticipantDetail.as_view(),
        name="participant",
    ),
]
