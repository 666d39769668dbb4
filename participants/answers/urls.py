"""Addresses of questionnaires: filled in on the phone."""

from django.urls import path

from participants.answers.views import frame, phone

QUESTIONNAIRES = "my/questionnaires/"

my = [
    path("my/form-engine/", frame.frame, name="form_engine"),
    path(
        f"{QUESTIONNAIRES}<slug:assignment>/<str:place>/",
        phone.questionnaire,
        name="questionnaire",
    ),
    path(f"{QUESTIONNAIRES}<slug:assignment>/<str:place>/answers/", phone.answers, name="answers"),
]
