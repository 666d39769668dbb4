"""``manage.py receive_move``: the other end of ``move_to``, which starts it; not for people."""

import json
import sys
from collections.abc import Iterator
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from studies.backup.errors import BackupError
from studies.backup.services.arriving import Arrival
from studies.platform.storage import StorageAway

AGAIN = "Nothing was lost and the former installation is in use; mend it and run move_to again."


class Command(BaseCommand):
    """Reads what to do from its input, a line of JSON each, and answers the same way."""

    help = "Fill this installation from another one; move_to starts it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("other", help="Which database it comes from.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            arrival = Arrival(other=options["other"], say=lambda words: self._tell(say=words))
        except KeyError as error:
            raise CommandError("manage.py move_to starts this command by itself.") from error
        try:
            for line in sys.stdin.buffer:
                asked = json.loads(line)["do"]
                if asked == "hold":
                    self._tell_held(arrival)
                self._tell(**_do(arrival, asked, sys.stdin.buffer))
        except BackupError as error:
            self._tell(refused=str(error))
        except (DatabaseError, StorageAway, OSError, BotoCoreError, ClientError) as error:
            kind = "database" if isinstance(error, DatabaseError) else "storage"
            words = " ".join(str(error).split())
            self._tell(refused=f"The {kind} to move to: {words}. {AGAIN}")

    def _tell(self, **what: Any) -> None:
        self.stdout.write(json.dumps(what))
        self.stdout.flush()

    def _tell_held(self, arrival: Arrival) -> None:
        last = ""
        for label, key, digest in arrival.held():
            if label != last:
                self._tell(table=label)
                last = label
            self.stdout.write(json.dumps({"row": [key, digest.hex()]}))


def _do(arrival: Arrival, what: str, lines: IO[bytes]) -> dict[str, Any]:
    match what:
        case "begin":
            arrival.begin()
        case "files":
            return {"looked_at": arrival.copy_files()}
        case "rows":
            return {"tables": arrival.take_all(_until_end(lines))}
        case "changes":
            return {"tables": arrival.take_changes(_until_end(lines))}
        case "settle":
            arrival.settle()
        case "last":
            tables = arrival.take_changes(_until_end(lines), last=True)
            files = len(arrival.files.proved)
            return {"tables": tables, "files": files, "altered": sorted(arrival.files.altered)}
        case "end":
            arrival.end()
    return {"done": what}


def _until_end(lines: IO[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield line
        if line.startswith(b'{"end"'):
            return
