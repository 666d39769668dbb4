"""Refusals about assignments."""

from studies.platform.errors import StateRefused


class AssignmentFixed(StateRefused):
    """Answers were given to it, so what it is stays as it is."""

    code = "assignment_fixed"
    title = "This is answered already"


class RuleEnded(StateRefused):
    """The rule, or the questionnaire it is about, is ended."""

    code = "alert_rule_ended"
    title = "This rule is ended"
