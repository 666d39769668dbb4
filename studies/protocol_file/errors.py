"""Refusals about protocol files."""

from studies.platform.errors import Invalid, StateRefused


class ProtocolInvalid(Invalid):
    """A protocol file cannot be loaded; the message names the place in the file."""

    code = "protocol_invalid"
    title = "The protocol file has a mistake"


class ProtocolDiffers(StateRefused):
    """A protocol file would change a study that is already under way."""

    code = "protocol_differs"
    title = "The study is under way and differs from the file"
