"""The message itself, made for one channel at the moment it leaves: words, address and links."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from participants.messaging.channels import Delivery
from participants.messaging.models import Message, MessageAttempt
from participants.messaging.services import phones
from participants.messaging.services.rules import Rules
from participants.messaging.services.standing import photos_to_retake, visit_of
from participants.messaging.services.wording import Subject, sender, words_for
from participants.people.models import Identity, Participant
from participants.people.services import identity, invitations
from participants.people.services.languages import reading_language
from participants.visits import services as visits

Kind = Message.Kind
OFF_SALT = "messages.off"
WITH_LATER = (Kind.VISIT_OPENS, Kind.VISIT_DUE, Kind.VISIT_CLOSING, Kind.LATER, Kind.RETAKE)


class Address:
    """Where a channel reaches a participant. ``repr`` shows nothing of it."""

    __slots__ = ("phones", "to")

    def __init__(self, to: str = "", phones: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.to, self.phones = to, phones or {}

    def __bool__(self) -> bool:
        return bool(self.to or self.phones)


def address_of(participant: Participant, channel: str) -> Address:
    """The participant's address for ``channel``; false when there is none."""
    if channel == "push":
        return Address(phones=phones.subscriptions(participant))
    row = Identity.objects.filter(participant=participant).first()
    if row is None:
        return Address()
    known = identity.unseal(participant=participant, sealed=bytes(row.sealed))
    if channel == "email":
        return Address(known.email)
    return Address(phones.number_of(known.phone, participant.site.country))


def compose(message: Message, attempt: MessageAttempt, rules: Rules, to: Address) -> Delivery:
    """The delivery of ``message`` by ``attempt.channel``; makes its links: call it once a try."""
    participant = message.participant
    language = reading_language(participant)
    subject = subject_of(message)
    with translation.override(language.code):
        words = words_for(message.kind, subject)
        name = sender(rules.sender_name)
        help_lines = _help(participant)
    return Delivery(
        key=attempt.key,
        tag=f"gsh-{message.pk}",
        language=language.tag,
        words=words,
        to=to.to,
        phones=to.phones,
        sender=name,
        link=_link(participant, target_of(message, subject)) if words.button else "",
        later_link=_later(message, attempt.channel),
        off_link=off_address(participant, attempt.channel),
        help_lines=help_lines,
        reply_to=participant.site.contact_email,
    )


def subject_of(message: Message) -> Subject:
    """What the words of ``message`` are about."""
    if message.kind == Kind.ERASURE_RECEIPT:
        return Subject(number=message.about)
    visit = visit_of(message)
    if visit is None:
        return Subject()
    following = visits.next_visit(message.participant, visits.today(message.participant))
    covered = [photo for photo in photos_to_retake(visit) if str(photo.pk) in message.covers]
    return Subject(
        last=visit.closes_on,
        next_first=following.opens_on if following else None,
        photos=covered,
    )


def target_of(message: Message, subject: Subject) -> str:
    """The page that the message leads to: for a retake the very view, for a consent its text."""
    if message.kind == Kind.RETAKE and subject.photos:
        photo = subject.photos[0]
        return reverse("my:capture", args=[photo.visit.definition.code, photo.view])
    unsigned = message.kind == Kind.LINK and message.participant.enrolled_on is None
    if message.kind == Kind.CONSENT_RENEW or unsigned:
        return reverse("my:consent_review")
    return reverse("my:home")


def _link(participant: Participant, target: str) -> str:
    issued = invitations.issue_for_message(participant=participant, target=target)
    return _whole(reverse("my:link", args=[issued.token]))


def _whole(path: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def _later(message: Message, channel: str) -> str:
    """A second link, to choose a later time; in e-mails only, where there is room for it."""
    if channel != "email" or message.kind not in WITH_LATER:
        return ""
    return _link(message.participant, reverse("my:later"))


def _help(participant: Participant) -> tuple[str, ...]:
    """Whom to ask. Not the clinic's name: that may say more than others should read."""
    site = participant.site
    ways = [way for way in (site.contact_phone, site.contact_email) if way]
    if not ways:
        return (_("Questions? Please ask your study team."),)
    return (_("Questions? Your study team:"), *ways)


def off_address(participant: Participant, channel: str) -> str:
    """The signed address that switches ``channel`` off without a session, at one click."""
    token = signing.dumps([participant.pk, channel], salt=OFF_SALT)
    return _whole(reverse("my:off", args=[token]))


def read_off(token: str) -> tuple[int, str] | None:
    """Participant and channel of a signed address, or nothing when it is not ours."""
    try:
        number, channel = signing.loads(token, salt=OFF_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(number), str(channel)
