"""Addresses of visits, by API; their pages are the desk's and the phone's."""

from django.urls import path

from participants.visits.api import VisitList

api = [path("studies/<code:study>/visits/", VisitList.as_view(), name="visits")]
