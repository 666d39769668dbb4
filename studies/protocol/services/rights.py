"""Asking the one table of rights."""

from django.db.models import Q

from studies.access.models import Membership, User, is_blinded
from studies.access.permissions import ACTS, TITLES, Permission, Role, roles_with
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


def arm_right(study: Study) -> Permission:
    """The right that shows who is in which arm of ``study`` today.

    In a blinded study it is one that only unblinded roles hold, until the study is unblinded.
    """
    return Permission.ALLOCATION_VIEW if study.is_blinded else Permission.ARM_VIEW


def may_anywhere(by: Actor, permission: Permission, *, study: Study) -> bool:
    """Whether ``by`` holds ``permission`` at one site of ``study`` at least."""
    if not isinstance(by, User):
        return False
    return Membership.objects.granting(by, permission).filter(study=study).exists()


def reach(by: User, *, study: Study) -> str:
    """What ``by`` may see of ``study``, as a word: the same for all who may see the same."""
    held = Membership.objects.current().filter(user=by, study=study) if by.is_active else ()
    roles = sorted({(row.role, row.site_id or 0) for row in held})
    blind = "blind:" if is_blinded(by, study) else ""
    return blind + ",".join(f"{role}@{site}" for role, site in roles)


def require(by: Actor, permission: Permission, *, study: Study, site: Site | None = None) -> None:
    """Refuse unless ``may``.

    Raises:
        NotAllowed: the person's roles do not carry the right there.
    """
    if not may(by, permission, study=study, site=site):
        where = f"at site {site.code}" if site is not None else f"in all of study {study.code}"
        raise refusal(permission, where, unchanged=True, resting=rests(by, study))


def rests(by: Actor, study: Study) -> bool:
    """Whether the roles of ``by`` in ``study`` give nothing at present, as they read it blind."""
    return isinstance(by, User) and is_blinded(by, study)


def refusal(
    permission: Permission, where: str, *, unchanged: bool = False, resting: bool = False
) -> NotAllowed:
    """What somebody without ``permission`` reads: what they may not do, ``where``, and who may.

    ``resting``: their roles rest while they read blind, which is why.
    """
    if resting:
        return NotAllowed(
            f"You may not {ACTS[permission]} {where} at present: you read photos of this study "
            "blind, and your other roles rest until that reading study closes. "
            + ("Nothing was changed." if unchanged else "")
        )
    roles = " or ".join(TITLES[Role(role)] for role in roles_with(permission))
    return NotAllowed(
        f"You may not {ACTS[permission]} {where}: your role does not include it. "
        + ("Nothing was changed. " if unchanged else "")
        + f"Whoever is {roles} there may, and the study's manager can change roles."
    )
