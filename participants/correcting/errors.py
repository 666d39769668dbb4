"""Refusals of corrections."""

from studies.platform.errors import Invalid


class NothingDiffers(Invalid):
    """What was sent is what is there already."""

    code = "nothing_differs"
    title = "Nothing to correct"
