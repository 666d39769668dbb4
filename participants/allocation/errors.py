"""Refusals about allocations and unblinding."""

from studies.platform.errors import Invalid, Refusal, StateRefused


class NotRandomisable(StateRefused):
    """The participant is not at the step at which somebody is randomised."""

    code = "not_randomisable"
    title = "Not yet randomised"


class AlreadyRandomised(StateRefused):
    """The participant has an allocation; nobody gets two."""

    code = "already_randomised"
    title = "Randomised already"


class NoScheme(StateRefused):
    """No scheme of randomisation is in force."""

    code = "no_randomisation"
    title = "Randomisation is not set up"


class StratumMissing(StateRefused):
    """The list has no such stratum, or what decides on it is not known."""

    code = "stratum_missing"
    title = "No place for this participant"


class ListExhausted(StateRefused):
    """Every place of the stratum has been given."""

    code = "list_exhausted"
    title = "The list is used up"


class NotUnblindable(StateRefused):
    """There is nothing to unblind."""

    code = "nothing_to_unblind"
    title = "Nothing to unblind"


class WrongPassword(Invalid):
    """Whoever unblinds did not prove again who they are."""

    code = "wrong_password"
    title = "The password is not right"


class TooManyPasswords(Refusal):
    """Wrong passwords, one after the other."""

    status = 429
    code = "too_many_passwords"
    title = "Too many wrong passwords"
    retry_after = 600
