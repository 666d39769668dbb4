"""The places that enrol."""

from typing import Any

from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.protocol.models import Site, Study
from studies.protocol.services.changes import add_row, change_row, remove_row, require_edit


def add_site(*, study: Study, by: Actor, reason: str = "", **values: Any) -> Site:
    """Add a site; possible as long as the study is not closed.

    Raises:
        NotAllowed, StudyClosed, Invalid: as their messages say.
    """
    require_edit(by, study)
    row = Site(study=study, **values)
    return add_row(row, action="site.add", study=study, by=by, reason=reason)


def edit_site(*, site: Site, by: Actor, reason: str = "", **values: Any) -> Site:
    """Change a site's name, contact or target, and its code until it was used in a participant's.

    Raises:
        NotAllowed, StudyClosed, ReasonMissing, Invalid: as their messages say.
        StateRefused: the code, once it begins a participant's code.
    """
    require_edit(by, site.study)
    current = Site.objects.get(pk=site.pk)
    if values.get("code", current.code) != current.code and current.last_participant_number:
        raise StateRefused(
            f"{current.code} begins the codes of participants already and stays as it is. "
            "Nothing was changed."
        )
    return change_row(site, values, action="site.edit", study=site.study, by=by, reason=reason)


def remove_site(*, site: Site, by: Actor, reason: str = "") -> None:
    """Take away a site that nobody was screened at and nobody has a role at.

    Raises:
        StateRefused: the site was used.
    """
    require_edit(by, site.study)
    if site.last_participant_number or site.memberships.exists():
        raise StateRefused(
            f"Site {site.code} has participants or people and cannot be removed. "
            "Nothing was changed. Set its target to what it has enrolled instead."
        )
    remove_row(site, action="site.remove", study=site.study, by=by, reason=reason)
