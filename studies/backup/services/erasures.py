"""An erasure leaves its entry beside the backups as soon as it is done."""

import logging

from studies.backup import ledger, target
from studies.backup.errors import BackupError
from studies.backup.models import BackupRun
from studies.backup.signals import ErasedPerson, ErasedPhoto
from studies.platform.work import notify_on_commit

logger = logging.getLogger(__name__)


def note_erased(what: ErasedPerson | ErasedPhoto) -> None:
    """Add it to the ledger; where that fails just now, by a backup as soon as one can be.

    The erasure itself does not wait for another machine.
    """
    if not target.is_set():
        return
    try:
        if isinstance(what, ErasedPerson):
            ledger.note([what])
        else:
            ledger.note_photos([what])
    except BackupError as error:
        logger.warning("the ledger of erasures cannot be written: %s", error)
        notify_on_commit(BackupRun.objects.create())
