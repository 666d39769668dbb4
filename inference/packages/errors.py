"""Refusals of model packages."""

from studies.platform.errors import Invalid, Refusal, StateRefused


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


class ReportRefused(Invalid):
    """The file is no evaluation report of this package."""

    code = "report_refused"
    title = "This report cannot be kept"


class TrainedOnParticipants(StateRefused):
    """A package may not be the primary of a study whose participants it was trained on."""

    code = "trained_on_participants"
    title = "This model was trained on these participants"
