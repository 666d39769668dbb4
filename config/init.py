"""``manage.py init``: a settings file with fresh keys, and what is left to be filled in."""

import argparse
import os
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path
from secrets import token_bytes, token_urlsafe

from config.wanted import WANTED, Setting


def main(arguments: Sequence[str]) -> int:
    """Write the file and tell what it wants; 1 where one is there already."""
    parser = argparse.ArgumentParser(
        prog="manage.py init",
        description="Write a settings file with fresh keys, readable by its owner only.",
    )
    parser.add_argument("file", nargs="?", type=Path, default=Path(".env"), help="default: .env")
    parser.add_argument("--host", help="the name people type, for example skin.example.org")
    parser.add_argument(
        "--replace", action="store_true", help="set a file that is there aside, as FILE.old"
    )
    chosen = parser.parse_args(arguments)
    if chosen.host and not set(chosen.host).isdisjoint("/:*,# "):
        parser.error("--host is a name alone, as skin.example.org")
    file: Path = chosen.file
    aside = file.with_name(f"{file.name}.old")
    if os.path.lexists(file):
        if not chosen.replace:
            print(
                f"{file} is there already, and its keys open what is stored: nothing was changed. "
                f"--replace sets it aside as {aside}."
            )
            return 1
        if os.path.lexists(aside):
            print(f"{aside} is there already, too, and may hold keys that are needed: move it.")
            return 1
    given = _fresh(chosen.host)
    try:
        if os.path.lexists(file):
            file.rename(aside)
        _write(file, text(given))
    except OSError as error:
        print(f"{file} cannot be written: {error.strerror}.")
        return 1
    print(f"{file} is written, for its owner only. Before the first start:")
    for setting in _left(given):
        print(f"  fill in {setting.name}: {setting.purpose} (as {setting.example})")
    print("  keep a copy of IDENTITY_KEYS where neither this machine nor its backups are")
    print(f"  then: ENV_FILE={file.absolute()} manage.py check --deploy")
    return 0


def text(given: dict[str, str]) -> str:
    """The file: each setting with its purpose; those of ``given`` set, the others commented."""
    lines = ["# Settings of Global Skin Health. Restart web and workers after a change."]
    for group in WANTED:
        lines += ["", f"# --- {group.title} ---"]
        for setting in group.settings:
            value = given.get(setting.name)
            lines.append(f"# {setting.purpose}")
            if value is not None or setting.required:
                lines.append(f"{setting.name}={value or ''}")
            else:
                lines.append(f"#{setting.name}={setting.example}")
    return "\n".join(lines) + "\n"


def _fresh(host: str | None) -> dict[str, str]:
    keys = {
        "SECRET_KEY": token_urlsafe(50),
        "IDENTITY_KEYS": urlsafe_b64encode(token_bytes(32)).decode(),
    }
    return {**keys, "ALLOWED_HOSTS": host, "SITE_URL": f"https://{host}"} if host else keys


def _left(given: dict[str, str]) -> list[Setting]:
    return [
        setting
        for group in WANTED
        for setting in group.settings
        if setting.required and setting.name not in given
    ]


def _write(file: Path, content: str) -> None:
    """As a new file: never through a link, nor over one made meanwhile."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
