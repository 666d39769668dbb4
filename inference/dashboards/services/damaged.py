"""Stored files that are damaged, among those of a study that somebody may know of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.urls import reverse

from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.backup.models import DamagedFile
from studies.protocol.models import Study
from studies.protocol.services import rights

LISTED = 100


@dataclass(frozen=True)
class Holder:
    """A table that names files: what they are in words, and how to get to whose they are.

    ``participant`` and ``photo`` are lookups; without a participant it is the installation's.
    """

    model: str
    words: dict[str, str]
    participant: str = ""
    photo: str = ""


_PHOTO = "photo__visit__participant"
HOLDERS = (
    Holder(
        "participants.photo",
        {
            "original_file": "Photo as received",
            "upright_file": "Photo, upright",
            "thumbnail_file": "Small picture of a photo",
            "landmarks_file": "Face points of a photo",
        },
        "visit__participant",
        "pk",
    ),
    Holder(
        "participants.consent",
        {"pdf_file": "Copy of a consent", "signature_file": "Signature of a consent"},
        "participant",
    ),
    Holder("inference.run", {"cleaned_file": "Photo after preprocessing"}, _PHOTO, "photo"),
    Holder("inference.activationmap", {"file": "Activation map"}, f"run__{_PHOTO}", "run__photo"),
    Holder(
        "inference.trial",
        {"upload_file": "Photo of a trial", "result_file": "Result of a trial"},
        _PHOTO,
        "photo",
    ),
    Holder("inference.modelpackage", {"file": "Model"}),
)


@dataclass(frozen=True)
class Damaged:
    """One line: which file, of whom, what is wrong, since when, and the photo's page."""

    what: str
    name: str
    problem: str
    since: datetime
    participant: str = ""
    url: str = ""


def damaged_files(*, study: Study, user: User) -> list[Damaged]:
    """Those of ``study`` whose work ``user`` may see, the latest found first, at most 100."""
    known = {
        damaged_file.name: damaged_file
        for damaged_file in DamagedFile.objects.filter(mended_at=None)[: 10 * LISTED]
    }
    if not known:
        return []
    holders = list(_of_holders(known, study, user))
    return sorted(holders, key=lambda damaged: (damaged.since, damaged.name), reverse=True)[:LISTED]


def number_damaged(*, study: Study, user: User) -> int:
    """How many of them there are, at most 100."""
    return len(damaged_files(study=study, user=user))


def _of_holders(known: dict[str, DamagedFile], study: Study, user: User) -> Iterator[Damaged]:
    anywhere = rights.may_anywhere(user, Permission.WORK_VIEW, study=study)
    people = Participant.objects.visible_to(user, Permission.WORK_VIEW).filter(study=study)
    for holder in HOLDERS:
        rows: Any = apps.get_model(holder.model)._base_manager.all()
        if holder.participant:
            rows = rows.filter(**{f"{holder.participant}__in": people})
        elif not anywhere:
            continue
        for column, words in holder.words.items():
            asked = [column]
            asked += [f"{holder.participant}__code"] if holder.participant else []
            asked += [holder.photo] if holder.photo else []
            named = rows.filter(**{f"{column}__in": list(known)}).order_by()
            for name, *whose in named.values_list(*asked).distinct():
                yield _line(known[name], words, study, *whose)


def _line(
    damaged: DamagedFile, words: str, study: Study, participant: str = "", photo: Any = None
) -> Damaged:
    return Damaged(
        what=words,
        name=damaged.name,
        problem=damaged.get_problem_display(),
        since=damaged.found_at,
        participant=participant,
        url="" if photo is None else reverse("inference:photo", args=[study.code, photo]),
    )
