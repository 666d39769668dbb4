"""Who holds which role where: given and ended by the study's managers."""

from django.db import transaction
from django.utils import timezone

from studies.access.models import Membership, User
from studies.access.permissions import BLIND, TITLES, Permission, Role, contradict
from studies.members.errors import LastManager, RolesContradict
from studies.members.services.people import create_person, send_welcome
from studies.platform.actors import SYSTEM, Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import Invalid, ReasonMissing, StateRefused
from studies.protocol.models import Site, Study
from studies.protocol.services import rights
from studies.record import services as audit


@transaction.atomic
def add_member(
    *,
    study: Study,
    email: str,
    role: str,
    by: Actor,
    site: Site | None = None,
    name: str = "",
    mail: bool = True,
) -> Membership:
    """Give the person with this ``email`` a role at ``site``, or at all sites of ``study``.

    An unknown address becomes a new person (``name`` is needed then) who gets a mail to set a
    password. Adding twice is refused; other roles are kept.

    Raises:
        NotAllowed: ``by`` may not change people there.
        Invalid: the role, site, address or name is wrong, or the role is held already.
        RolesContradict: the person holds a role in this study that does not go with this one.
    """
    _require(by, study, site)
    if role not in set(Role):
        raise _invalid("role", "Choose a role.")
    if site is not None and site.study_id != study.pk:
        raise _invalid("site", "This site belongs to another study.")
    person = User.objects.filter(email__iexact=email.strip()).first()
    if person is None:
        person = create_person(email=email, name=name, by=by)
    elif not person.is_active:
        raise _invalid("email", "This person's account was closed by an administrator.")
    held = Membership.objects.current().filter(user=person, study=study, site=site, role=role)
    if held.exists():
        raise _invalid("email", f"{person.name} holds this role already.")
    _require_compatible(person, study, Role(role))
    membership = Membership.objects.create(user=person, study=study, site=site, role=role)
    audit.record(
        by=by,
        action="membership.add",
        target=membership,
        study=study.code,
        site=site.code if site else "",
        new=_facts(membership),
    )
    if mail:
        send_welcome(person=person, study=study, by=by)
    return membership


@transaction.atomic
def end_membership(
    *, membership: Membership, reason: str, by: Actor, confirmed: Confirmed = None
) -> Membership:
    """End a role from now on; what the person did stays in the record.

    Raises:
        NotAllowed: ``by`` may not change people there.
        ReasonMissing: ``reason`` is empty.
        LastManager: nobody else manages the whole study.
        Unconfirmed: a site would have no coordinator any more, and nobody said that it is meant.
        StateRefused: it has ended already.
    """
    study, site = membership.study, membership.site
    _require(by, study, site)
    if not reason.strip():
        message = "Say in a few words why this role ends."
        raise ReasonMissing(message, detail={"fields": {"reason": [message]}})
    Study.objects.select_for_update().get(pk=study.pk)  # two managers cannot remove each other
    managers = Membership.objects.current().filter(
        study=study, site=None, role=Role.MANAGER, user__is_active=True
    )
    leads = managers.filter(pk=membership.pk).exists()
    if leads and not managers.exclude(pk=membership.pk).exists():
        raise LastManager(
            f"{membership.user.name} is the last manager of {study.code}. Nothing was changed. "
            "Make someone else manager of all sites first."
        )
    left_alone = _sites_left_alone(membership)
    require_confirmed(left_alone, confirmed)
    if not Membership.objects.current().filter(pk=membership.pk).update(ended_at=timezone.now()):
        raise StateRefused("This role has ended already.")
    membership.refresh_from_db()
    audit.record(
        by=by,
        action="membership.end",
        target=membership,
        study=study.code,
        site=site.code if site else "",
        old=_facts(membership),
        new={"without_coordinator": sites} if (sites := _codes(left_alone)) else None,
        reason=reason,
    )
    return membership


def _sites_left_alone(membership: Membership) -> dict[str, str]:
    """The sites whose last coordinator ``membership`` is, in words, by a key."""
    if membership.role != Role.COORDINATOR or membership.ended_at is not None:
        return {}
    others = (
        Membership.objects.current()
        .filter(study=membership.study, role=Role.COORDINATOR, user__is_active=True)
        .exclude(pk=membership.pk)
    )
    if others.filter(site=None).exists():
        return {}
    sites = Site.objects.filter(study=membership.study)
    if membership.site is not None:
        sites = sites.filter(pk=membership.site.pk)
    alone = sites.exclude(pk__in=others.values("site")).order_by("code")
    return {
        f"no-coordinator:{site.code}": f"{site.code} will have no coordinator: nobody can enrol, "
        "record consent, see names or answer requests there until somebody is added."
        for site in alone
    }


def _codes(left_alone: dict[str, str]) -> list[str]:
    return [key.partition(":")[2] for key in left_alone]


def send_welcome_again(*, membership: Membership, by: Actor) -> None:
    """Send the mail with the link once more, to someone who has not set a password yet.

    Raises:
        NotAllowed: ``by`` may not change people there.
        StateRefused: the person has a password, or the role has ended.
    """
    _require(by, membership.study, membership.site)
    if membership.user.has_usable_password() or membership.ended_at is not None:
        raise StateRefused("This person has set a password already, or holds the role no more.")
    with transaction.atomic():
        send_welcome(person=membership.user, study=membership.study, by=by)
        audit.record(
            by=by,
            action="membership.send_mail_again",
            target=membership,
            study=membership.study.code,
            site=membership.site.code if membership.site else "",
        )


def _require_compatible(person: User, study: Study, role: Role) -> None:
    """Refuse what contradicts a role that ``person`` holds at any site of ``study``."""
    Study.objects.select_for_update().get(pk=study.pk)  # two managers cannot give one each
    rows = Membership.objects.current().filter(user=person, study=study)
    held = {Role(value) for value in rows.values_list("role", flat=True)}
    clashing = sorted(TITLES[other] for other in held if contradict(other, role))
    if not clashing:
        return
    if {role, *held} & BLIND and not {role, *held} <= {Role.READER, Role.ADJUDICATOR}:
        why = "one of these judges without knowing arm or scores, and the other would show them"
    else:
        why = "who adjudicates may not judge their own readings"
    message = (
        f"{person.name} is {' and '.join(clashing)} in {study.code} and cannot be {TITLES[role]} "
        f"too: {why}. Nothing was changed. Choose somebody else, or end the other role first."
    )
    raise RolesContradict(message, detail={"fields": {"role": [message]}})


def _facts(membership: Membership) -> dict[str, str]:
    return {
        "person": membership.user.actor_label,
        "role": membership.role,
        "site": membership.site.code if membership.site else "all sites",
    }


def _require(by: Actor, study: Study, site: Site | None) -> None:
    if by is not SYSTEM:
        rights.require(by, Permission.MEMBERS_EDIT, study=study, site=site)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, detail={"fields": {field: [message]}})
