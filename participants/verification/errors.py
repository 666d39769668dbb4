"""What is refused of verification."""

from studies.platform.errors import NotFound, StateRefused


class PartUnknown(NotFound):
    """Nothing of the participant is called so, or nothing is there yet."""

    code = "part_unknown"
    title = "Nothing to verify here"


class NotToVerify(StateRefused):
    """What is locked, erased or not as asked is not verified."""

    code = "not_to_verify"
    title = "Not verified"
