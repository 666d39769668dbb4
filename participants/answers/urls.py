"""Addresses of questionnaires: a participant's, for staff, and filled in on the phone."""

from django.urls import path

from participants.answers.api import (
    AlertAcknowledge,
    AlertDetail,
    AlertList,
    SubmissionList,
)
from participants.answers.views import alerts, files, frame, phone
from participants.answers.views import staff as desk

QUESTIONNAIRES = "my/questionnaires/"
ALL = "studies/<code:study>/participants/<code:code>/questionnaires/"
FILES = "studies/<code:study>/export/answers/"
ONE = f"{ALL}<code:assignment>/<code:place>/"

staff = [
    path(ALL, desk.questionnaires, name="questionnaires"),
    path(ONE, desk.questionnaire, name="questionnaire"),
    path(f"{ONE}strike/", desk.strike, name="questionnaire_strike"),
    path(f"{ONE}discard/", desk.discard, name="questionnaire_discard"),
    path(f"{ONE}alerts/<int:pk>/", alerts.acknowledge, name="alert_acknowledge"),
    path(f"{ONE}reported/", desk.reported, name="serious_reported"),
    path(f"{FILES}<code:assignment>.csv", files.answers, name="answers_file"),
    path(f"{FILES}<code:assignment>/codebook.csv", files.codebook, name="answers_codebook"),
]
ALERTS = "studies/<code:study>/alerts/"
api = [
    path("studies/<code:study>/answers/", SubmissionList.as_view(), name="answers"),
    path(ALERTS, AlertList.as_view(), name="alerts"),
    path(f"{ALERTS}<int:pk>/", AlertDetail.as_view(), name="alert"),
    path(f"{ALERTS}<int:pk>/acknowledge/", AlertAcknowledge.as_view(), name="alert_acknowledge"),
]
my = [
    path("my/form-engine/", frame.frame, name="form_engine"),
    path(
        f"{QUESTIONNAIRES}<code:assignment>/<code:place>/",
        phone.questionnaire,
        name="questionnaire",
    ),
    path(f"{QUESTIONNAIRES}<code:assignment>/<code:place>/answers/", phone.answers, name="answers"),
]
