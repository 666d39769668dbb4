"""Make the first person of a new installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studies.members.services.people import create_person, set_password_url
from studies.platform.actors import SYSTEM, acting_from
from studies.platform.errors import Refusal


class Command(BaseCommand):
    """``manage.py create_administrator EMAIL NAME``."""

    help = "Create a person who may create studies; prints the link to set a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            with acting_from("command"):
                person = create_person(email=email, name=name, by=SYSTEM, administrator=True)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{person.actor_label} may create studies. To set a password, open")
        self.stdout.write(set_password_url(person))
