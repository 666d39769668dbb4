"""Refusals about amendments."""

from studies.platform.errors import StateRefused


class AmendmentUnderWay(StateRefused):
    """There is an amendment that no site has approved yet."""

    code = "amendment_under_way"
    title = "Another amendment is under way"


class AmendmentFixed(StateRefused):
    """The words of an amendment are with the committees, or in force."""

    code = "amendment_fixed"
    title = "This amendment can no longer be changed"


class DataOrphaned(StateRefused):
    """What an amendment takes away has photos that would belong nowhere."""

    code = "data_orphaned"
    title = "Photos would belong nowhere"


class ConsentNotInForce(StateRefused):
    """The consent version that goes with an amendment cannot be signed yet."""

    code = "consent_not_in_force"
    title = "Its consent is not in force yet"


class NotAmended(StateRefused):
    """An amendment changes nothing."""

    code = "not_amended"
    title = "Nothing is amended"
