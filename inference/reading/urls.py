"""Addresses of reading studies."""

from typing import Any

from django.urls import path

from inference.reading.views import calibrating, decide, mine, read

STUDY = "studies/<code:study>/"
READINGS = f"{STUDY}readings/"
ONE = f"{READINGS}<code:reading>/"
PICTURE = "<uuid:key>/<int:place>/<slug:size>/"

staff: list[Any] = [
    # What a reader and an adjudicator use.
    path(f"{STUDY}my-reading/", mine.my_reading, name="my_reading"),
    path(f"{ONE}read/", read.read, name="read"),
    path(f"{ONE}read/next/", read.next_case, name="read_next"),
    path(f"{ONE}read/undo/", read.undo, name="read_undo"),
    path(f"{ONE}read/anchors/<int:pk>/", read.anchor, name="read_anchor"),
    path(f"{ONE}read/<uuid:key>/", read.save, name="read_save"),
    path(f"{ONE}read/{PICTURE}", read.picture, name="read_picture"),
    path(f"{ONE}decide/", decide.deciding, name="decide"),
    path(f"{ONE}decide/claim/", decide.claim, name="decide_claim"),
    path(f"{ONE}decide/<uuid:key>/", decide.save_decision, name="decide_save"),
    path(f"{ONE}decide/{PICTURE}", decide.differing_picture, name="decide_picture"),
    path(
        f"{ONE}seats/<int:seat>/calibration/",
        calibrating.after_calibration,
        name="reading_calibration",
    ),
]
