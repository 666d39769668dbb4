"""Addresses of the API, version 1, and its schema."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from inference.api import ExportFile, ScoreList
from inference.api_models import PackageDetail, PackageList, RescoreList, StudyModelList
from participants.api import (
    ParticipantDetail,
    ParticipantList,
    PhotoDetail,
    PhotoList,
    VisitList,
)
from studies.api import StudyDetail, StudyList

_study = "studies/<str:study>/"

v1 = [
    path("packages/", PackageList.as_view(), name="packages"),
    path("packages/<str:sha256>/", PackageDetail.as_view(), name="package"),
    path("studies/", StudyList.as_view(), name="studies"),
    path(_study, StudyDetail.as_view(), name="study"),
    path(f"{_study}participants/", ParticipantList.as_view(), name="participants"),
    path(f"{_study}participants/<str:code>/", ParticipantDetail.as_view(), name="participant"),
    path(f"{_study}visits/", VisitList.as_view(), name="visits"),
    path(f"{_study}photos/", PhotoList.as_view(), name="photos"),
    path(f"{_study}photos/<uuid:photo>/", PhotoDetail.as_view(), name="photo"),
    path(f"{_study}scores/", ScoreList.as_view(), name="scores"),
    path(f"{_study}models/", StudyModelList.as_view(), name="models"),
    path(f"{_study}rescores/", RescoreList.as_view(), name="rescores"),
    path(f"{_study}export/<str:file>.csv", ExportFile.as_view(), name="export"),
]

urlpatterns = [
    path("v1/", include((v1, "api"))),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
