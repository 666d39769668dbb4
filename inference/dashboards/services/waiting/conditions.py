"""Which rows wait: a filter for each kind, as of the day and moment asked for."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from inference.dashboards.services.waiting.asked import Asked
from participants.answers.services import waiting as answers
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.consent.services import consents
from participants.messaging.channels import configured
from participants.messaging.models import PushSubscription, ReminderChoice
from participants.people.models import IdentityDigest, Invitation, Participant
from participants.queries.models import WAITING as QUERY_WAITING
from participants.queries.models import Query
from participants.verification.services.standing import changed_people
from participants.visits.models import WAITING, Day, Visit
from studies.protocol.services.reminders import settings_of

CLOSING = timedelta(days=2)  # a window that closes so soon goes before all others
UNANSWERED = timedelta(days=3)

_NOTHING = Q(pk__in=[])
_ENROLLED = Participant.State.ENROLLED
_UNDECIDED = (Photo.State.RECEIVED, Photo.State.HELD, Photo.State.ACCEPTED)


def _open(asked: Asked) -> Q:
    """Visits of those who take part whose window is open and that still lack a photo."""
    if not asked.under_way:
        return _NOTHING
    today = asked.days.told()
    window = Q(opens_on__lte=today, closes_on__gte=today)
    return window & Q(state__in=WAITING, participant__state=_ENROLLED)


def _soon(asked: Asked) -> Day:
    """The last day that is still soon."""
    return asked.days.told(plus=CLOSING)


def closing(asked: Asked) -> Q:
    """Open visits whose window closes within ``CLOSING``."""
    return _open(asked) & Q(closes_on__lte=_soon(asked))


def late(asked: Asked) -> Q:
    """Open visits past their planned day, with more days left than ``CLOSING``."""
    return _open(asked) & Q(closes_on__gt=_soon(asked), scheduled_on__lt=asked.days.told())


def due(asked: Asked) -> Q:
    """Open visits that are neither late nor closing."""
    return _open(asked) & Q(closes_on__gt=_soon(asked), scheduled_on__gte=asked.days.told())


def forms(asked: Asked) -> Q:
    """Visits that can be made, at which a questionnaire was not begun."""
    return answers.visits_open(asked.questionnaires, asked.days)


def forms_over(asked: Asked) -> Q:
    """Visits that were made and are over, and still lack a questionnaire."""
    return answers.visits_over(asked.questionnaires, asked.days)


def diaries(asked: Asked) -> Q:
    """Participants with a questionnaire of today, or of a day that is still open."""
    return answers.diaries_open(asked.questionnaires, asked.study, asked.days)


def silent(asked: Asked) -> Q:
    """Participants who have left the last days of a diary empty."""
    return answers.diaries_silent(asked.questionnaires, asked.study, asked.days)


def _retake(asked: Asked) -> Q:
    """Photos turned down that can still be taken again, with no other of the view on its way."""
    if not asked.under_way:
        return _NOTHING
    same = Photo.objects.filter(visit=OuterRef("visit"), view=OuterRef("view"))
    newer = Q(state=Photo.State.RETAKE_WANTED, received_at__gt=OuterRef("received_at"))
    return (
        Q(state=Photo.State.RETAKE_WANTED, visit__participant__state=_ENROLLED)
        & Q(visit__closes_on__gte=asked.days.told("visit__participant__site"))
        & ~Q(visit__state=Visit.State.CANCELLED)
        & ~Q(Exists(same.filter(Q(state__in=_UNDECIDED) | newer)))
    )


def unanswered(asked: Asked) -> Q:
    """Photos asked for again, and nothing came for ``UNANSWERED``."""
    return _retake(asked) & Q(asked_at__lte=asked.now - UNANSWERED)


def retake(asked: Asked) -> Q:
    """Photos asked for again less than ``UNANSWERED`` ago."""
    return _retake(asked) & Q(asked_at__gt=asked.now - UNANSWERED)


def review(asked: Asked) -> Q:
    """Photos that wait for a person to look; whoever left is asked for nothing any more."""
    there = (_ENROLLED, Participant.State.COMPLETED)
    return Q(review=Photo.Review.WAITING, visit__participant__state__in=there)


def missing(asked: Asked) -> Q:
    """Participants enrolled without a consent in force."""
    agreed = Consent.objects.in_force().values("participant")
    return Q(state=_ENROLLED) & ~Q(pk__in=agreed)


def renew(asked: Asked) -> Q:
    """Participants whom a newer text asks again."""
    return consents.newer_text(asked.study) & ~consents.signed_amiss(asked.study)


def of_age(asked: Asked) -> Q:
    """Participants of age by now for whom a guardian signed, or who signed too young."""
    kinds = consents.Amiss.OF_AGE, consents.Amiss.SIGNED_YOUNG
    return consents.signed_amiss(asked.study, *kinds)


def minor(asked: Asked) -> Q:
    """Participants not of age who signed alone."""
    return consents.signed_amiss(asked.study, consents.Amiss.MINOR_ALONE)


def to_enrol(asked: Asked) -> Q:
    """Participants found eligible and not yet enrolled."""
    return Q(state=Participant.State.ELIGIBLE) if asked.under_way else _NOTHING


def to_consent(asked: Asked) -> Q:
    """Participants who are asked for their consent and have not signed yet."""
    return Q(state=Participant.State.CONSENTING) if asked.under_way else _NOTHING


def to_screen(asked: Asked) -> Q:
    """Participants who have signed, and whose criteria are to be checked."""
    return Q(state=Participant.State.SCREENING) if asked.under_way else _NOTHING


def _queries(asked: Asked) -> Q:
    """Queries about what the person may see."""
    return Q(pk__in=Query.objects.visible_to(asked.user).values("pk"))


def queries_overdue(asked: Asked) -> Q:
    """Queries whose answer was due before today."""
    late = Q(due_on__lt=asked.days.told("participant__site"))
    return _queries(asked) & Q(state__in=QUERY_WAITING) & late


def queries_open(asked: Asked) -> Q:
    """Queries that wait for the site's answer, and are not overdue."""
    later = Q(due_on=None) | Q(due_on__gte=asked.days.told("participant__site"))
    return _queries(asked) & Q(state__in=QUERY_WAITING) & later


def queries_answered(asked: Asked) -> Q:
    """Queries that were answered, for whoever closes them."""
    return _queries(asked) & Q(state=Query.State.ANSWERED)


def _to_come(asked: Asked) -> Q:
    """Participants who take part and have a visit that can still be made."""
    if not asked.under_way:
        return _NOTHING
    left = Visit.objects.filter(
        participant=OuterRef("pk"), state__in=WAITING, closes_on__gte=asked.days.told()
    )
    return Q(state=_ENROLLED) & Q(Exists(left))


def no_link(asked: Asked) -> Q:
    """Participants with a visit to come and no personal link that works."""
    links = Invitation.objects.usable(asked.now).filter(
        participant=OuterRef("pk"), purpose=Invitation.Purpose.PERSONAL
    )
    return _to_come(asked) & ~Q(Exists(links))


def unreachable(asked: Asked) -> Q:
    """Participants with a visit to come whom no channel of the study has an address for.

    What is sealed is not opened: the kinds of the blind index tell whether there is a phone or an
    e-mail. An identity from before the index counts as reachable, since nobody knows, and so does
    nobody's: there is nothing to correct. Whoever switched every channel off chose so.
    """
    here = configured()
    channels = [name for name in settings_of(asked.study).channels if name in here]
    if not channels:
        return _NOTHING
    choice = ReminderChoice.objects.filter(participant=OuterRef("pk"))
    indexed = IdentityDigest.objects.filter(identity=OuterRef("pk"))
    has = {
        "email": Exists(indexed.filter(kind=IdentityDigest.Kind.EMAIL)),
        "sms": Exists(indexed.filter(kind=IdentityDigest.Kind.PHONE)),
        "push": Exists(PushSubscription.objects.filter(participant=OuterRef("pk"))),
    }
    reached, all_off = _NOTHING, Q()
    for name in channels:
        off = Q(Exists(choice.filter(**{name: False})))
        reached |= Q(has[name]) & ~off
        all_off &= off
    return _to_come(asked) & Q(Exists(indexed)) & ~reached & ~all_off


def reverify(asked: Asked) -> Q:
    """Participants of whom something changed since a monitor verified it; asked of monitors."""
    return Q(pk__in=changed_people(asked.study, asked.user))
