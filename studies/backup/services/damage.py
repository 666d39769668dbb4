"""What was found damaged among stored files: noted, lifted once it is whole, and told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from studies.backup.models import BackupRun, DamagedFile, FileCheck
from studies.backup.signals import damage_changed
from studies.platform.work import WorkState

# A night's check may be tried again for hours.
LATE = timedelta(hours=36)


@transaction.atomic
def settle(looked: Mapping[str, str]) -> int:
    """Note what is wrong with the files ``looked`` at (name → problem, empty for a whole one).

    What was damaged before and is whole now is lifted. Returns how many are newly damaged. Done
    twice, or by two at once, it is as if done once.
    """
    known = set(_open().filter(name__in=list(looked)).values_list("name", flat=True))
    new = [name for name, problem in looked.items() if problem and name not in known]
    whole = [name for name in known if not looked[name]]
    now = timezone.now()
    DamagedFile.objects.bulk_create(
        (DamagedFile(name=name, problem=looked[name], found_at=now) for name in new),
        ignore_conflicts=True,  # another check found it at this moment
    )
    _open().filter(name__in=whole).update(mended_at=now)
    _tell({*new, *whole})
    return len(new)


@transaction.atomic
def forget(names: Iterable[str]) -> None:
    """Know nothing more of files that no row names now: a name may hold an erased photo's."""
    gone = set(names)
    DamagedFile.objects.filter(name__in=gone).delete()
    _tell(gone)


@transaction.atomic
def forget_photos(photos: Iterable[str], *, folder: str = "") -> None:
    """Know nothing more of the files of erased ``photos`` (ids, hyphens or not) and in ``folder``.

    Done again it does nothing.
    """
    gone = {photo.replace("-", "") for photo in photos}

    def is_gone(name: str) -> bool:
        owner = name.split("/")[1] if "/" in name else ""
        return owner.replace("-", "") in gone or (bool(folder) and name.startswith(f"{folder}/"))

    named = DamagedFile.objects.values_list("pk", "name").iterator()
    DamagedFile.objects.filter(pk__in=[pk for pk, name in named if is_gone(name)]).delete()
    for run in BackupRun.objects.exclude(damaged=[]):
        left = [name for name in run.damaged if not is_gone(name)]
        if left != run.damaged:
            BackupRun.objects.filter(pk=run.pk).update(damaged=left)


def damaged_among(names: Iterable[str]) -> set[str]:
    """Those of ``names`` that are damaged as far as is known."""
    damaged = _open().filter(name__in=[name for name in names if name])
    return set(damaged.values_list("name", flat=True))


def damaged_names() -> list[str]:
    """Every file known to be damaged."""
    return list(_open().values_list("name", flat=True))


def _open() -> QuerySet[DamagedFile]:
    return DamagedFile.objects.filter(mended_at=None)


def _tell(names: set[str]) -> None:
    if names:
        damage_changed.send(sender=DamagedFile, names=names)


# --- How it stands -----------------------------------------------------------------------------


@dataclass(frozen=True)
class FilesStanding:
    """``last`` is when files were last compared with their hashes, over how many and how much.

    ``all_by`` is when every file there was had been; ``late`` where nobody looked for too long.
    """

    last: datetime | None
    files: int
    bytes: int
    all_by: datetime | None
    damaged: int
    late: bool


def files_standing() -> FilesStanding:
    """How the stored files stand."""
    done = FileCheck.objects.filter(state=WorkState.DONE).order_by("-finished_at")
    newest = done.first()
    every = done.filter(round_done=True).values_list("finished_at", flat=True).first()
    oldest = timezone.now() - LATE
    if newest is None or newest.finished_at is None:
        late = FileCheck.objects.filter(created_at__lt=oldest).exists()
        last, files, size = None, 0, 0
    else:
        last, files, size = newest.finished_at, newest.files, newest.bytes
        late = last < oldest
    return FilesStanding(
        last=last,
        files=files,
        bytes=size,
        all_by=every,
        damaged=_open().count(),
        late=late and settings.VERIFY_FILES_A_NIGHT > 0,
    )
