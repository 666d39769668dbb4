"""Finding somebody who is enrolled already, without opening anybody's identity.

Compared are the keyed digests of ``identity_index``. Of participants whose names the person may
read the code is told; of those at other sites only that there is somebody, and what is the same.
"""

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from participants.people.models import Identity, IdentityDigest, Participant
from participants.people.services.identity_index import complete_index, digests_of, normalised
from participants.people.services.sealed_identity import IdentityData
from studies.access.models import User
from studies.platform.actors import Actor

Kind = IdentityDigest.Kind
ELSEWHERE = "another-person:elsewhere"


def doubts(
    *,
    participant: Participant,
    identity: IdentityData,
    by: Actor,
    before: IdentityData | None = None,
) -> dict[str, str]:
    """Whom ``by`` has to say to be another person, where ``by`` may know names.

    ``before`` is what stood there: what a correction leaves as it was is not asked about again.
    """
    if not isinstance(by, User):
        return {}
    same = find(participant=participant, identity=identity, before=before, by=by)
    asked = {
        f"another-person:{code}": f"{code} was enrolled with the same {' and '.join(what)}. "
        "This is another person."
        for code, what in same.items()
    }
    elsewhere = find_elsewhere(participant=participant, identity=identity, before=before, by=by)
    if elsewhere:
        asked[f"{ELSEWHERE}:{'+'.join(elsewhere)}"] = (
            f"Somebody at another site of this study was enrolled with the same "
            f"{' and '.join(elsewhere)}. Who it is cannot be told here. I have asked the "
            "participant, and this is another person."
        )
    return asked


def find(
    *,
    participant: Participant,
    identity: IdentityData,
    by: User,
    before: IdentityData | None = None,
) -> dict[str, list[str]]:
    """Codes of those in the study who have the same phone, e-mail or name, with what is the same.

    What is the same in ``before`` is left out. Only among those whose names ``by`` may know.
    """
    known = Identity.objects.visible_to(by).filter(participant__study=participant.study_id)
    complete_index(known)
    likeness: dict[str, set[str]] = {}
    same = _same(participant, _new(identity, before)).filter(identity__in=known)
    for code, kind in same.values_list("identity__participant__code", "kind"):
        likeness.setdefault(code, set()).add(kind)
    return {
        code: [kind.label for kind in Kind if kind in kinds]
        for code, kinds in sorted(likeness.items())
    }


def find_elsewhere(
    *,
    participant: Participant,
    identity: IdentityData,
    by: User,
    before: IdentityData | None = None,
) -> list[str]:
    """What somebody in the study whose name ``by`` may not know has the same, as labels.

    A name alone is no sign at another site: it counts together with the year of birth.
    """
    ours = Identity.objects.visible_to(by).filter(participant__study=participant.study_id)
    others = Identity.objects.filter(participant__study=participant.study_id)
    complete_index(others)
    born = Q(identity__participant__year_of_birth=participant.year_of_birth)
    alike = ~Q(kind=Kind.NAME)
    if participant.year_of_birth is not None:  # not asked before the consent
        alike |= born
    same = _same(participant, _new(identity, before)).exclude(identity__in=ours).filter(alike)
    kinds = set(same.values_list("kind", flat=True))
    labels = {Kind.NAME: "name and year of birth"}
    return [labels.get(kind, str(kind.label)) for kind in Kind if kind in kinds]


def _new(identity: IdentityData, before: IdentityData | None) -> dict[str, str]:
    left = normalised(before) if before is not None else {}
    return {kind: text for kind, text in normalised(identity).items() if left.get(kind) != text}


def _same(participant: Participant, said: Mapping[str, str]) -> QuerySet[IdentityDigest]:
    """Digests of others that equal one of ``said``, under whichever key."""
    wanted = [
        digest
        for kind, text in said.items()
        for digest in digests_of(participant.study_id, kind, text)
    ]
    identity_digests = IdentityDigest.objects.filter(digest__in=wanted)
    return identity_digests.exclude(identity=participant.pk)
