"""Addresses of files of scores."""

from django.urls import path

from inference.exports import views
from inference.exports.api import ExportFile, ScoreList

EXPORT = "studies/<code:study>/export/"

staff = [
    path(EXPORT, views.export, name="export"),
    path(f"{EXPORT}<str:file>.csv", views.download, name="export_file"),
]
api = [
    path("studies/<code:study>/scores/", ScoreList.as_view(), name="scores"),
    path(f"{EXPORT}<str:file>.csv", ExportFile.as_view(), name="export"),
]
