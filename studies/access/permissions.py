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
    MONITOR = "monitor"  # checks the conduct and asks about data, changes none
    DATA_MANAGER = "data_manager"  # cleans and takes out coded data
    SITE_INVESTIGATOR = "site_investigator"  # principal investigator of a site, blind
    SAFETY_READER = "safety_reader"  # looks at photos for harm, blind
    STATISTICIAN = "statistician"  # unblinded: analyses by arm
    PHARMACIST = "pharmacist"  # unblinded: hands out what the arm gets
    READER = "reader"  # grades photos blind
    ADJUDICATOR = "adjudicator"  # decides blind where readers differ
    GUEST_AUDITOR = "guest_auditor"  # inspects for a while, changes nothing


class Permission(StrEnum):
    """Acts and reads that are checked, in services and in querysets."""

    STUDY_VIEW = "study.view"
    STUDY_EDIT = "study.edit"
    AMENDMENT_APPROVE = "amendment.approve"
    INSTRUMENT_EDIT = "instrument.edit"
    MEMBERS_EDIT = "members.edit"
    AUDIT_VIEW = "audit.view"
    MONITORING_VIEW = "monitoring.view"
    VERIFICATION_VIEW = "verification.view"
    SOURCE_VERIFY = "source.verify"
    PARTICIPANT_VIEW = "participant.view"
    PARTICIPANT_ENROL = "participant.enrol"
    PARTICIPANT_EDIT = "participant.edit"
    HISTORY_VIEW = "history.view"
    IDENTITY_VIEW = "identity.view"
    CONSENT_RECORD = "consent.record"
    INVITATION_EDIT = "invitation.edit"
    VISIT_EDIT = "visit.edit"
    PHOTO_VIEW = "photo.view"
    PHOTO_ADD = "photo.add"
    PHOTO_REVIEW = "photo.review"
    ANSWER_VIEW = "answer.view"
    ANSWER_EDIT = "answer.edit"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    QUERY_VIEW = "query.view"
    QUERY_RAISE = "query.raise"
    QUERY_ANSWER = "query.answer"
    QUERY_CLOSE = "query.close"
    SCORE_VIEW = "score.view"
    READING_VIEW = "reading.view"
    READING_EDIT = "reading.edit"
    READ_BLIND = "reading.read"
    ARM_VIEW = "arm.view"
    ALLOCATION_VIEW = "allocation.view"
    RANDOMISATION_EDIT = "randomisation.edit"
    RANDOMISE = "participant.randomise"
    UNBLIND = "participant.unblind"
    EXPORT = "export"
    DATA_REQUEST_VIEW = "data_request.view"
    DATA_REQUEST_EDIT = "data_request.edit"
    MESSAGE_VIEW = "message.view"
    MODEL_VIEW = "model.view"
    MODEL_ACTIVATE = "model.activate"
    WORK_VIEW = "work.view"
    WORK_RETRY = "work.retry"


_P = Permission
# How a study is conducted, and what of it was compared with the source.
_CONDUCT = {_P.MONITORING_VIEW, _P.VERIFICATION_VIEW}
_LOOK = {
    _P.STUDY_VIEW,
    _P.PARTICIPANT_VIEW,
    _P.PHOTO_VIEW,
    _P.ANSWER_VIEW,
    _P.SCORE_VIEW,
    _P.ARM_VIEW,
    _P.MODEL_VIEW,
    _P.WORK_VIEW,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.MANAGER: frozenset(
        _LOOK
        | {_P.STUDY_EDIT, _P.AMENDMENT_APPROVE, _P.INSTRUMENT_EDIT}
        | {_P.MEMBERS_EDIT, _P.AUDIT_VIEW, _P.EXPORT}
        | {_P.MODEL_ACTIVATE, _P.WORK_RETRY, _P.PHOTO_REVIEW, _P.MESSAGE_VIEW}
        | {_P.DATA_REQUEST_VIEW, _P.HISTORY_VIEW, _P.ALERT_ACKNOWLEDGE}
        | {_P.READING_VIEW, _P.READING_EDIT}
        | {_P.QUERY_VIEW, _P.QUERY_RAISE, _P.QUERY_CLOSE}
        | _CONDUCT
    ),
    Role.COORDINATOR: frozenset(
        _LOOK
        | _CONDUCT
        | {_P.HISTORY_VIEW, _P.QUERY_VIEW, _P.QUERY_RAISE, _P.QUERY_ANSWER}
        | {_P.PARTICIPANT_ENROL, _P.PARTICIPANT_EDIT, _P.IDENTITY_VIEW, _P.CONSENT_RECORD}
        | {
            _P.ANSWER_EDIT,
            _P.ALERT_ACKNOWLEDGE,
            _P.INVITATION_EDIT,
            _P.VISIT_EDIT,
            _P.PHOTO_ADD,
            _P.PHOTO_REVIEW,
            _P.RANDOMISE,
            _P.WORK_RETRY,
        }
        | {_P.MESSAGE_VIEW, _P.DATA_REQUEST_VIEW, _P.DATA_REQUEST_EDIT}
    ),
    Role.INVESTIGATOR: frozenset(
        _LOOK
        | {_P.INSTRUMENT_EDIT, _P.EXPORT, _P.PHOTO_REVIEW}
        | {_P.QUERY_VIEW, _P.QUERY_RAISE}
        | {_P.READING_VIEW, _P.READ_BLIND}
    ),
    Role.MONITOR: frozenset(
        _LOOK
        | _CONDUCT
        | {_P.AUDIT_VIEW, _P.HISTORY_VIEW, _P.MESSAGE_VIEW, _P.DATA_REQUEST_VIEW, _P.SOURCE_VERIFY}
        | {_P.QUERY_VIEW, _P.QUERY_RAISE, _P.QUERY_CLOSE}
    ),
    Role.DATA_MANAGER: frozenset(
        _LOOK
        | {_P.AUDIT_VIEW, _P.HISTORY_VIEW, _P.EXPORT, _P.WORK_RETRY}
        | {_P.INSTRUMENT_EDIT, _P.MESSAGE_VIEW, _P.DATA_REQUEST_VIEW, _P.READING_VIEW}
        | {_P.QUERY_VIEW, _P.QUERY_RAISE, _P.QUERY_CLOSE}
        | _CONDUCT
    ),
    Role.SITE_INVESTIGATOR: frozenset(
        {_P.STUDY_VIEW, _P.PARTICIPANT_VIEW, _P.PHOTO_VIEW, _P.PHOTO_REVIEW}
        | {_P.ANSWER_VIEW, _P.ANSWER_EDIT, _P.ALERT_ACKNOWLEDGE}
        | {_P.QUERY_VIEW, _P.QUERY_RAISE, _P.QUERY_ANSWER}
        | {_P.MESSAGE_VIEW, _P.DATA_REQUEST_VIEW, _P.AMENDMENT_APPROVE, _P.UNBLIND}
        | {_P.READ_BLIND}
        | _CONDUCT
    ),
    Role.SAFETY_READER: frozenset(
        {_P.STUDY_VIEW, _P.PARTICIPANT_VIEW, _P.PHOTO_VIEW, _P.ANSWER_VIEW}
        | {_P.ALERT_ACKNOWLEDGE, _P.QUERY_VIEW, _P.QUERY_RAISE, _P.READ_BLIND}
    ),
    Role.STATISTICIAN: frozenset(
        {_P.STUDY_VIEW, _P.PARTICIPANT_VIEW, _P.ANSWER_VIEW, _P.SCORE_VIEW, _P.ARM_VIEW}
        | {_P.MODEL_VIEW, _P.EXPORT, _P.ALLOCATION_VIEW, _P.RANDOMISATION_EDIT}
        # Raises and answers none: what somebody unblinded writes may tell an arm.
        | {_P.MONITORING_VIEW, _P.QUERY_VIEW, _P.READING_VIEW}
    ),
    Role.PHARMACIST: frozenset(
        {_P.STUDY_VIEW, _P.PARTICIPANT_VIEW, _P.ARM_VIEW, _P.ALLOCATION_VIEW}
    ),
    # Who reads blind meets photos without codes, visits or others' readings: in no list here.
    Role.READER: frozenset({_P.STUDY_VIEW, _P.READ_BLIND}),
    Role.ADJUDICATOR: frozenset({_P.STUDY_VIEW, _P.READ_BLIND}),
    Role.GUEST_AUDITOR: frozenset(
        {_P.STUDY_VIEW, _P.PARTICIPANT_VIEW, _P.PHOTO_VIEW, _P.ANSWER_VIEW, _P.ARM_VIEW}
        | {_P.AUDIT_VIEW, _P.HISTORY_VIEW, _P.MESSAGE_VIEW, _P.DATA_REQUEST_VIEW}
        | {_P.QUERY_VIEW}
        | _CONDUCT
    ),
}

# Who holds one of these judges without knowing arm or scores.
BLIND = frozenset({Role.SITE_INVESTIGATOR, Role.SAFETY_READER, Role.READER, Role.ADJUDICATOR})
_UNBLINDING = frozenset({_P.ARM_VIEW, _P.SCORE_VIEW, _P.ALLOCATION_VIEW, _P.RANDOMISATION_EDIT})

# What is left of anybody's roles in a study while they read its photos blind.
LEFT_TO_READERS = frozenset({_P.STUDY_VIEW, _P.READ_BLIND})

# Each role as a person reads it.
TITLES: Mapping[Role, str] = {
    Role.MANAGER: "manager",
    Role.COORDINATOR: "coordinator",
    Role.INVESTIGATOR: "investigator",
    Role.MONITOR: "monitor",
    Role.DATA_MANAGER: "data manager",
    Role.SITE_INVESTIGATOR: "site principal investigator",
    Role.SAFETY_READER: "safety reader",
    Role.STATISTICIAN: "unblinded statistician",
    Role.PHARMACIST: "pharmacist",
    Role.READER: "reader",
    Role.ADJUDICATOR: "adjudicator",
    Role.GUEST_AUDITOR: "guest auditor",
}


# Each right as a person would say it, after “You may not”.
ACTS: Mapping[Permission, str] = {
    _P.STUDY_VIEW: "see the study",
    _P.STUDY_EDIT: "edit the protocol",
    _P.AMENDMENT_APPROVE: "enter an ethics committee's approval",
    _P.INSTRUMENT_EDIT: "import and publish questionnaires",
    _P.MEMBERS_EDIT: "edit the people and their roles",
    _P.AUDIT_VIEW: "see the record",
    _P.MONITORING_VIEW: "see how the study is conducted",
    _P.VERIFICATION_VIEW: "see what was verified against the source",
    _P.SOURCE_VERIFY: "verify data against the source",
    _P.PARTICIPANT_VIEW: "see participants",
    _P.PARTICIPANT_ENROL: "screen and enrol participants",
    _P.PARTICIPANT_EDIT: "edit participants",
    _P.HISTORY_VIEW: "read a participant's history",
    _P.IDENTITY_VIEW: "see names and contacts",
    _P.CONSENT_RECORD: "record consent or withdrawal",
    _P.INVITATION_EDIT: "make or stop personal links",
    _P.VISIT_EDIT: "edit visits",
    _P.PHOTO_VIEW: "see photos",
    _P.PHOTO_ADD: "add photos",
    _P.PHOTO_REVIEW: "ask for photos again",
    _P.ANSWER_VIEW: "see answers to questionnaires",
    _P.ANSWER_EDIT: "fill in questionnaires",
    _P.ALERT_ACKNOWLEDGE: "acknowledge alerts about answers",
    _P.QUERY_VIEW: "see queries",
    _P.QUERY_RAISE: "raise queries",
    _P.QUERY_ANSWER: "answer queries",
    _P.QUERY_CLOSE: "close or reopen queries of others",
    _P.SCORE_VIEW: "see scores",
    _P.READING_VIEW: "see reading studies and what came of them",
    _P.READING_EDIT: "set up, open and close reading studies",
    _P.READ_BLIND: "grade photos blind",
    _P.ARM_VIEW: "see who is in which arm",
    _P.ALLOCATION_VIEW: "see who is in which arm while the study is blinded",
    _P.RANDOMISATION_EDIT: "set up the randomisation or see its list",
    _P.RANDOMISE: "randomise participants",
    _P.UNBLIND: "unblind a participant in an emergency",
    _P.EXPORT: "export data",
    _P.DATA_REQUEST_VIEW: "see requests about data",
    _P.DATA_REQUEST_EDIT: "answer requests about data",
    _P.MESSAGE_VIEW: "see messages",
    _P.MODEL_VIEW: "see models",
    _P.MODEL_ACTIVATE: "choose the models a study uses",
    _P.WORK_VIEW: "see the processing of photos",
    _P.WORK_RETRY: "start again what failed",
}


def roles_with(permission: Permission) -> list[str]:
    """The roles that carry ``permission``."""
    return [role.value for role, held in ROLE_PERMISSIONS.items() if permission in held]


def contradict(role: Role, other: Role) -> bool:
    """Whether one person may not hold both in a study, at whatever sites.

    Who judges blind may not see arm or scores by another role; who adjudicates may not judge
    their own readings.
    """
    if {role, other} == {Role.READER, Role.ADJUDICATOR}:
        return True
    return any(
        blind in BLIND and ROLE_PERMISSIONS[seeing] & _UNBLINDING
        for blind, seeing in ((role, other), (other, role))
    )
