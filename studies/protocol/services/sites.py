"""The places that enrol."""

from typing import Any

from django.db import transaction

from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.protocol.models import Site
from studies.protocol.services.parts import Part, Values
from studies.protocol.signals import reminders_changed


def _keeps_its_code(site: Site, values: Values) -> None:
    if values.get("code", site.code) != site.code and site.last_participant_number:
        raise StateRefused(
            f"{site.code} begins the codes of participants already and stays as it is. "
            "Nothing was changed."
        )


def _stays(site: Site) -> None:
    if site.last_participant_number or site.memberships.exists():
        raise StateRefused(
            f"Site {site.code} has participants or people and cannot be removed. "
            "Nothing was changed. Set its target to what it has enrolled instead."
        )


SITES = Part(Site, "site", changing=_keeps_its_code, removing=_stays)
add_site = SITES.add


def edit_site(*, site: Site, by: Actor, reason: str = "", **values: Any) -> Site:
    """Change a site; its code only until it begins a participant's (``StateRefused``).

    With another time zone the dates of visits stay, their days begin and end there, and reminders
    move.
    """
    before = site.time_zone
    with transaction.atomic():
        changed = SITES.edit(site, by=by, reason=reason, **values)
        if changed.time_zone != before:
            reminders_changed.send(sender=Site, study=changed.study)
    return changed


def remove_site(*, site: Site, by: Actor, reason: str = "") -> None:
    """Take away a site where nobody was screened or has a role (``StateRefused``)."""
    SITES.remove(site, by=by, reason=reason)
