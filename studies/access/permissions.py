"""The one table of rights: what each role may do.

A role is held for a study, at one site or at all of them (``Membership.site`` empty). Nothing
else grants anything: a platform administrator (``is_superuser``) may create studies, people and
model packages, and sees no participant of any study they do not belong to.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person is in a study (ICH E6(R3) names in brackets)."""

    MANAGER = "manager"  # sponsor's or lead institution's study manager
    COORDINATOR = "coordinator"  # site staff who meet participants
    INVESTIGATOR = "investigator"  # reads scores and photos by code
    MONITOR = "monitor"  # checks the conduct, changes nothing


class Permission(StrEnum):
    """Acts and reads that are checked, in services and in querysets."""

    STUDY_VIEW = "study.view"
    STUDY_EDIT = "study.edit"
    MEMBERS_EDIT = "members.edit"
    AUDIT_VIEW = "audit.view"
    PARTICIPANT_VIEW = "participant.view"
    PARTICIPANT_ENROL = "participant.enrol"
    PARTICIPANT_EDIT = "participant.edit"
    IDENTITY_VIEW = "identity.view"
    CONSENT_RECORD = "consent.record"
    INVITATION_EDIT = "invitation.edit"
    VISIT_EDIT = "visit.edit"
    PHOTO_VIEW = "photo.view"
    PHOTO_ADD = "photo.add"
    PHOTO_REVIEW = "photo.review"
    SCORE_VIEW = "score.view"
    EXPORT = "export"
    DATA_REQUEST_VIEW = "data_request.view"
    DATA_REQUEST_EDIT = "data_request.edit"
    MESSAGE_VIEW = "message.view"
    MODEL_VIEW = "model.view"
    MODEL_ACTIVATE = "model.activate"
    WORK_VIEW = "work.view"
    WORK_RETRY = "work.retry"


_P = Permission
_LOOK = {
    _P.STUDY_VIEW,
    _P.PARTICIPANT_VIEW,
    _P.PHOTO_VIEW,
    _P.SCORE_VIEW,
    _P.MODEL_VIEW,
    _P.WORK_VIEW,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.MANAGER: frozenset(
        _LOOK
        | {_P.STUDY_EDIT, _P.MEMBERS_EDIT, _P.AUDIT_VIEW, _P.EXPORT}
        | {_P.MODEL_ACTIVATE, _P.WORK_RETRY, _P.PHOTO_REVIEW, _P.MESSAGE_VIEW}
        | {_P.DATA_REQUEST_VIEW}
    ),
    Role.COORDINATOR: frozenset(
        _LOOK
        | {_P.PARTICIPANT_ENROL, _P.PARTICIPANT_EDIT, _P.IDENTITY_VIEW, _P.CONSENT_RECORD}
        | {_P.INVITATION_EDIT, _P.VISIT_EDIT, _P.PHOTO_ADD, _P.PHOTO_REVIEW, _P.WORK_RETRY}
        | {_P.MESSAGE_VIEW, _P.DATA_REQUEST_VIEW, _P.DATA_REQUEST_EDIT}
    ),
    Role.INVESTIGATOR: frozenset(_LOOK | {_P.EXPORT, _P.PHOTO_REVIEW}),
    Role.MONITOR: frozenset(_LOOK | {_P.AUDIT_VIEW, _P.MESSAGE_VIEW, _P.DATA_REQUEST_VIEW}),
}


def roles_with(permission: Permission) -> list[str]:
    """The roles that carry ``permission``."""
    return [role.value for role, held in ROLE_PERMISSIONS.items() if permission in held]
