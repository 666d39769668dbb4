"""Every command that README names, as it stands there: it runs, or it is one that make knows."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.inference.scoring.photos import astronaut
from tests.stack import ROOT, NewStack

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
QUOTED = re.findall(r"(?<!`)`([^`]+)`(?!`)", README)
NAMED = {
    re.sub(r"\s+", " ", line.partition("#")[0]).strip()
    for line in (*QUOTED, *(line for block in BLOCKS for line in block.splitlines()))
}
MAKE = sorted(name for name in NAMED if re.search(r"(?:^| )make \w", name))
MANAGE = {name for name in NAMED if name.startswith("manage.py ")}


def test_the_readme_is_read() -> None:
    assert {"make demo", "make test", "PORT=8010 make demo"} <= set(MAKE)
    assert "manage.py verify_audit" in MANAGE


@pytest.mark.parametrize("command", MAKE)
def test_make_knows_what_is_to_be_made(command: str) -> None:
    words = command.split()
    target = words[words.index("make") + 1]
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_command_of_the_product_runs(new_stack: NewStack, tmp_path: Path) -> None:
    """In the order of somebody who tries one after the other; with files where it says FILE."""
    stack = new_stack("embedded", people=True)
    untried = set(MANAGE)

    def run(named: str, *instead: str) -> str:
        """What the command says that README has under this name."""
        untried.remove(named)
        return stack.manage(*(instead or named.removeprefix("manage.py ").split())).stdout

    assert "The audit trail is whole" in run("manage.py verify_audit")

    protocol = tmp_path / "melasma.yaml"
    named = "manage.py dump_study MEL-8 > melasma.yaml"
    protocol.write_text(run(named, "dump_study", "MEL-8"), encoding="utf-8")
    admin = "User.objects.filter(is_superuser=True).values_list('email', flat=True)[0]"
    email = stack.ask(admin, given="from studies.access.models import User")
    text = protocol.read_text(encoding="utf-8").replace("MEL-8", "MEL-9")
    protocol.write_text(text, encoding="utf-8")
    named = "manage.py load_study melasma.yaml --as EMAIL"
    assert "MEL-9" in run(named, "load_study", str(protocol), "--as", email)

    manager = "Membership.objects.filter(study__code='MEL-8', role='manager')[0].user.email"
    manages = stack.ask(manager, given="from studies.access.models import Membership")
    drawing = tmp_path / "flow.svg"
    named = "manage.py draw_flow DERM-12 flow.svg --as kenji@demo.example"
    run(named, "draw_flow", "MEL-8", str(drawing), "--as", manages)
    assert "Assessed for eligibility" in drawing.read_text(encoding="utf-8")

    photo = tmp_path / "face.jpg"
    Image.fromarray(astronaut().pixels).save(photo, quality=95)
    told = json.loads(run("manage.py score_photo FILE", "score_photo", str(photo)))
    assert told

    # Minutes of drawing: what it measures is tested in tests/inference/training/test_evaluation.py.
    assert "--quick" in run("manage.py evaluate_model", "evaluate_model", "--help")

    assert untried == set(), "named in README and not run here"
