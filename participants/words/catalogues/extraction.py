"""Django's ``makemessages`` over what participants can read, and over nothing else."""

import re
from contextlib import chdir
from dataclasses import dataclass
from shutil import copytree

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages

from participants.words.catalogues.sources import copied

# When and by whom a template was made says nothing of its words.
MADE = re.compile(r'^"(POT-Creation-Date|Report-Msgid-Bugs-To): .*\n', re.MULTILINE)
# A template stands for no language: its plural forms are a blank to be filled in.
BLANK = re.compile(r'^"Plural-Forms: .*\n', re.MULTILINE)
LOCALE = settings.LOCALE_PATHS[0]


class MakeMessages(makemessages.Command):
    """Reads the folder it stands in, keeps to ``locale`` there, and guesses no translation."""

    settings_available = False
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=counted:1,2",
        "--sort-by-file",
    ]


@dataclass(frozen=True)
class Extracted:
    """A domain's words: the English template (.pot), and each locale's catalogue (.po)."""

    template: str
    catalogues: dict[str, str]


def extracted(domain: str, locales: tuple[str, ...] = ()) -> Extracted:
    """The words of ``django`` (pages, services) or ``djangojs`` (scripts) as the code has them now.

    Catalogues of ``locales`` ("zh_Hans") come with them: new words empty, old ones gone, none
    guessed. Nothing is written where the product keeps its own.

    Raises:
        CommandError: a file could not be read, or GNU gettext is not installed.
    """
    with copied(domain) as folder, chdir(folder):
        if locales:
            copytree(LOCALE, folder / "locale")
        else:
            (folder / "locale").mkdir()
        call_command(
            MakeMessages(), domain=domain, locale=locales, exclude=[] if locales else ["en"],
            no_wrap=True, no_obsolete=True, add_location="file", keep_pot=True, verbosity=0,
        )  # fmt: skip
        kept = {
            locale: folder / "locale" / locale / "LC_MESSAGES" / f"{domain}.po"
            for locale in locales
        }
        return Extracted(
            template=BLANK.sub("", (folder / "locale" / f"{domain}.pot").read_text()),
            catalogues={locale: MADE.sub("", path.read_text()) for locale, path in kept.items()},
        )
