"""Words people must give with an act."""

from studies.platform.errors import ReasonMissing


def required_reason(reason: str) -> str:
    """The reason, its white space tidied.

    Raises:
        ReasonMissing: there is none.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing(
            "Please say why: the record keeps the reason for every change of what a study "
            "measures with. Nothing was changed."
        )
    return reason
