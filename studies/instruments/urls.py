"""Addresses of instruments."""

from django.urls import path

from studies.instruments.api import InstrumentDetail, InstrumentList
from studies.instruments.views import changing
from studies.instruments.views import versions as views

INSTRUMENTS = "studies/<code:study>/instruments/"
VERSION = f"{INSTRUMENTS}<code:code>/<int:number>/"

staff = [
    path(INSTRUMENTS, views.overview, name="instruments"),
    path(f"{INSTRUMENTS}import/", views.import_form, name="instrument_import"),
    path(f"{INSTRUMENTS}import/shipped/", views.import_shipped, name="instrument_shipped"),
    path(f"{INSTRUMENTS}<code:code>/", views.history, name="instrument"),
    path(VERSION, views.version, name="instrument_version"),
    path(f"{VERSION}preview/", views.preview, name="instrument_preview"),
    path(f"{VERSION}publish/", views.publish, name="instrument_publish"),
    path(f"{VERSION}discard/", views.discard, name="instrument_discard"),
    path(f"{VERSION}copy/", changing.copy, name="instrument_copy"),
    path(f"{VERSION}language/", changing.language, name="instrument_language"),
    path(f"{VERSION}questions/<code:question>/", changing.question, name="instrument_question"),
    path(f"{VERSION}questions/<code:question>/move/", changing.move, name="instrument_move"),
    path(f"{VERSION}xlsform/", views.xlsform, name="instrument_xlsform"),
    path(f"{VERSION}dictionary/", views.dictionary, name="instrument_dictionary"),
]
api = [
    path("studies/<code:study>/instruments/", InstrumentList.as_view(), name="instruments"),
    path(
        "studies/<code:study>/instruments/<code:code>/",
        InstrumentDetail.as_view(),
        name="instrument",
    ),
]
