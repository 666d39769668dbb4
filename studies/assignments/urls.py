"""Addresses of assignments."""

from django.urls import path

from studies.assignments.api import AlertRuleList
from studies.assignments.views import assignments as views
from studies.assignments.views import rules

ASSIGNMENTS = "studies/<code:study>/assignments/"
ALERTS = f"{ASSIGNMENTS}<code:code>/alerts/"

staff = [
    path(ASSIGNMENTS, views.overview, name="assignments"),
    path(f"{ASSIGNMENTS}add/", views.add, name="assignment_add"),
    path(f"{ASSIGNMENTS}<code:code>/", views.edit, name="assignment_edit"),
    path(ALERTS, rules.overview, name="alert_rules"),
    path(f"{ALERTS}add/", rules.add, name="alert_rule_add"),
    path(f"{ALERTS}<code:rule>/", rules.edit, name="alert_rule_edit"),
    path(f"{ALERTS}<code:rule>/end/", rules.end, name="alert_rule_end"),
    path(f"{ASSIGNMENTS}<code:code>/end/", views.end, name="assignment_end"),
]
api = [path("studies/<code:study>/alert-rules/", AlertRuleList.as_view(), name="alert_rules")]
