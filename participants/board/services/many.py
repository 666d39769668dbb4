"""The same for many people: each by the service that does it for one, each with its own outcome."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from participants.messaging.models import Message
from participants.messaging.services.asking import (
    AskedAlready,
    NotReachable,
    send_link,
    send_reminder,
)
from participants.people.models import Participant
from participants.people.services.invitations import issue
from studies.access.models import User
from studies.platform.errors import Invalid, Refusal
from studies.protocol.models import Study

MOST = 500
ACTS = ("remind", "link", "sheet")


@dataclass(frozen=True)
class Outcome:
    """What came of it for one person; ``token`` and ``link`` are a new link's."""

    code: str
    kind: str  # done, already, unreachable, refused
    words: str
    token: str = ""
    link: int = 0


def do_for_many(*, study: Study, codes: Collection[str], act: str, by: User) -> list[Outcome]:
    """Do ``act`` for each of ``codes`` that ``by`` sees; one's refusal holds up nobody else.

    Raises:
        Invalid: nobody is ticked, or too many are, or there is no such act.
    """
    if act not in ACTS:
        raise Invalid(_("Choose what is to be done. Nothing was sent."))
    wanted = sorted(set(codes))
    if not wanted:
        raise Invalid(_("Nobody is ticked, so nothing was done. Tick one row at least."))
    if len(wanted) > MOST:
        raise Invalid(_("Tick at most %(most)s people at once.") % {"most": MOST})
    rows = Participant.objects.visible_to(by).filter(study=study, code__in=wanted)
    people = {person.code: person for person in rows.select_related("study", "site")}
    return [_one(people[code], act, by) for code in wanted if code in people]


def _one(participant: Participant, act: str, by: User) -> Outcome:
    code = participant.code
    try:
        if act == "sheet":
            issued = issue(participant=participant, by=by)
            words = _("A new link; the one before stopped.")
            return Outcome(code, "done", words, issued.token, issued.invitation.pk)
        send: Callable[..., Message] = send_reminder if act == "remind" else send_link
        send(participant=participant, by=by)
    except AskedAlready as refusal:
        return Outcome(code, "already", refusal.message)
    except NotReachable as refusal:
        return Outcome(code, "unreachable", refusal.message)
    except Refusal as refusal:
        return Outcome(code, "refused", refusal.message)
    return Outcome(code, "done", _("On its way, outside their quiet hours."))
