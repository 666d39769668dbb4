"""The blind index of names and contacts: somebody is found by it, and nobody is read from it.

Beside each sealed identity stand keyed digests (HMAC-SHA-256, RFC 2104) of its phone number, its
e-mail address, its whole name and each word of the name, normalised so that another way of writing
them is the same. The key is derived from each of ``IDENTITY_KEYS`` (``platform.sealing``), and the
study is part of what is digested, so the database alone tells nothing of them, not even to somebody
who tries every number, and nobody is followed from one study to another. They are written with the
identity, go with it, and are made anew when its key is rotated; until then both keys are tried.
See ``docs/decisions/0013-finding-people.md``.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet

from participants.people.models import Identity, IdentityDigest
from participants.people.services.sealed_identity import IdentityData, unseal
from studies.platform import sealing

Kind = IdentityDigest.Kind
# With or without the country's code: the last digits are the subscriber's own.
DIGITS = 8
BATCH = 500


def words_of(text: str) -> list[str]:
    """The words of a name in any script, in the order they stand, as they are compared.

    Letters and digits, with the marks that stand on them: of Tamil and Thai the vowels are marks.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    # Folding may take apart what was one sign, as the dotted capital I.
    signs = unicodedata.normalize("NFKC", folded)
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in signs)
    return kept.split()


def digits_of(text: str) -> str:
    """The digits of a phone number, of whatever script, without what stands between them."""
    digits = [unicodedata.digit(sign, None) for sign in unicodedata.normalize("NFKC", text)]
    return "".join(str(digit) for digit in digits if digit is not None)


def phone_of(text: str) -> str:
    """A phone number as it is compared: its last digits."""
    digits = digits_of(text)
    return digits[-DIGITS:] if len(digits) >= DIGITS else digits


def email_of(text: str) -> str:
    """An e-mail address as it is compared."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def normalised(identity: IdentityData) -> dict[str, str]:
    """What tells whether two are one person, by kind; nothing for what is not known."""
    said = {
        Kind.PHONE: phone_of(identity.phone),
        Kind.EMAIL: email_of(identity.email),
        # Family names stand first or last, with or without commas and hyphens.
        Kind.NAME: " ".join(sorted(words_of(identity.name))),
    }
    return {kind.value: text for kind, text in said.items() if text}


def digests_of(study: int, kind: str, text: str) -> list[str]:
    """The digests of a normalised ``text`` under each key, the first key's first.

    ``study`` is the number of its row: the same name in another study has another digest.
    """
    return sealing.digests(f"{study}:{kind}:{text}")


def write_index(row: Identity, identity: IdentityData) -> None:
    """Write the digests of ``identity``, which ``row`` keeps sealed, in place of the former."""
    row.digests.all().delete()
    _fill_in([(row, identity)])


def begin_index(row: Identity, identity: IdentityData) -> None:
    """Write the digests of ``identity`` for a ``row`` that was just made."""
    _fill_in([(row, identity)])


def rewrite_index(row: Identity) -> None:
    """Write the digests of ``row`` under the first key; for the rotation of keys."""
    write_index(row, _opened(row))


def complete_index(rows: QuerySet[Identity]) -> None:
    """Write the digests of those that have none: recorded before there was an index."""
    none = ~Exists(IdentityDigest.objects.filter(identity=OuterRef("pk")))
    bare = rows.filter(none).select_related("participant").iterator(chunk_size=BATCH)
    while batch := list(islice(bare, BATCH)):
        _fill_in((row, _opened(row)) for row in batch)


def _opened(row: Identity) -> IdentityData:
    return unseal(participant=row.participant, sealed=bytes(row.sealed))


def _fill_in(rows: Iterable[tuple[Identity, IdentityData]]) -> None:
    IdentityDigest.objects.bulk_create(
        [
            IdentityDigest(
                identity=row,
                kind=kind,
                digest=digests_of(row.participant.study_id, kind, text)[0],
            )
            for row, identity in rows
            for kind, text in _texts(normalised(identity), words_of(identity.name))
        ],
        batch_size=BATCH,
        ignore_conflicts=True,  # somebody else looks at this moment and fills in the same
    )


def _texts(whole: Mapping[str, str], words: Iterable[str]) -> list[tuple[str, str]]:
    return [*whole.items(), *((Kind.WORD.value, word) for word in dict.fromkeys(words))]
