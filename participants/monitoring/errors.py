"""What is refused of monitoring."""

from studies.platform.errors import NotFound


class NoSuchNumber(NotFound):
    """A box that the flow does not have."""

    code = "no_such_number"
    title = "Not found"
