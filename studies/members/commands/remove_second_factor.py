"""Let someone in again who has lost phone, keys and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studies.access.models import User
from studies.members.services.people import remove_second_factor
from studies.platform.actors import SYSTEM, acting_from
from studies.platform.errors import Refusal


class Command(BaseCommand):
    """``manage.py remove_second_factor EMAIL --by NAME --reason TEXT``."""

    help = "Remove all second factors of a person whose identity someone has checked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--by", dest="checked_by", required=True, help="Who checked.")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, email: str, checked_by: str, reason: str, **options: Any) -> None:
        person = User.objects.filter(email=email.lower()).first()
        if person is None:
            raise CommandError(f"Nobody signs in with {email}.")
        try:
            with acting_from("command"):
                number = remove_second_factor(
                    person=person, checked_by=checked_by, reason=reason, by=SYSTEM
                )
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{person.actor_label}: {number} removed, and told by mail.")
