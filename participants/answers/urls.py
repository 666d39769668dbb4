"""Addresses of a participant's questionnaires."""

from django.urls import path

from participants.answers import views

ALL = "studies/<code:study>/participants/<code:code>/questionnaires/"
ONE = f"{ALL}<code:assignment>/<code:place>/"

staff = [
    path(ALL, views.questionnaires, name="questionnaires"),
    path(ONE, views.questionnaire, name="questionnaire"),
    path(f"{ONE}strike/", views.strike, name="questionnaire_strike"),
    path(f"{ONE}discard/", views.discard, name="questionnaire_discard"),
]
