"""What scripts of the tests import is there: pytest loads none of them, and mypy looks at none."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# In a process of its own: some of them set up Django, or a library changes the environment.
LOOK = """
import ast, importlib, os, sys
from pathlib import Path
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django
django.setup()
OURS = ("config", "inference", "participants", "studies", "tests")

def is_there(module, name):
    try:
        if hasattr(importlib.import_module(module), name):
            return True
        importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError as error:
        return (error.name or "").split(".")[0] not in OURS  # PyTorch is an extra
    return True

for path in map(Path, sys.argv[1:]):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            for alias in node.names:
                if not is_there(node.module, alias.name):
                    print(f"{path}: {node.module}.{alias.name}")
print("LOOKED AT", len(sys.argv) - 1)
"""


def missing(*scripts: Path) -> list[str]:
    """The imports from our own code that are not there."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *map(str, scripts)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    *found, last = done.stdout.splitlines()
    assert last == f"LOOKED AT {len(scripts)}"
    return found


def test_what_scripts_import_is_there() -> None:
    scripts = [
        path
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if not path.name.startswith("test_") and path.name not in ("__init__.py", "conftest.py")
    ]
    assert ROOT / "tests/benchmarks/scale/exports.py" in scripts
    assert missing(*scripts) == []


def test_what_is_not_there_is_found(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from studies.record.services import nothing_of_the_kind, record\n")
    assert missing(script) == [f"{script}: studies.record.services.nothing_of_the_kind"]
