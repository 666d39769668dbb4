"""What the inference app refuses, in words."""

from studies.errors import Invalid, Refusal, StateRefused


class PackageRefused(Invalid):
    """The file is no model package that may be used here; ``detail["problems"]`` lists why."""

    code = "package_refused"
    title = "This model package cannot be registered"


class PackageVersionTaken(Refusal):
    """Another file is registered under the same name and version."""

    status = 409
    code = "package_version_taken"
    title = "This version is registered already"


class PackageRetired(StateRefused):
    """A retired package starts no new work."""

    code = "package_retired"
    title = "This model is retired"


class PackageInUse(StateRefused):
    """A package at work in a study cannot be retired."""

    code = "package_in_use"
    title = "This model is in use"


class AlreadyActive(StateRefused):
    """The study uses the package already."""

    code = "already_active"
    title = "This model is active already"


class NotActive(StateRefused):
    """The study does not use the package (any more)."""

    code = "not_active"
    title = "This model is not active"


class AlreadyPrimary(StateRefused):
    """The package is the study's primary already."""

    code = "already_primary"
    title = "This model is the primary already"


class RescoreEnded(StateRefused):
    """Scoring again is done or was stopped: there is nothing to stop."""

    code = "rescore_ended"
    title = "This is over already"


class ReportRefused(Invalid):
    """The file is no evaluation report of this package."""

    code = "report_refused"
    title = "This report cannot be kept"


class TrialRefused(StateRefused):
    """The package is not tried on this photo; the message says why."""

    code = "trial_refused"
    title = "This cannot be tried now"


class NotQuarantined(StateRefused):
    """Only work in quarantine can be tried again by hand."""

    code = "not_quarantined"
    title = "There is nothing to try again"


class ReasonMissing(Invalid):
    """Changing what a study measures with needs a reason for the record."""

    code = "reason_missing"
    title = "Please give a reason"
