"""The command blocks of docs/deployment, walked as they stand there.

Every line is looked at: commands of the product are read by their own parsers, files that are
copied are there, units are the shipped ones. The block that makes, proves and restores a backup is
run line by line.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from tests.stack import ROOT, NewStack, Stack

PAGES = sorted((ROOT / "docs" / "deployment").glob("*.md"))
NOT_OURS = {
    "adduser", "apt", "cd", "cp", "docker", "editor", "install", "litestream", "nginx", "npm",
    "pgbackrest", "python3.11", "systemctl", "tar", "usermod", "mv", ".venv/bin/pip",
}  # fmt: skip
OWN_DOORS = {"init": "config.init"}  # commands that manage.py answers itself


def lines_of(page: Path) -> list[str]:
    """Every command of the page's blocks, without comments, one a line."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    parts = []
    for line in "".join(blocks).splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        parts += [part.strip() for part in re.split(r"&&|;", bare) if part.strip()]
    return parts


COMMANDS = [(page.name, line) for page in PAGES for line in lines_of(page)]
QUOTED = sorted(
    {
        (page.name, " ".join(found.split()))
        for page in PAGES
        for found in re.findall(r"(?<!`)`(manage\.py [^`]+)`(?!`)", page.read_text())
    }
)


def require_parsed(words: list[str]) -> None:
    """The command exists and takes these words; a word in capitals stands for something."""
    name, *rest = words
    if name in OWN_DOORS:
        return
    apps = get_commands()
    assert name in apps, f"there is no manage.py {name}"
    app = "studies" if name == "version" else apps[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    try:
        command.create_parser("manage.py", name).parse_args(
            ["README.md" if word == "FILE" or "…" in word else word for word in rest]
        )
    except CommandError as error:
        pytest.fail(f"manage.py {' '.join(words)}: {error}")


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_line_of_a_block_can_be_typed(page: str, line: str) -> None:
    words = shlex.split(line.partition(" > ")[0])
    if words[0] == "alias":
        return
    while words[0] in {"runuser", "env"}:  # runuser -u gsh -- command
        words = words[words.index("--") + 1 :]
    if words[:2] == [".venv/bin/python", "manage.py"]:
        words = words[1:]
    if words[0] == "manage.py":
        require_parsed(words[1:])
    elif words[:2] == [".venv/bin/python", "-m"]:
        assert (ROOT / f"{words[2].replace('.', '/')}.py").exists()
    else:
        assert words[0] in NOT_OURS, f"{page} names a command nobody looked at: {line}"
    for word in words[1:]:
        if word.startswith(("docs/", "config/", "inference/")):
            assert (ROOT / word).exists(), word
        if words[0] == "systemctl" and word.startswith("gsh-"):
            assert (ROOT / "docs" / "deployment" / f"{word}.service").exists(), word


@pytest.mark.parametrize(("page", "quoted"), QUOTED)
def test_a_command_named_in_a_sentence_is_there(page: str, quoted: str) -> None:
    name = quoted.split()[1]
    assert name in OWN_DOORS or name in get_commands(), f"{page}: {quoted}"


@pytest.mark.slow
def test_the_block_of_backup_and_restore_runs_line_by_line(
    new_stack: NewStack, tmp_path: Path
) -> None:
    page = ROOT / "docs" / "deployment" / "backup.md"
    lines = lines_of(page)[:5]
    assert [line.split()[1] for line in lines] == [
        "make_backup_key", "backup", "verify_backup", "verify_backup", "restore",
    ]  # fmt: skip
    stack = new_stack("embedded", people=True, BACKUP_URL=f"file://{tmp_path}/kept")
    product = f"{shlex.quote(sys.executable)} {ROOT}/manage.py"
    for line in lines:
        where = stack
        if " restore " in line:  # into the empty database of another machine
            where = Stack(tmp_path / "there", stack.settings)
        typed = line.replace("manage.py", product, 1)
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=tmp_path, env=where.environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        if told := re.search(r"BACKUP_RECIPIENTS=(\S+)", done.stderr):
            stack.settings["BACKUP_RECIPIENTS"] = told[1]
    assert "Restored" in done.stdout
