"""Who is in which arm, for those who may know it. Nobody else is told, nor told apart."""

from collections.abc import Collection, Iterable

from participants.allocation.models import Allocation
from participants.allocation.sealed import Given
from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import NotAllowed
from studies.protocol.models import Arm, Site, Study
from studies.protocol.services.rights import arm_right, may, may_anywhere, refusal


def sees_arms(user: Actor, study: Study) -> bool:
    """Whether ``user`` may know the arms at one site of ``study`` at least."""
    return may_anywhere(user, arm_right(study), study=study)


def require_sees_arms(user: Actor, study: Study) -> None:
    """Refuse whoever may not know the arms at any site of ``study``.

    Raises:
        NotAllowed: with who may.
    """
    if not sees_arms(user, study):
        raise arm_refusal(study)


def arm_refusal(study: Study) -> NotAllowed:
    """What is said to whoever asks for arms and may not know them."""
    return refusal(arm_right(study), f"in study {study.code}")


def given_to(people: Iterable[Participant], *, user: User) -> dict[int, Given]:
    """Participant's key → what they were given; without those whose arm ``user`` may not know."""
    keys = [participant.pk for participant in people]
    rows = Allocation.objects.visible_to(user).filter(participant__in=keys)
    return {row.participant_id: row.opened() for row in rows}


def arms_by_name(people: Iterable[Participant], *, study: Study, user: User) -> dict[int, str]:
    """Participant's key → the name of the arm, as ``given_to``."""
    names = dict(Arm.objects.filter(study=study).values_list("code", "name"))
    given = given_to(people, user=user)
    return {key: names.get(one.arm, one.arm) for key, one in given.items()}


def arm_of(participant: Participant, *, user: User) -> str:
    """The name of the arm of one participant, or nothing where ``user`` may not know it."""
    named = arms_by_name([participant], study=participant.study, user=user)
    return named.get(participant.pk, "")


def in_arms(study: Study, codes: Collection[str], *, user: User) -> list[int]:
    """Keys of the participants in one of these arms whose arm ``user`` may know.

    The rows are opened one by one, about 25 µs each: nothing in the database tells them apart.
    """
    rows = Allocation.objects.visible_to(user).filter(participant__study=study)
    wanted = set(codes)
    return [row.participant_id for row in rows.iterator() if row.opened().arm in wanted]


def own_arm(participant: Participant) -> str | None:
    """The name of the arm for the participant: in an open study, or once it is unblinded."""
    if participant.study.is_blinded:
        return None
    row = Allocation.objects.filter(participant=participant).first()
    if row is None:
        return None
    code = row.opened().arm
    arm = Arm.objects.filter(study=participant.study_id, code=code).first()
    return arm.name if arm else code


def sites_with_arms(user: User, study: Study) -> set[int]:
    """Keys of the sites of ``study`` whose arms ``user`` may know."""
    sites = Site.objects.visible_to(user, arm_right(study)).filter(study=study)
    return set(sites.values_list("pk", flat=True))


def knows_arms_at(user: User, study: Study, sites: Collection[int]) -> bool:
    """Whether ``user`` may know the arms at all ``sites``, and at one of ``study`` at least.

    What is counted by arm is shown to nobody else: of a part of the sites it would tell arms.
    """
    known = sites_with_arms(user, study)
    return bool(known) and set(sites) <= known


def may_know(user: Actor, participant: Participant) -> bool:
    """Whether ``user`` may know the arm of ``participant``."""
    right: Permission = arm_right(participant.study)
    return may(user, right, study=participant.study, site=participant.site)
