"""Asking the one table of rights."""

from django.db.models import Q

from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import NotAllowed
from studies.protocol.models import Site, Study


def may(by: Actor, permission: Permission, *, study: Study, site: Site | None = None) -> bool:
    """Whether ``by`` holds ``permission`` in ``study`` at ``site``.

    Without a site the right must be held for the whole study (a role at all sites).
    """
    if not isinstance(by, User):
        return False
    held = Membership.objects.granting(by, permission).filter(study=study)
    return held.filter(Q(site=None) | Q(site=site) if site is not None else Q(site=None)).exists()


def may_anywhere(by: Actor, permission: Permission, *, study: Study) -> bool:
    """Whether ``by`` holds ``permission`` at one site of ``study`` at least."""
    if not isinstance(by, User):
        return False
    return Membership.objects.granting(by, permission).filter(study=study).exists()


def require(by: Actor, permission: Permission, *, study: Study, site: Site | None = None) -> None:
    """Refuse unless ``may``.

    Raises:
        NotAllowed: the person's roles do not carry the right there.
    """
    if not may(by, permission, study=study, site=site):
        where = f"at site {site.code}" if site is not None else f"in all of study {study.code}"
        raise NotAllowed(
            f"Your role does not include “{permission.value}” {where}. Nothing was changed. "
            "The study's manager can change roles."
        )
