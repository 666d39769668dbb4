"""Addresses of the API, version 1, collected from the apps, and its schema."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from inference.urls import api as inference
from participants.urls import api as participants
from studies.urls import api as studies

v1 = [*studies, *participants, *inference]

urlpatterns = [
    path("v1/", include((v1, "api"))),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
