"""Where participants' words stand in the code, and their template (.pot).

Staff's pages are English and are left out. Templates are found by following ``extends`` and
``include`` from the participant's own; sentences of the photo check stand in plain Python, and
titles of refusals on their classes, so both are read from there.
"""

import importlib
import pkgutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.utils.translation.template import templatize

import participants
from participants.imaging.errors import MESSAGES
from participants.imaging.profiles import SENTENCES
from participants.words.own_templates import TEMPLATES, loaded_by, own, reached_from
from studies.platform.errors import Refusal

ROOT = Path(settings.BASE_DIR)
# Staff's, though they lie among what is searched: rooms, and modules of every room.
STAFFS = ("desk/", "enrolment/")
STAFFS_FILES = {"api.py", "forms.py", "links.py", "staff.py"}
KEYWORDS = {
    "django": (
        "gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3",
        "pgettext_lazy:1c,2", "npgettext_lazy:1c,2,3",
    ),
    "djangojs": ("gettext", "ngettext:1,2", "counted:1,2", "pgettext:1c,2"),
}  # fmt: skip
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
PLAIN = "participants/sentences_and_titles.py"  # as the catalogues name them


def templates() -> list[Path]:
    """The participant's templates, with every one they extend or include."""
    return reached_from([TEMPLATES / "base_my.html", *own()])


def python_files() -> list[Path]:
    """Where sentences for participants are made."""
    app = ROOT / "participants"
    return sorted(
        path
        for path in app.rglob("*.py")
        if not str(path.relative_to(app)).startswith(STAFFS)
        and not {"commands", "management", "migrations"} & set(path.parts)
        and path.name not in STAFFS_FILES
    )


def scripts() -> list[Path]:
    """The modules that the participant's pages load, apart from libraries."""
    names = loaded_by(templates(), but="lib/")
    return [ROOT / "static" / name for name in names if name.startswith("js/")]


def titles() -> list[str]:
    """The titles of every refusal a participant can meet."""
    for module in pkgutil.walk_packages(participants.__path__, "participants."):
        if module.name.split(".")[1] not in {"management", "migrations"}:
            importlib.import_module(module.name)
    met = ("participants.", "studies.platform.errors")
    general = {"NotAllowed", "NotFound", "StateRefused", "Invalid", "Refusal"}
    return sorted(
        {
            refusal.title
            for refusal in _with_children(Refusal)
            if refusal.__module__.startswith(met)
            and (refusal.__module__ != "studies.platform.errors" or refusal.__name__ in general)
        }
    )


def _with_children(refusal: type[Refusal]) -> Iterator[type[Refusal]]:
    yield refusal
    for child in refusal.__subclasses__():
        yield from _with_children(child)


def plain_sentences() -> list[str]:
    """What is translated where it is shown, since the photo check knows no Django."""
    return sorted({*SENTENCES.values(), *MESSAGES.values(), *titles()})


def template_for(domain: str) -> str:
    """The template (.pot) of ``django`` (pages, services) or ``djangojs`` (scripts).

    Raises:
        subprocess.CalledProcessError: a file could not be read by xgettext.
        FileNotFoundError: GNU gettext is not installed.
    """
    with TemporaryDirectory(prefix="gsh-words-") as folder:
        names = list(_copied(domain, Path(folder)))
        out = subprocess.run(
            [
                "xgettext",
                "--language=Python" if domain == "django" else "--language=JavaScript",
                *(f"--keyword={keyword}" for keyword in KEYWORDS[domain]),
                *("--from-code=UTF-8", "--add-location=file", "--no-wrap", "--output=-"),
                *("--add-comments=Translators", "--sort-by-file"),
                *names,
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    _header, _blank, entries = out.stdout.partition("\n\n")
    return f"{HEADER}\n{entries}"


def _copied(domain: str, folder: Path) -> Iterator[str]:
    """Copies of the sources as xgettext can read them, under the names catalogues show."""
    files = scripts() if domain == "djangojs" else [*python_files(), *templates()]
    for path in files:
        name = str(path.relative_to(ROOT))
        text = path.read_text()
        if path.is_relative_to(TEMPLATES):
            text = templatize(text, origin=str(path))
        yield _written(folder, name, text)
    if domain == "django":
        lines = "".join(f"gettext_noop({sentence!r})\n" for sentence in plain_sentences())
        yield _written(folder, PLAIN, lines)


def _written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return name
