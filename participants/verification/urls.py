"""Addresses of source verification."""

from django.urls import path

from participants.verification import views
from participants.verification.api import TickList

STUDY = "studies/<code:study>/verification/"
PART = "studies/<code:study>/participants/<code:code>/verification/<code:part>/"

staff = [
    path(f"{STUDY}plan/", views.plan, name="verification_plan"),
    path(f"{STUDY}file/", views.verification_file, name="verification_file"),
    path(f"{STUDY}sites/<code:site>/", views.site_page, name="verification_site"),
    path(PART, views.part_page, name="verification_part"),
    path(f"{PART}verify/", views.verify, name="verify"),
    path(f"{PART}take-back/", views.verification_take_back, name="verification_take_back"),
]
api = [path("studies/<code:study>/verification/", TickList.as_view(), name="verification")]
