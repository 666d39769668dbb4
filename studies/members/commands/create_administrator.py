"""Make the first person of a new installation, or let an administrator in who lost their link."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studies.members.services.people import create_person, give_new_link, set_password_url
from studies.platform.actors import SYSTEM, acting_from
from studies.platform.errors import Refusal


class Command(BaseCommand):
    """``manage.py create_administrator EMAIL NAME``; ``--new-link`` for one that is there."""

    help = "Create a person who may create studies; prints the link to set a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument(
            "--new-link",
            action="store_true",
            help="Print a new link for an administrator who lost theirs, or their password.",
        )

    def handle(self, *args: Any, email: str, name: str, new_link: bool, **options: Any) -> None:
        try:
            with acting_from("command"):
                if new_link:
                    person = give_new_link(email=email, by=SYSTEM)
                else:
                    person = create_person(email=email, name=name, by=SYSTEM, administrator=True)
        except Refusal as refusal:
            hint = "" if new_link else " --new-link prints a new link for an administrator."
            raise CommandError(f"{refusal.message}{hint}") from refusal
        self.stdout.write(f"{person.actor_label} may create studies. To set a password, open")
        self.stdout.write(set_password_url(person))
