"""The option that names the secret key, for commands that open backups."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from studies.backup.encryption import identities
from studies.backup.errors import Unreadable


def add_key_option(parser: CommandParser, *, required: bool) -> None:
    """``--key FILE``: never the key itself, which the list of processes would show."""
    parser.add_argument(
        "--key",
        type=Path,
        required=required,
        metavar="FILE",
        help="The file with the secret half of the backups' key (manage.py make_backup_key).",
    )


def keys_from(path: Path) -> list[Any]:
    """The keys in the file ``path``.

    Raises:
        CommandError: it cannot be read, or holds none.
    """
    try:
        return identities(path.read_text())
    except (OSError, UnicodeDecodeError, Unreadable) as error:
        raise CommandError(f"{path}: {error}") from error
