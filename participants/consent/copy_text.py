"""What a copy of a consent shows, and what it says about it in its own words."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from participants.consent.installed_fonts import number_of

# Day and time as each language writes them, in Django's letters.
_MOMENTS = {"zh-hans": "Y年n月j日 H:i"}
_DAYS = {"zh-hans": "Y年n月j日"}


@dataclass(frozen=True)
class Followed:
    """The consent that this one took the place of."""

    version: str
    given_at: datetime


@dataclass(frozen=True)
class Copy:
    """Everything the copy shows.

    ``choices`` are (text, required, agreed), ``checks`` (question, right answer, tries, answered
    rightly in the end). ``choices_only`` says that only choices were changed, ``signed`` that it
    was signed anew. Where a guardian signed, ``guardian`` is what they are to the participant and
    ``assent`` the minor's name as the minor wrote it.
    """

    study: str
    site: str
    participant: str
    title: str
    version: str
    language: str
    body: str
    choices: Sequence[tuple[str, bool, bool]]
    name: str
    signature_png: bytes
    given_at: datetime
    time_zone: str
    document_sha256: str
    key_points: Sequence[str] = ()
    checks: Sequence[tuple[str, str, int, bool]] = ()
    follows: Followed | None = None
    on_own_phone: bool = False
    choices_only: bool = False
    signed: bool = True
    guardian: str = ""
    assent: str = ""


def everything(copy: Copy) -> str:
    """Every character that somebody wrote, for choosing fonts."""
    parts = [copy.study, copy.site, copy.participant, copy.title, copy.version, copy.body]
    parts += [
        *copy.key_points,
        copy.name,
        copy.guardian,
        copy.assent,
        *(text for text, _needed, _agreed in copy.choices),
    ]
    parts += [part for question, answer, *_rest in copy.checks for part in (question, answer)]
    parts += [copy.follows.version if copy.follows else ""]
    return "".join(parts)


def spelt(copy: Copy, unknown: Set[str]) -> Copy:
    """``copy`` with the number in Unicode in place of each character of ``unknown``."""
    if not unknown:
        return copy
    numbers = {ord(character): number_of(character) for character in unknown}
    return replace(
        copy,
        **{
            name: getattr(copy, name).translate(numbers)
            for name in ("study", "site", "title", "version", "body", "name", "guardian", "assent")
        },
        choices=[
            (text.translate(numbers), needed, agreed) for text, needed, agreed in copy.choices
        ],
        key_points=[point.translate(numbers) for point in copy.key_points],
        checks=[
            (question.translate(numbers), answer.translate(numbers), tries, right)
            for question, answer, tries, right in copy.checks
        ],
    )


class Words:
    """What the copy says in its own words, in the language that is active when it is made."""

    def __init__(self, copy: Copy) -> None:
        self.version = _("Version %(version)s") % {"version": copy.version}
        self.copy_for = _("Copy for %(code)s") % {"code": copy.participant}
        self.footer = _("%(code)s · text version %(version)s (%(language)s)") % {
            "code": copy.participant,
            "version": copy.version,
            "language": copy.language,
        }
        self.hash = _("SHA-256 of the text %(hash)s") % {"hash": copy.document_sha256}
        self.page = _("Page %(page)s of %(pages)s")
        self.key_points = _("What matters most")
        self.choices = _("Choices")
        self.agreed, self.not_agreed = _("Agreed"), _("Not agreed")
        self.needed, self.optional = _("needed for taking part"), _("optional")
        self.checks = _("Check questions")
        self.right_answer = _("The right answer: %(answer)s")
        self.signature, self.name = _("Signature"), _("Name")
        self.numbers = _(
            "[U+…] stands for a character that could not be drawn here: its number in Unicode. "
            "The name itself is kept as it was typed."
        )
        self.meaning, self.moment = _("Meaning"), _("Date and time")
        self.place, self.before = _("Where"), _("Earlier consent")
        self.where = (
            _("On the participant's own phone, opened with their personal link")
            if copy.on_own_phone
            else _("With the study team")
        )
        self.said = _said(copy)
        self.signed_as, self.assent = _("Signed as"), _("Assent")
        self.assented = _("%(name)s, who takes part: I want to take part.") % {"name": copy.assent}
        self.typed = (
            _("Signed by typing the name above.")
            if copy.signed
            else _("Taking a choice back needs no signature.")
        )
        self.when = _moment(copy)
        self.followed = ""
        if copy.follows is not None:
            day = date_format(copy.follows.given_at, _DAYS.get(copy.language, "j F Y"))
            self.followed = _(
                "This takes the place of the consent to version %(version)s, %(day)s."
            )
            self.followed %= {"version": copy.follows.version, "day": day}
        self.answers = [_answered(tries, right) for _q, _a, tries, right in copy.checks]

    def all(self) -> str:
        """Every character, for choosing fonts."""
        own = (text for text in self.__dict__.values() if isinstance(text, str))
        return "".join([*own, *self.answers, "•·"])


def _said(copy: Copy) -> str:
    if copy.choices_only:
        return _("I have changed my choices as shown above. The text I agreed to stays the same.")
    if copy.guardian:
        return _(
            "I have read this text and agree, for the person in my care, that they take part as "
            "chosen above."
        )
    return _("I have read this text and agree to take part as chosen above.")


def _moment(copy: Copy) -> str:
    offset = f"{copy.given_at:%z}"
    zone = f"{copy.time_zone}, UTC{offset[:3]}:{offset[3:5]}"
    return f"{date_format(copy.given_at, _MOMENTS.get(copy.language, 'j F Y, H:i'))} ({zone})"


def _answered(tries: int, right: bool) -> str:
    if not right:
        return _("Answered otherwise; the explanation was shown.")
    if tries == 1:
        return _("Answered rightly at the first try.")
    return _("Answered rightly at try %(n)s, after the explanation.") % {"n": tries}
