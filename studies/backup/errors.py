"""What stops a backup or a restore, in words for whoever runs the installation."""


class BackupError(Exception):
    """A backup cannot be made, or one that was made cannot be used; the message says what to do."""


class NoTarget(BackupError):  # noqa: N818 - it names what it is
    """Nothing says where backups go, or for whom they are encrypted."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"{missing} is not set. BACKUP_URL says where backups go, BACKUP_RECIPIENTS for whose "
            "keys they are encrypted; manage.py make_backup_key makes a key."
        )


class TargetAway(BackupError):  # noqa: N818 - it names what it is
    """Where backups go cannot be reached, read or written."""


class AnotherInstallation(BackupError):  # noqa: N818 - it names what it is
    """The target holds the backups of another installation."""


class AlreadyRunning(BackupError):  # noqa: N818 - it names what it is
    """A backup or restore is under way; two at once would be in each other's way."""


class NoSnapshot(BackupError):  # noqa: N818 - it names what it is
    """There is no snapshot of this name, or none that was finished."""


class Unreadable(BackupError):  # noqa: N818 - it names what it is
    """What is kept cannot be decrypted, is cut off, or is not what was written."""


class NewerVersion(BackupError):  # noqa: N818 - it names what it is
    """The backup was made by a version of the product that this one does not know."""


class NotEmpty(BackupError):  # noqa: N818 - it names what it is
    """The database that is to be restored into holds data."""


class InUse(BackupError):  # noqa: N818 - it names what it is
    """Web or workers still use the database that is to be set aside."""


class NotWhole(BackupError):  # noqa: N818 - it names what it is
    """What was restored is not what was backed up."""


class NotWanted(BackupError):  # noqa: N818 - it names what it is
    """A file that nothing names must not come back."""


class StoreAway(BackupError):  # noqa: N818 - it names what it is
    """Private files cannot be read at all: not one of them is to blame."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"The store of private files does not answer: {error}. Nothing was marked as damaged. "
            "Are STORAGE_URL and its keys right, and is the bucket there?"
        )


class StoreEmpty(BackupError):  # noqa: N818 - it names what it is
    """Not one of many files is there: the store is away, not each of them lost."""

    def __init__(self) -> None:
        super().__init__(
            "Not one of the files looked at is in storage, so it was not gone on with. Is the disk "
            "of STORAGE_URL mounted, and is it the right bucket?"
        )


class NotStill(BackupError):  # noqa: N818 - it names what it is
    """Somebody writes for so long that the database cannot be held still."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody is writing to the database and does not come to an end, so it was not moved. "
            "Nothing was changed; try again when less is going on."
        )


class CannotMove(BackupError):  # noqa: N818 - it names what it is
    """What is to be moved cannot be, or not to there; the message says why and what to do."""


class ClockBehind(BackupError):  # noqa: N818 - it names what it is
    """The newest backup was made in what is the future here: the next would not be the newest."""

    def __init__(self, newest: str) -> None:
        super().__init__(
            f"The newest backup here is of {newest}, which is to come by this machine's clock, so "
            "none was made: it would count as older. Set the clock right (timedatectl set-ntp "
            "true), and try again."
        )


class NotWritten(BackupError):  # noqa: N818 - it names what it is
    """A private file cannot be written here, as on a full disk."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(
            f"{name} cannot be written: {error}. The rows are in the database, and files that are "
            "there are not written twice: mend that, and run it again."
        )


class NotErased(BackupError):  # noqa: N818 - it names what it is
    """What was erased since the backup is there again, and could not be erased just now."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"Rows and files are back, and with them what was erased since: {error} Let nobody use "
            "this installation; mend that, such as IDENTITY_KEYS, and run it again."
        )
