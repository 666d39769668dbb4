"""Consent on paper: the signed pages as pictures, dated in the past, and who signed for whom.

Pictures are opened in the decoder's child process and written anew without their tags; together
they are the copy of the consent, sealed like any other. ICH E6(R3) 2.8 has the persons: the
participant, a witness beside someone who cannot read, a legally authorised representative, and of a
minor a parent or guardian beside the minor's own assent.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction
from django.utils import timezone

from participants.consent.models import Consent
from participants.consent.services.giving import (
    Answers,
    agreed_choices,
    keep,
    require_name,
    require_taking_part,
)
from participants.consent.services.guardians import Amiss, amiss, first_of_month, is_minor
from participants.imaging.errors import DecoderFailed, PhotoUnreadable
from participants.people.models import Participant
from participants.people.services import identity
from studies.access.permissions import Permission
from studies.amendments.services.consents import texts_at
from studies.consent_texts.models import ConsentDocument
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, fields_of, invalid
from studies.protocol.services.rights import require

MOST_PAGES = 20
MOST_BYTES = 12 * 2**20  # of one page
LONGEST_SIDE = 2000  # pixels of an A4 page: about 170 dots per inch
GivenBy = Consent.GivenBy


@dataclass(frozen=True)
class Signed:
    """What stands on the paper: the day, who signed, and who else did.

    ``of_age_on`` is the first day of the month from which a minor signs for themselves.
    """

    on: date
    name: str
    given_by: str = GivenBy.SELF
    relationship: str = ""
    witness: str = ""
    assent: str = ""
    of_age_on: date | None = None


def texts_for_paper(participant: Participant) -> list[ConsentDocument]:
    """The texts that a paper may be of, newest first: in force now or once."""
    documents = ConsentDocument.objects.filter(study_id=participant.study_id).exclude(
        state=ConsentDocument.State.DRAFT
    )
    return list(documents.select_related("version").order_by("-in_force_at", "language"))


def record_paper_consent(
    *,
    participant: Participant,
    document: ConsentDocument,
    choices: Mapping[str, bool],
    signed: Signed,
    pages: Sequence[bytes],
    by: Actor,
    request_id: uuid.UUID | None = None,
) -> Consent:
    """Record a consent signed on paper; an earlier one is superseded.

    ``pages`` are the signed pages as photographed or scanned (JPEG, PNG, HEIC or WebP), in order.
    The same ``request_id`` again returns the same consent. A text that is superseded by now is
    recorded all the same, and the participant is asked again like anybody who agreed to it.

    Raises:
        NotAllowed, StateRefused: by rights, or the participant is not asked for a consent.
        Invalid: what is missing or cannot be; ``detail`` names the fields. Nothing was recorded.
    """
    require(by, Permission.CONSENT_RECORD, study=participant.study, site=participant.site)
    require_taking_part(participant)
    if request_id is not None:
        before = participant.consents.filter(request_id=request_id).first()
        if before is not None:
            return before
    agreed, problems = agreed_choices(document, choices)
    problems |= _problems(participant, document, signed, pages)
    if problems:
        raise invalid("Nothing was recorded yet; please check the form.", problems)
    pictures = _opened(pages)
    from participants.consent.pdf import render_pages  # heavy, for a copy alone

    pdf = render_pages(pictures)
    zone = participant.zone
    given_at = datetime(signed.on.year, signed.on.month, signed.on.day, 12, tzinfo=zone)
    answers = Answers(agreed, require_name(signed.name), b"")
    with transaction.atomic():
        participant = Participant.objects.select_for_update().get(pk=participant.pk)
        if request_id is not None:
            before = participant.consents.filter(request_id=request_id).first()
            if before is not None:
                return before
        require_taking_part(participant)
        _require_after_last(participant, given_at)
        return keep(
            participant,
            document,
            answers,
            min(given_at, timezone.now()),
            pdf,
            by=by,
            signature="paper",
            request_id=request_id,
            more=_columns(participant, signed),
            told={
                "medium": Consent.Medium.PAPER.value,
                "given_by": signed.given_by,
                "signed_on": signed.on.isoformat(),
                "pages": len(pages),
                "witness": bool(signed.witness.strip()),
                "assent": bool(signed.assent.strip()),
            },
        )


def _columns(participant: Participant, signed: Signed) -> dict[str, object]:
    others = {
        name: " ".join(said.split())
        for name, said in (("witness", signed.witness), ("assent", signed.assent))
        if said.strip()
    }
    minor = signed.given_by == GivenBy.GUARDIAN
    return {
        "medium": Consent.Medium.PAPER,
        "given_by": signed.given_by,
        "relationship": " ".join(signed.relationship.split()),
        "sealed_others": (
            identity.seal_bytes(json.dumps(others).encode(), owner=participant) if others else b""
        ),
        "assented": True if minor else None,
        "of_age_on": first_of_month(signed.of_age_on) if minor and signed.of_age_on else None,
        "recorded_at": timezone.now(),
    }


def _problems(
    participant: Participant, document: ConsentDocument, signed: Signed, pages: Sequence[bytes]
) -> dict[str, str]:
    today = timezone.now().astimezone(participant.zone).date()
    problems: dict[str, str] = {}
    try:
        require_name(signed.name)
    except Invalid as refusal:
        problems["name"] = fields_of(refusal)["typed_name"]
    if signed.on > today:
        problems["on"] = "This day is still to come."
    elif not _in_force_on(participant, document, signed.on):
        problems["on"] = "This text was not in force on that day. Check the day or the text."
    problems |= _signers(signed, today) or _by_age(participant, signed)
    if document.study_id != participant.study_id:
        problems["document"] = "Choose one of this study's texts."
    if not pages:
        problems["pages"] = "Add the signed pages: photographed, or scanned as pictures."
    elif len(pages) > MOST_PAGES:
        problems["pages"] = f"At most {MOST_PAGES} pages."
    elif any(len(page) > MOST_BYTES for page in pages):
        problems["pages"] = f"A page is larger than {MOST_BYTES // 2**20} MB. Save it smaller."
    return problems


def _signers(signed: Signed, today: date) -> dict[str, str]:
    """What is missing of those who sign for or beside somebody."""
    if signed.given_by not in GivenBy.values:
        return {"given_by": "Choose one of the list."}
    problems: dict[str, str] = {}
    if signed.given_by != GivenBy.SELF and not signed.relationship.strip():
        problems["relationship"] = "Say what they are to the participant, without a name."
    if signed.given_by == GivenBy.GUARDIAN:
        if not signed.assent.strip():
            problems["assent"] = (
                "The minor has to agree as well: enter the name as the minor wrote or said it."
            )
        if signed.of_age_on is None or signed.of_age_on <= today:
            problems["of_age_on"] = "Enter the day from which the minor signs alone: it lies ahead."
    for name, said in (("witness", signed.witness), ("assent", signed.assent)):
        if len(said.strip()) > 120:
            problems[name] = "At most 120 characters."
    return problems


def _by_age(participant: Participant, signed: Signed) -> dict[str, str]:
    """Who is known to be a minor does not sign alone; who has come of age signs for themselves."""
    given = participant.consents.in_force().first()
    if signed.given_by == GivenBy.SELF and is_minor(participant):
        age = participant.study.majority_age
        return {"given_by": f"By their year of birth they are under {age}: a guardian signs too."}
    grown = (Amiss.OF_AGE, Amiss.SIGNED_YOUNG)
    if signed.given_by == GivenBy.GUARDIAN and given is not None and amiss(given) in grown:
        return {"given_by": "They are of age now and sign for themselves."}
    return {}


def _in_force_on(participant: Participant, document: ConsentDocument, on: date) -> bool:
    zone = participant.zone
    if document.in_force_at is None or document.in_force_at.astimezone(zone).date() > on:
        return False
    ended = document.superseded_at
    if ended is None or ended.astimezone(zone).date() >= on:
        return True
    # Where the amendment that goes with the newer text is not in force yet, this one still is.
    return texts_at(participant.site).by_language.get(document.language) == document


def _require_after_last(participant: Participant, given_at: datetime) -> None:
    """Refuse a paper older than the consent in force: it would take a newer one's place."""
    latest = participant.consents.in_force().first()
    if latest is not None and given_at.date() < latest.given_at.astimezone(given_at.tzinfo).date():
        sentence = "A newer consent is in force. An older paper does not take its place."
        raise invalid(f"Nothing was recorded. {sentence}", {"on": sentence})


def _opened(pages: Sequence[bytes]) -> list[bytes]:
    """Each page as a clean JPEG.

    Raises:
        Invalid: a file is no picture that can be opened; which one, and why.
    """
    from participants.imaging.decode import decode_photo, encode_clean

    clean = []
    with TemporaryDirectory() as folder:
        for number, page in enumerate(pages, 1):
            path = Path(folder) / f"{number}"
            path.write_bytes(page)
            try:
                pixels = decode_photo(path, max_side=LONGEST_SIDE).pixels
            except PhotoUnreadable as error:
                sentence = f"Page {number}: {_REASONS.get(error.code, error.message)}"
                raise invalid(f"Nothing was recorded yet. {sentence}", {"pages": sentence}) from (
                    error
                )
            except DecoderFailed as error:
                sentence = f"Page {number} could not be opened just now. Please send it again."
                raise invalid(f"Nothing was recorded yet. {sentence}", {"pages": sentence}) from (
                    error
                )
            clean.append(encode_clean(pixels, quality=85))
    return clean


_REASONS = {
    "empty": "the file is empty.",
    "truncated": "part of the file is missing. Scan or photograph it again.",
    "not_a_photo": "this is no picture. Photograph the page, or save the scan as JPEG or PNG.",
    "format_not_allowed": "this kind of file is not taken. Save the scan as JPEG or PNG.",
}
