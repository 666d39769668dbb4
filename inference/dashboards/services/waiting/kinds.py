"""The kinds of things that wait for a person, in the order of the harm that waiting does.

First what somebody is owed or never agreed to, then what cannot be made up for once a window has
closed, then who cannot be reached at all, then what is only work. A new kind is one more entry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inference.dashboards.services.waiting import conditions, lines
from inference.dashboards.services.waiting.asked import Asked
from inference.dashboards.services.waiting.lines import Described
from participants.messaging.services import log
from participants.privacy.models import DataRequest
from studies.access.permissions import Permission

_P = Permission
Words = Callable[[int], str]


@dataclass(frozen=True)
class Kind:
    """One kind: whose rows, who sees and who acts, which of them wait, in what order, in words.

    ``words`` says what so and so many of them are, without the number; ``act`` names the act.
    """

    code: str
    of: str  # a key of SOURCES
    sees: Permission
    acts: Permission
    where: Callable[[Asked], Q]
    order: tuple[str, ...]
    tells: Callable[[Asked, Any], Described]
    words: Words
    act: str | Promise
    urgent: bool = False


# Things of many tables, which have a page of their own: counted, not listed.
FAILED = "failed"
DAMAGED = "damaged"
_CLOSES = ("closes_on", "scheduled_on", "participant__code", "pk")
_PHOTOS = ("visit__closes_on", "asked_at", "pk")

KINDS: tuple[Kind, ...] = (
    Kind(
        "serious", "serious", _P.ANSWER_VIEW, _P.ANSWER_EDIT,
        lambda asked: Q(), ("due_at", "pk"), lines.serious,
        lambda n: ngettext(
            "serious adverse event to report", "serious adverse events to report", n
        ),
        _("Open it"), urgent=True,
    ),
    Kind(
        "alerts", "alerts", _P.ANSWER_VIEW, _P.ALERT_ACKNOWLEDGE,
        lambda asked: Q(), ("raised_at", "pk"), lines.alert,
        lambda n: ngettext("alert about an answer", "alerts about answers", n),
        _("Acknowledge"), urgent=True,
    ),
    Kind(
        "requests", "requests", _P.DATA_REQUEST_VIEW, _P.DATA_REQUEST_EDIT,
        lambda asked: Q(state=DataRequest.State.OPEN), ("due_at", "pk"), lines.request,
        lambda n: ngettext("request about data to answer", "requests about data to answer", n),
        _("Answer"), urgent=True,
    ),
    Kind(
        "missing", "people", _P.PARTICIPANT_VIEW, _P.CONSENT_RECORD,
        conditions.missing, ("enrolled_on", "code"), lines.consent,
        lambda n: ngettext(
            "participant enrolled without a consent", "participants enrolled without a consent", n
        ),
        _("Take the consent"), urgent=True,
    ),
    Kind(
        "minor", "people", _P.PARTICIPANT_VIEW, _P.CONSENT_RECORD,
        conditions.minor, ("code",), lines.consent,
        lambda n: ngettext(
            "minor who signed the consent alone, without a parent or guardian",
            "minors who signed the consent alone, without a parent or guardian",
            n,
        ),
        _("Take the consent"), urgent=True,
    ),
    Kind(
        "of_age", "people", _P.PARTICIPANT_VIEW, _P.CONSENT_RECORD,
        conditions.of_age, ("code",), lines.consent,
        lambda n: ngettext(
            "participant who has come of age and has not signed yet",
            "participants who have come of age and have not signed yet",
            n,
        ),
        _("Take the consent"), urgent=True,
    ),
    Kind(
        "closing", "visits", _P.PARTICIPANT_VIEW, _P.PARTICIPANT_VIEW,
        conditions.closing, _CLOSES, lines.visit,
        lambda n: ngettext(
            "visit whose window closes within two days",
            "visits whose window closes within two days",
            n,
        ),
        _("Open the visit"), urgent=True,
    ),
    Kind(
        "unanswered", "photos", _P.PHOTO_VIEW, _P.PARTICIPANT_VIEW,
        conditions.unanswered, _PHOTOS, lines.retake,
        lambda n: ngettext(
            "photo asked for again, unanswered for three days",
            "photos asked for again, unanswered for three days",
            n,
        ),
        _("Open the visit"), urgent=True,
    ),
    Kind(
        "forms_over", "forms", _P.ANSWER_VIEW, _P.ANSWER_EDIT,
        conditions.forms_over, _CLOSES, lines.forms,
        lambda n: ngettext(
            "visit over, a questionnaire is missing", "visits over, a questionnaire is missing", n
        ),
        _("Fill it in"),
    ),
    Kind(
        "queries_overdue", "queries", _P.QUERY_VIEW, _P.QUERY_ANSWER,
        conditions.queries_overdue, ("due_on", "raised_at", "pk"), lines.query,
        lambda n: ngettext(
            "query overdue for an answer", "queries overdue for an answer", n
        ),
        _("Answer"),
    ),
    Kind(
        "late", "visits", _P.PARTICIPANT_VIEW, _P.PARTICIPANT_VIEW,
        conditions.late, _CLOSES, lines.visit,
        lambda n: ngettext("visit late, still possible", "visits late, still possible", n),
        _("Open the visit"),
    ),
    Kind(
        "drafts", "drafts", _P.ANSWER_VIEW, _P.ANSWER_EDIT,
        lambda asked: Q(), ("draft_at", "pk"), lines.draft,
        lambda n: ngettext(
            "questionnaire begun and not submitted", "questionnaires begun and not submitted", n
        ),
        _("Finish it"),
    ),
    Kind(
        "forms", "forms", _P.ANSWER_VIEW, _P.ANSWER_EDIT,
        conditions.forms, _CLOSES, lines.forms,
        lambda n: ngettext(
            "visit with a questionnaire to fill in", "visits with a questionnaire to fill in", n
        ),
        _("Open it"),
    ),
    Kind(
        "silent", "people", _P.ANSWER_VIEW, _P.PARTICIPANT_VIEW,
        conditions.silent, ("code",), lines.diary,
        lambda n: ngettext(
            "participant who has left a diary empty three times",
            "participants who have left a diary empty three times",
            n,
        ),
        _("See the days"),
    ),
    Kind(
        "renew", "people", _P.PARTICIPANT_VIEW, _P.CONSENT_RECORD,
        conditions.renew, ("code",), lines.consent,
        lambda n: ngettext(
            "consent to renew: a newer text is in force",
            "consents to renew: a newer text is in force",
            n,
        ),
        _("Renew the consent"),
    ),
    Kind(
        "no_link", "people", _P.INVITATION_EDIT, _P.INVITATION_EDIT,
        conditions.no_link, ("code",), lines.link,
        lambda n: ngettext(
            "participant without a link that works", "participants without a link that works", n
        ),
        _("Make a link"),
    ),
    Kind(
        "unreachable", "people", _P.INVITATION_EDIT, _P.IDENTITY_VIEW,
        conditions.unreachable, ("code",), lines.contact,
        lambda n: ngettext(
            "participant whom no message reaches", "participants whom no message reaches", n
        ),
        _("Add a phone or e-mail"),
    ),
    Kind(
        "messages", "messages", _P.MESSAGE_VIEW, _P.WORK_RETRY,
        lambda asked: log.PROBLEMS, ("-finished_at", "-pk"), lines.message,
        lambda n: ngettext(
            "message that could not be sent", "messages that could not be sent", n
        ),
        _("Try again"),
    ),
    Kind(
        "reverify", "people", _P.SOURCE_VERIFY, _P.SOURCE_VERIFY,
        conditions.reverify, ("code",), lines.reverify,
        lambda n: ngettext(
            "participant with data changed since they were verified",
            "participants with data changed since they were verified",
            n,
        ),
        _("Verify again"),
    ),
    Kind(
        "queries", "queries", _P.QUERY_ANSWER, _P.QUERY_ANSWER,
        conditions.queries_open, ("due_on", "raised_at", "pk"), lines.query,
        lambda n: ngettext("query to answer", "queries to answer", n),
        _("Answer"),
    ),
    Kind(
        "queries_answered", "queries", _P.QUERY_CLOSE, _P.QUERY_CLOSE,
        conditions.queries_answered, ("answered_at", "pk"), lines.query,
        lambda n: ngettext(
            "query answered, to close or reopen", "queries answered, to close or reopen", n
        ),
        _("Look at it"),
    ),
    Kind(
        "photos", "photos", _P.PHOTO_REVIEW, _P.PHOTO_REVIEW,
        conditions.review, ("received_at", "pk"), lines.review,
        lambda n: ngettext("photo to look at", "photos to look at", n),
        _("Look at it"),
    ),
    Kind(
        "retake", "photos", _P.PHOTO_VIEW, _P.PARTICIPANT_VIEW,
        conditions.retake, _PHOTOS, lines.retake,
        lambda n: ngettext("photo to be taken again", "photos to be taken again", n),
        _("Open the visit"),
    ),
    Kind(
        "due", "visits", _P.PARTICIPANT_VIEW, _P.PARTICIPANT_VIEW,
        conditions.due, _CLOSES, lines.visit,
        lambda n: ngettext("visit due", "visits due", n),
        _("Open the visit"),
    ),
    Kind(
        "diaries", "people", _P.ANSWER_VIEW, _P.PARTICIPANT_VIEW,
        conditions.diaries, ("code",), lines.diary,
        lambda n: ngettext(
            "participant with a questionnaire of the day to fill in",
            "participants with a questionnaire of the day to fill in",
            n,
        ),
        _("See the days"),
    ),
    Kind(
        "to_consent", "people", _P.PARTICIPANT_VIEW, _P.CONSENT_RECORD,
        conditions.to_consent, ("screened_at", "code"), lines.consent,
        lambda n: ngettext(
            "participant asked for the consent, not signed yet",
            "participants asked for the consent, not signed yet",
            n,
        ),
        _("Take the consent"),
    ),
    Kind(
        "to_screen", "people", _P.PARTICIPANT_VIEW, _P.PARTICIPANT_ENROL,
        conditions.to_screen, ("screened_at", "code"), lines.screen,
        lambda n: ngettext(
            "participant who signed, to screen", "participants who signed, to screen", n
        ),
        _("Screen"),
    ),
    Kind(
        "to_enrol", "people", _P.PARTICIPANT_VIEW, _P.PARTICIPANT_ENROL,
        conditions.to_enrol, ("screened_at", "code"), lines.enrol,
        lambda n: ngettext("eligible participant to enrol", "eligible participants to enrol", n),
        _("Enrol"),
    ),
)  # fmt: skip
