"""Questionnaires in the protocol: asked when and of whom, and which answers raise an alert."""

from studies.assignments.services.alerting import (
    add_alert_rule,
    change_alert_rule,
    remove_alert_rule,
    try_rule,
)
from studies.assignments.services.assigning import (
    IDENTITY,
    answered,
    assign,
    change_assignment,
    end_assignment,
)

__all__ = [
    "IDENTITY",
    "add_alert_rule",
    "answered",
    "assign",
    "change_alert_rule",
    "change_assignment",
    "end_assignment",
    "remove_alert_rule",
    "try_rule",
]
