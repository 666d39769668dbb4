"""Where participants' words stand in the code.

Staff's pages are English and are left out. Templates are found by following ``extends`` and
``include`` from the participant's own; sentences of the photo check stand in plain Python, and
titles of refusals on their classes, so both are read from there.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

import participants
from participants.imaging.errors import MESSAGES
from participants.imaging.profiles import SENTENCES
from participants.words.own_templates import TEMPLATES, loaded_by, own, reached_from
from studies.platform.errors import Refusal

ROOT = Path(settings.BASE_DIR)
# Staff's, though they lie among what is searched: rooms, and modules of every room.
STAFFS = (
    "allocation/",
    "board/",
    "correcting/",
    "desk/",
    "deviations/",
    "enrolment/",
    "monitoring/",
    "photo_notes/",
    "queries/",
    "review/",
    "scheduling/",
    "verification/",
)
STAFFS_FILES = {"api.py", "forms.py", "links.py", "paper.py", "paper_forms.py", "staff.py"}
# Rooms whose refusals only staff can meet.
NEVER_MET = {"allocation", "correcting", "monitoring", "photo_notes", "queries", "verification"}
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
    names = loaded_by(templates(), but=("lib/",))
    return [ROOT / "static" / name for name in names if name.startswith("js/")]


def titles() -> list[str]:
    """The titles of every refusal a participant can meet.

    Staff's rooms are asked too where a phone can come to their rules, as to enrolment's.
    """
    left_out = {"management", "migrations", *NEVER_MET}
    for module in pkgutil.walk_packages(participants.__path__, "participants."):
        if module.name.split(".")[1] not in left_out:
            importlib.import_module(module.name)
    met = ("participants.", "studies.platform.errors")
    general = {"NotAllowed", "NotFound", "StateRefused", "Invalid", "Refusal"}
    return sorted(
        {
            refusal.title
            for refusal in _with_children(Refusal)
            if refusal.__module__.startswith(met)
            and refusal.__module__.split(".")[1] not in NEVER_MET
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


@contextmanager
def copied(domain: str) -> Iterator[Path]:
    """A folder with copies of what is read for ``domain``, each where it stands in the code.

    What Django's ``makemessages`` finds there is what participants can read and nothing else, and
    what it writes beside a template does not come to lie among the code.
    """
    files = scripts() if domain == "djangojs" else [*python_files(), *templates()]
    with TemporaryDirectory(prefix="gsh-words-") as name:
        folder = Path(name)
        for path in files:
            _written(folder / path.relative_to(ROOT), path.read_text())
        if domain == "django":
            lines = "".join(f"gettext_noop({sentence!r})\n" for sentence in plain_sentences())
            _written(folder / PLAIN, lines)
        yield folder


def _written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
