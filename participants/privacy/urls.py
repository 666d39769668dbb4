"""Addresses of requests about data."""

from django.urls import path

from participants.privacy.views import my as mine
from participants.privacy.views import staff as requests

REQUESTS = "studies/<code:study>/requests/"

staff = [
    path(REQUESTS, requests.data_requests, name="data_requests"),
    path(f"{REQUESTS}<int:pk>/<slug:act>/", requests.act, name="data_request_act"),
]
my = [
    path("my/data/", mine.data, name="data"),
    path("my/data/copy.json", mine.copy, name="data_copy"),
    path("my/data/ask/<slug:wish>/", mine.ask, name="data_ask"),
    path("my/data/requests/<int:pk>/take-back/", mine.take_back, name="data_take_back"),
    path("r/<str:token>/", mine.receipt, name="receipt"),
]
