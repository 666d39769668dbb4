"""Addresses of reading studies."""

from typing import Any

from django.urls import path

from inference.reading.api import ReadingList, ReadingStudyList
from inference.reading.views import (
    calibrating,
    decide,
    examples,
    files,
    mine,
    read,
    readers,
    scales,
    studies,
)

STUDY = "studies/<code:study>/"
READINGS = f"{STUDY}readings/"
READING = f"{READINGS}<code:reading>/"
SCALE = f"{READING}scales/<code:scale>/"
EXAMPLES = f"{READING}examples/"

# The manager's: made, drafted, opened, closed.
managed: list[Any] = [
    path(READINGS, studies.overview, name="readings"),
    path(f"{READINGS}new/", studies.create, name="readings_new"),
    path(READING, studies.reading_study, name="readings_study"),
    path(f"{READING}edit/", studies.edit, name="readings_edit"),
    path(f"{READING}open/", studies.open_study, name="readings_open"),
    path(f"{READING}close/", studies.close, name="readings_close"),
    path(f"{READING}delete/", studies.delete, name="readings_delete"),
    path(f"{READING}readings.csv", files.readings, name="readings_file"),
    path(f"{READING}codebook.csv", files.codebook, name="readings_codebook"),
    path(f"{READING}readers/", readers.overview, name="readings_readers"),
    path(f"{READING}readers/<int:seat>/remove/", readers.remove, name="readings_reader_remove"),
    path(f"{READING}scales/", scales.add, name="readings_scale_add"),
    path(SCALE, scales.edit, name="readings_scale"),
    path(f"{SCALE}move/", scales.move, name="readings_scale_move"),
    path(f"{SCALE}remove/", scales.remove, name="readings_scale_remove"),
    path(f"{SCALE}pictures/", scales.anchor_add, name="readings_anchor_add"),
    path(f"{SCALE}pictures/<int:anchor>/", scales.anchor_picture, name="readings_anchor"),
    path(
        f"{SCALE}pictures/<int:anchor>/remove/", scales.anchor_remove, name="readings_anchor_remove"
    ),
    path(EXAMPLES, examples.overview, name="readings_examples"),
    path(f"{EXAMPLES}photos/<uuid:photo>/", examples.add, name="readings_example_add"),
    path(f"{EXAMPLES}<int:case>/", examples.edit, name="readings_example"),
    path(f"{EXAMPLES}<int:case>/remove/", examples.remove, name="readings_example_remove"),
]

PICTURE = "<uuid:key>/<int:place>/<slug:size>/"

# What a reader and an adjudicator use.
seated: list[Any] = [
    path(f"{STUDY}my-reading/", mine.my_reading, name="my_reading"),
    path(f"{READING}read/", read.read, name="read"),
    path(f"{READING}read/next/", read.next_case, name="read_next"),
    path(f"{READING}read/undo/", read.undo, name="read_undo"),
    path(f"{READING}read/anchors/<int:pk>/", read.anchor, name="read_anchor"),
    path(f"{READING}read/<uuid:key>/", read.save, name="read_save"),
    path(f"{READING}read/{PICTURE}", read.picture, name="read_picture"),
    path(f"{READING}decide/", decide.deciding, name="decide"),
    path(f"{READING}decide/claim/", decide.claim, name="decide_claim"),
    path(f"{READING}decide/<uuid:key>/", decide.save_decision, name="decide_save"),
    path(f"{READING}decide/{PICTURE}", decide.differing_picture, name="decide_picture"),
    path(
        f"{READING}seats/<int:seat>/calibration/",
        calibrating.after_calibration,
        name="reading_calibration",
    ),
]

staff: list[Any] = [*managed, *seated]

api: list[Any] = [
    path(READINGS, ReadingStudyList.as_view(), name="reading_studies"),
    path(READING, ReadingList.as_view(), name="readings"),
]
