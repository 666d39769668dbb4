"""Whose act it is: the participant's own, or staff's by a right at the site."""

from participants.people.models import Participant
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import NotAllowed
from studies.protocol.services.rights import require


def is_self(by: Actor, participant: Participant) -> bool:
    """Whether ``by`` is the participant in person."""
    return isinstance(by, Participant) and by.pk == participant.pk


def require_self(by: Actor, participant: Participant, message: str) -> None:
    """Refuse, with ``message``, unless ``by`` is the participant.

    Raises:
        NotAllowed: staff and other participants.
    """
    if not is_self(by, participant):
        raise NotAllowed(message)


def require_self_or(permission: Permission, *, by: Actor, participant: Participant) -> None:
    """Refuse unless ``by`` is the participant or holds ``permission`` at their site.

    Raises:
        NotAllowed: neither.
    """
    if not is_self(by, participant):
        require(by, permission, study=participant.study, site=participant.site)
