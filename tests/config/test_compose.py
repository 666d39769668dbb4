"""compose.yaml and its Dockerfile say what the product, the units and nginx.conf say.

No container engine runs them here: what can be read of them is held to the rest.
"""

import re
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from config.stores import databases
from config.wanted import WANTED
from tests.config.test_settings import ROOT

SHIPPED = ROOT / "docs" / "deployment"
NAMES = {setting.name for group in WANTED for setting in group.settings}
PRODUCT = ("upgrade", "worker", "web")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SHIPPED / "compose.yaml").read_text())
    return found


def started_by(unit: str) -> list[str]:
    found = re.search(
        r"^ExecStart=/opt/gsh/(.+(?:\\\n.+)*)$", (SHIPPED / unit).read_text(), re.MULTILINE
    )
    assert found
    return found[1].replace("\\\n", " ").split()


def test_it_starts_what_the_units_start(compose: dict[str, Any]) -> None:
    for service, unit in (("web", "gsh-web.service"), ("worker", "gsh-worker.service")):
        assert compose["services"][service]["command"] == started_by(unit)
    assert compose["services"]["upgrade"]["command"][1:] == ["manage.py", "upgrade"]
    assert (ROOT / "studies/management/commands/upgrade.py").exists()


@pytest.mark.parametrize("service", PRODUCT)
def test_every_setting_is_one_that_the_product_reads(compose: dict[str, Any], service: str) -> None:
    told = compose["services"][service]["environment"]
    assert set(told) <= NAMES
    assert told["VAR_DIR"] == "/var/lib/gsh"
    host = {"DATABASE_URL": "database", "REDIS_URL": "redis"}
    for name, wanted in host.items():
        assert re.search(rf"[@/]{wanted}[:/]", told[name]), (name, wanted)
        assert wanted in compose["services"]


def test_the_database_it_names_is_the_one_it_makes(compose: dict[str, Any]) -> None:
    from config.environment import Env

    class Given(Env):
        ENVIRON: Any = {
            "DATABASE_URL": compose["services"]["web"]["environment"]["DATABASE_URL"].replace(
                "${POSTGRES_PASSWORD:?}", "secret"
            )
        }

    chosen = databases(Given(), "production", ROOT)["default"]
    made = compose["services"]["database"]["environment"]
    assert (chosen["USER"], chosen["NAME"], chosen["HOST"]) == (
        made["POSTGRES_USER"],
        made["POSTGRES_DB"],
        "database",
    )


def test_what_is_mounted_is_there_or_to_be_made_and_lies_where_it_is_looked_for(
    compose: dict[str, Any],
) -> None:
    guide = (SHIPPED / "README.md").read_text()
    nginx = (SHIPPED / "nginx.conf").read_text()
    volumes = set(compose["volumes"])
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            source, target = mount.split(":")[:2]
            if not source.startswith("."):
                assert source in volumes, mount
            elif not (SHIPPED / source).exists():
                assert PurePosixPath(source).name in guide, f"nobody says how to make {source}"
            if target.startswith("/etc/ssl"):
                assert f"{target};" in nginx, mount
    assert compose["services"]["web"]["volumes"] == compose["services"]["worker"]["volumes"]
    assert "alias /var/lib/gsh/static/;" in nginx
    assert "include /etc/nginx/gsh-proxy.conf;" in nginx or "include gsh-proxy.conf;" in nginx


def test_its_ports_are_those_that_nginx_listens_on_and_gunicorn_is_reached(
    compose: dict[str, Any],
) -> None:
    nginx = (SHIPPED / "nginx.conf").read_text()
    listened = set(re.findall(r"listen (\d+)", nginx))
    assert {port.split(":")[1] for port in compose["services"]["web"]["ports"]} == listened
    assert compose["services"]["nginx"]["network_mode"] == "service:web"
    bind = next(s for group in WANTED for s in group.settings if s.name == "BIND").example
    assert f"server {bind};" in nginx
    assert not [name for name in ("database", "redis") if "ports" in compose["services"][name]]


def test_the_image_is_made_as_the_guide_says() -> None:
    made = (SHIPPED / "Dockerfile").read_text()
    guide = (SHIPPED / "README.md").read_text()
    for words in (
        "adduser --system --group --home /var/lib/gsh gsh",
        "python3.11 -m venv .venv",
        "--require-hashes -r config/requirements/base.txt",
        "npm ci --omit=dev",
    ):
        assert words in made, words
        assert words in guide, words
    assert "ENV ENV_FILE=/etc/gsh/gsh.env" in made
    assert made.index("COPY . /opt/gsh") < made.index("npm ci") < made.index("USER gsh")
    assert "not been run with a container engine" in (SHIPPED / "compose.yaml").read_text()
