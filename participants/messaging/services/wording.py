"""What each message says. A locked screen is read by others: no study, no illness, no face.

Every sentence is whole, plain and calm; what an e-mail adds is in ``paragraphs`` and ``points``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participants.capture.models import Photo
from participants.imaging.telling import main_reason
from participants.messaging.channels import Words
from participants.messaging.models import Message
from participants.words.dates import weekday
from studies.protocol.models import View

Kind = Message.Kind
# In the participant's own words: left is their own left cheek, as in a mirror.
VIEW_NAMES: Mapping[str, str | Promise] = {
    View.FRONT: gettext_lazy("Front"),
    View.LEFT: gettext_lazy("Left cheek"),
    View.RIGHT: gettext_lazy("Right cheek"),
}


@dataclass(frozen=True)
class Subject:
    """What a message is about: the last day of its visit, the next visit's first, the photos."""

    last: date | None = None
    next_first: date | None = None
    photos: Sequence[Photo] = field(default_factory=tuple)
    number: str = ""


def sender(name: str) -> str:
    """Who a text message is from: what the study chose, or neutral words."""
    return name or _("Your photo study")


def words_for(kind: str, about: Subject) -> Words:
    """The words of a message of ``kind``, in the language that is active."""
    return _WORDS[Kind(kind)](about)


def _opens(about: Subject) -> Words:
    return Words(
        title=_("It is time for your photos"),
        short=_("Your photos can be taken from today until %(last)s.") % _last(about),
        paragraphs=(_("It takes about three minutes. Good light from a window is enough."),),
        button=_("Take my photos"),
    )


def _due(about: Subject) -> Words:
    return Words(
        title=_("Today is the day for your photos"),
        short=_("Today is the best day for your photos. They can be taken until %(last)s.")
        % _last(about),
        paragraphs=(_("It takes about three minutes. Good light from a window is enough."),),
        button=_("Take my photos"),
    )


def _closing(about: Subject) -> Words:
    return Words(
        title=_("There is still time for your photos"),
        short=_("Your photos can be taken until %(last)s.") % _last(about),
        paragraphs=(_("What you have sent already is safe."),),
        button=_("Take my photos"),
    )


def _missed(about: Subject) -> Words:
    following = about.next_first
    coming = _("The next photos can be taken from %(first)s.")
    return Words(
        title=_("No photos needed for now"),
        short=_(
            "The time for these photos is over, and that is all right. You need not do anything."
        ),
        paragraphs=(coming % {"first": weekday(following)},) if following else (),
        button=_("Open my page"),
    )


def _retake(about: Subject) -> Words:
    count = len(about.photos)
    return Words(
        title=ngettext("One photo to take again", "%(n)s photos to take again", count)
        % {"n": count},
        short=ngettext(
            "Please take one photo again, until %(last)s.",
            "Please take %(n)s photos again, until %(last)s.",
            count,
        )
        % {"n": count, **_last(about)},
        paragraphs=(_("It takes a minute. Your other photos are safe."),),
        points=tuple(_point(photo) for photo in about.photos),
        button=ngettext("Take this photo again", "Take these photos again", count),
    )


def _point(photo: Photo) -> tuple[str, tuple[str, ...]]:
    reasons = tuple(_(reason["message"]) for reason in main_reason(photo.retake_reasons))
    return str(VIEW_NAMES[photo.view]), reasons


def _consent(about: Subject) -> Words:
    return Words(
        title=_("A new version to read"),
        short=_("There is a new consent form. Please read it before your next photos."),
        paragraphs=(_("It shows what has changed. You decide whether you go on."),),
        button=_("Read it now"),
    )


def _later(about: Subject) -> Words:
    return Words(
        title=_("It is time for your photos"),
        short=_("You asked us to remind you. Your photos can be taken until %(last)s.")
        % _last(about),
        button=_("Take my photos"),
    )


def _link(about: Subject) -> Words:
    return Words(
        title=_("Your own page"),
        short=_("Here is the link to your own page. You need no password."),
        button=_("Open my page"),
    )


def _receipt(about: Subject) -> Words:
    return Words(
        title=_("We are doing what you asked"),
        short=_("Your data is being erased, as you asked. Your receipt has the number %(number)s.")
        % {"number": about.number},
        paragraphs=(_("This is the last message. Thank you for the time you gave."),),
    )


def _test(about: Subject) -> Words:
    return Words(
        title=_("This is a test"),
        short=_("Your reminders will reach you here. There is nothing to do."),
        button=_("Open my page"),
    )


def _last(about: Subject) -> dict[str, str]:
    return {"last": weekday(about.last) if about.last else ""}


_WORDS = {
    Kind.VISIT_OPENS: _opens,
    Kind.VISIT_DUE: _due,
    Kind.VISIT_CLOSING: _closing,
    Kind.VISIT_MISSED: _missed,
    Kind.RETAKE: _retake,
    Kind.CONSENT_RENEW: _consent,
    Kind.LATER: _later,
    Kind.REMINDER: _closing,
    Kind.LINK: _link,
    Kind.ERASURE_RECEIPT: _receipt,
    Kind.TEST: _test,
}
