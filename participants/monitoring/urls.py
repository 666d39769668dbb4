"""Addresses of monitoring."""

from django.urls import path

from participants.monitoring import views
from participants.monitoring.api import FlowNumbers

MONITORING = "studies/<code:study>/monitoring/"

staff = [
    path(MONITORING, views.monitoring, name="monitoring"),
    path(f"{MONITORING}flow/", views.people_of_flow, name="flow_people"),
    path(f"{MONITORING}flow.svg", views.flow_svg, name="flow_svg"),
    path(f"{MONITORING}flow.csv", views.flow_csv, name="flow_file"),
    path(f"{MONITORING}deviations/", views.deviations_entered, name="deviations_entered"),
]
api = [path("studies/<code:study>/flow/", FlowNumbers.as_view(), name="flow")]
