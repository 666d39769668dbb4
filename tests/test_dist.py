"""`make dist` writes an archive that holds the product, whole."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
NAME = f"global-skin-health-{VERSION}"


# A page, what it is made with, and the network that scores.
SERVED = """
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
page = Client(HTTP_HOST="localhost").get("/", follow=True)
assert page.status_code == 200 and b"<form" in page.content, page.content
for name in ("lib/htmx/htmx.min.js", "lib/face_mesh/face_mesh.js", "css/base.css"):
    assert finders.find(name), name
assert settings.SHIPPED_MODEL_PACKAGE.exists()
print("SERVED")
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    made = ["make", "--no-print-directory", "dist", f"DIST={folder}"]
    subprocess.run(made, cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["sha256sum", "-c", f"{NAME}.tar.gz.sha256"], cwd=folder, check=True)
    return folder / f"{NAME}.tar.gz"


def test_it_holds_every_file_of_the_commit(archive: Path) -> None:
    told = ["git", "ls-tree", "-r", "--name-only", "-z", "HEAD"]
    committed = subprocess.run(told, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    with tarfile.open(archive) as held:
        names = {each.name.removeprefix(f"{NAME}/") for each in held if each.isfile()}
    own = {name for name in names if not name.startswith("node_modules/")}
    assert own == {*committed.split("\0")} - {""}
    # The pages' libraries, and none that only developers use.
    libraries = json.loads((ROOT / "package.json").read_text())
    for package in libraries["dependencies"]:
        assert any(name.startswith(f"node_modules/{package}/") for name in names), package
    for package in libraries["devDependencies"]:
        assert not any(name.startswith(f"node_modules/{package}/") for name in names), package


@pytest.mark.parametrize("style", ["400-normal", "700-normal", "400-italic"])
def test_every_font_that_a_consent_is_drawn_with_is_in_it(archive: Path, style: str) -> None:
    fonts = ROOT.glob(f"node_modules/@fontsource/noto-*/files/*-{style}.woff")
    wanted = {path.relative_to(ROOT).as_posix() for path in fonts}
    assert wanted or style == "400-italic"
    with tarfile.open(archive) as held:
        assert wanted <= {each.name.removeprefix(f"{NAME}/") for each in held}


@pytest.mark.parametrize(
    "pattern",
    [
        "manage.py", "config/settings.py", "config/gunicorn.py", "config/requirements/base.txt",
        "package-lock.json", "templates/*.html", "static/**/*.js", "static/**/*.css",
        "*/migrations/0001_initial.py", "**/LC_MESSAGES/django.mo", "inference/packages/*.onnx",
        "studies/protocol_file/protocols/*.yaml", "docs/deployment/gsh-web.service",
    ],
)  # fmt: skip
def test_what_the_product_is_made_of_is_in_it(archive: Path, pattern: str) -> None:
    assert [path for path in ROOT.glob(pattern) if "node_modules" not in path.parts]
    with tarfile.open(archive) as held:
        names = [Path(each.name.removeprefix(f"{NAME}/")) for each in held if each.isfile()]
    wanted = pattern.rpartition("**/")[2] if "**" in pattern else pattern
    assert any(name.match(wanted) for name in names)


@pytest.mark.parametrize("words", [("wheel",), ("install", "--dry-run"), ("install", "-e")])
def test_no_empty_wheel_is_built_but_refused_in_words(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    shutil.copytree(ROOT / "config/packaging", tmp_path / "config/packaging")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    first, *rest = words
    done = subprocess.run(
        [sys.executable, "-m", "pip", first, *offline, *rest, "."],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode != 0
    assert "make dist" in done.stdout + done.stderr
    assert not list(tmp_path.glob("*.whl"))


@pytest.mark.slow
def test_the_product_runs_from_it_alone(archive: Path, tmp_path: Path) -> None:
    """Unpacked into an empty folder, in an environment of its own, with nothing of the checkout.

    Packages are those that are installed here: what they are is for pip and the lock to say.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    [packages] = (tmp_path / "venv").glob("lib/python*/site-packages")
    packages.joinpath("installed.pth").write_text(sysconfig.get_path("purelib"))
    with tarfile.open(archive) as held:
        held.extractall(tmp_path, filter="data")
    settings = {
        "PATH": os.environ["PATH"],
        "GSH_ENV": "test",
        "ENV_FILE": os.devnull,
        "VAR_DIR": str(tmp_path / "var"),
    }

    def manage(*words: str) -> str:
        done = subprocess.run(
            [tmp_path / "venv/bin/python", "manage.py", *words],
            cwd=tmp_path / NAME, env=settings, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "no issues" in manage("check")
    manage("migrate", "--verbosity=0")
    assert VERSION in manage("version")
    where = "import config, studies; print(config.__file__, studies.__file__)"
    assert str(tmp_path) in manage("shell", "-v", "0", "-c", where)
    assert "SERVED" in manage("shell", "-v", "0", "-c", SERVED)
