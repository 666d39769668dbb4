"""Addresses of the schedule."""

from django.urls import path

from participants.board import views

SCHEDULE = "studies/<code:study>/schedule/"

staff = [
    path(SCHEDULE, views.board, name="board"),
    path(f"{SCHEDULE}week/", views.week, name="week"),
    path(f"{SCHEDULE}act/", views.act, name="schedule_act"),
    path(f"{SCHEDULE}report/", views.report, name="schedule_report"),
]
