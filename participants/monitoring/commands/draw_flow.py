"""``manage.py draw_flow MEL-8 FILE --as EMAIL``: the CONSORT diagram of a study as SVG."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from participants.monitoring.consort import draw_flow
from participants.monitoring.services.flow import participant_flow
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.services.rights import may_anywhere


class Command(BaseCommand):
    """Draw the flow as this person may see it: by arm for who may know the arms."""

    help = "Draws the flow of a study's participants (CONSORT) as an SVG file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The study, where to write, and whose rights hold."""
        parser.add_argument("study")
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say where."""
        study = Study.objects.filter(code=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study {options['study']}.")
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None or not may_anywhere(user, Permission.MONITORING_VIEW, study=study):
            raise CommandError(f"{options['email']} may not see how {study.code} is conducted.")
        flow = participant_flow(study=study, user=user)
        path: Path = options["file"]
        path.write_text(draw_flow(flow, title=f"CONSORT flow diagram, {study.code}"))
        self.stdout.write(f"{flow.screened.number} people in {path}.")
