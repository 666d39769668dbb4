#!/usr/bin/env python
"""Django's command line for Global Skin Health."""

import os
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, load_command_class

from config import init
from studies.platform.errors import Refusal

# These touch neither people nor database, and run on a fresh checkout without a setting.
WITHOUT_SETTINGS = {
    "draw_icons", "draw_report", "draw_schema", "evaluate_model", "extract_words", "make_vapid_key",
    "score_photo",
}  # fmt: skip


def main(arguments: list[str]) -> None:
    """Run the command; what is wrong with the settings, or refused, is told in words."""
    command = arguments[1] if len(arguments) > 1 else ""
    if command == "init":  # it writes what every other command reads
        sys.exit(init.main(arguments[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if command in WITHOUT_SETTINGS:
        os.environ.setdefault("GSH_ENV", "tools")
    try:
        _ = settings.INSTALLED_APPS
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    if command == "version":  # Django has a command of this name, which tells its own version
        django.setup()
        load_command_class("studies", command).run_from_argv(arguments)
        return
    try:
        execute_from_command_line(arguments)
    except Refusal as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main(sys.argv)
