"""The address of the list of deviations."""

from django.urls import path

from participants.deviations.api import DeviationList
from participants.deviations.views import deviations

staff = [path("studies/<code:study>/deviations/", deviations, name="deviations")]
api = [path("studies/<code:study>/deviations/", DeviationList.as_view(), name="deviations")]
