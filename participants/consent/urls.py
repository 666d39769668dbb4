"""Addresses of consent: at the clinic, and on the participant's phone."""

from django.urls import path

from participants.consent.views import my as mine
from participants.consent.views import paper, preview
from participants.consent.views import staff as clinic

CONSENT = "studies/<code:study>/participants/<code:code>/consent/"

staff = [
    path("studies/<code:study>/consent/<int:pk>/phone/", preview.preview, name="consent_preview"),
    path(CONSENT, clinic.consent, name="consent"),
    path(f"{CONSENT}paper/", paper.consent_paper, name="consent_paper"),
    path(f"{CONSENT}<int:pk>/copy/", clinic.copy, name="consent_copy"),
]
my = [
    path("my/consent/review/", mine.review, name="consent_review"),
    path("my/consent/answer/", mine.answer, name="consent_answer"),
    path("my/consent/progress/", mine.progress, name="consent_progress"),
    path("my/consent/done/", mine.done, name="consent_done"),
    path("my/consent/declined/", mine.declined, name="consent_declined"),
    path("my/choices/", mine.choices, name="choices"),
]
