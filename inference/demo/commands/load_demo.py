"""Load the demonstration study."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inference.demo import actions, reading_acts, story, twelve_week_acts, twelve_weeks
from inference.demo.clock import acting_at
from inference.packages.models import StudyModel
from inference.packages.services import registry
from inference.scoring.services import study_models
from participants.words.languages import language_of
from studies.access.models import User
from studies.access.permissions import TITLES, Role
from studies.edit_checks.services import add_check
from studies.members.services.memberships import add_member
from studies.members.services.people import create_person
from studies.platform.actors import SYSTEM, acting_from
from studies.protocol.models import Study
from studies.protocol.services.studies import activate_study
from studies.protocol_file import read_protocol
from studies.protocol_file.services import load_protocol

PROTOCOLS = Path(settings.BASE_DIR) / "studies" / "protocol_file" / "protocols"
MELASMA = PROTOCOLS / "melasma-8-weeks.yaml"
DERMATITIS = PROTOCOLS / "dermatitis-12-weeks.yaml"
Staff = tuple[tuple[str, str, str], ...]


class Command(BaseCommand):
    """Make the studies, their people and a model in use; then send photos day by day.

    Run again, it does only what is not done yet.
    """

    help = "Load the demonstration studies (never in production)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--people-only", action="store_true", help="The study, the logins and one link."
        )
        parser.add_argument("--participants", type=int, default=len(story.SINCE))
        parser.add_argument(
            "--study",
            choices=(story.STUDY, twelve_weeks.STUDY),
            help="Only this one; both where it is left out.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demonstration is not for production (GSH_ENV=demo).")
        if options["people_only"]:
            self._people(self._study(MELASMA, story.STUDY, story.STAFF))
            return
        wanted = options["study"]
        if wanted != story.STUDY:
            with acting_at(timezone.now() - timedelta(days=twelve_weeks.BEGAN)):
                study = self._study(DERMATITIS, twelve_weeks.STUDY, twelve_weeks.STAFF)
            self._act(twelve_week_acts.story_acts(study))
            self._checks(study, DERMATITIS)
        if wanted != twelve_weeks.STUDY:
            study = self._study(MELASMA, story.STUDY, story.STAFF)
            self._act(actions.story_actions(study, participants=options["participants"]))
            if options["participants"] >= reading_acts.FEWEST:
                self._read(study)

    def _people(self, study: Study) -> None:
        by_hand = self._by_hand()
        for who in sorted(by_hand, key=lambda who: -who.enrolled_days_ago):
            with acting_at(timezone.now() - timedelta(days=who.enrolled_days_ago)):
                actions.enrol(study, who)
        self._tell(study, [self._link(study, who) for who in by_hand])

    def _act(self, acts: Iterator[actions.Act]) -> None:
        for act in acts:
            with acting_at(act.at):
                done = act.do()
            if done:
                self.stdout.write(f"{act.at:%Y-%m-%d} {done}")

    def _read(self, study: Study) -> None:
        """Readers need photos that the worker has accepted."""
        if reading_acts.wait_for_photos(study):
            self._act(reading_acts.reading_acts(study))
        else:
            self.stdout.write("The photos are not checked yet: started again, they are read.")

    def _study(self, path: Path, code: str, staff: Staff) -> Study:
        dewi = self._person(staff[0][0])
        study = Study.objects.filter(code=code).first()
        if study is None:
            protocol = read_protocol(path.read_text(encoding="utf-8"), folder=path.parent)
            protocol["edit_checks"] = []  # once the story is told: until then visits seem missed
            with acting_from("command"):
                study = load_protocol(protocol=protocol, by=SYSTEM).study
        for name, role, site in staff:
            person = self._person(name)
            where = study.sites.get(code=site) if site else None
            held = person.memberships.filter(study=study, role=role, site=where, ended_at=None)
            if not held.exists():
                add_member(
                    study=study, email=person.email, role=role, site=where, by=SYSTEM, mail=False
                )
        self._person(story.ADMINISTRATOR, administrator=True)
        package = registry.ensure_shipped_package()
        if not StudyModel.objects.filter(study=study, deactivated_at=None).exists():
            study_models.activate(
                study=study, package=package, reason="First model of the study.", by=dewi
            )
        if study.state == Study.State.DRAFT:
            study = activate_study(study=study, by=dewi)
        return study

    def _checks(self, study: Study, path: Path) -> None:
        """The edit checks of the protocol in ``path`` that the study has not."""
        protocol = read_protocol(path.read_text(encoding="utf-8"), folder=path.parent)
        there = set(study.edit_checks.values_list("code", flat=True))
        manager = self._person(twelve_weeks.STAFF[0][0])
        for check in protocol["edit_checks"]:
            if check["code"] not in there:
                add_check(study=study, by=manager, reason="As the protocol's file has it.", **check)

    def _person(self, name: str, *, administrator: bool = False) -> User:
        email = f"{name.split()[0].lower()}@demo.example"
        person: User | None = User.objects.filter(email=email).first()
        if person is None:
            person = create_person(email=email, name=name, by=SYSTEM, administrator=administrator)
            person.set_password(story.PASSWORD)
            person.save(update_fields=["password"])
        return person

    def _by_hand(self) -> list[story.Character]:
        """Whose visit is left to be done: one in English, then one for each other language."""
        everybody = [story.character(number) for number in range(len(story.SINCE))]
        first = next(who for who in everybody if who.due_today)
        return [first, *(who for who in everybody if who.language != "en")]

    def _link(self, study: Study, who: story.Character) -> str:
        """With which link to be ``who``."""
        reads = language_of(who.language).name
        address = f"{settings.SITE_URL}/p/{actions.fresh_link(study, who)}/"
        return f"  {actions.participant_of(who).code} reads {reads}:\n    {address}"

    def _tell(self, study: Study, links: list[str]) -> None:
        lines = [
            "",
            f"  Global Skin Health is running at {settings.SITE_URL}",
            "",
            f"  Sign in with the password: {story.PASSWORD}",
        ]
        for name, role, site in story.STAFF:
            where = f"at {site}" if site else "at all sites"
            email = f"{name.split()[0].lower()}@demo.example"
            lines.append(f"    {email}".ljust(30) + f"{role} {where}")
        email = f"{story.ADMINISTRATOR.split()[0].lower()}@demo.example"
        lines += [f"    {email}".ljust(30) + "platform administrator", ""]
        lines.append(f"  In {twelve_weeks.STUDY}, of twelve weeks and three sites, also:")
        known = {name for name, _role, _site in story.STAFF}
        for name, role, site in twelve_weeks.STAFF:
            if name not in known:
                email = f"{name.split()[0].lower()}@demo.example"
                where = f"at {site}" if site else "at all sites"
                lines.append(f"    {email}".ljust(30) + f"{TITLES[Role(role)]} {where}")
        lines += [
            "",
            f"  Start at {settings.SITE_URL}/studies/{study.code}/ and watch the photos come in.",
            "  The photos take a few minutes. Until all are sent, a visit may show as missed.",
            "",
            "  Three participants have a visit open. Be one of them (open the personal link in a",
            "  narrow window). Translations and consent texts but the English are drafts.",
            *links,
            "",
            "  The faces are drawn, not photographed. Ctrl-C stops everything.",
            "",
        ]
        Path(settings.VAR_DIR, "demo.txt").write_text("\n".join(lines))
