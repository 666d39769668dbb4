"""Which mails somebody wants of those that they may do without; each chooses for themselves."""

from typing import Any

from django.db import transaction

from studies.access.models import User
from studies.platform.seen import Seen
from studies.record import services as audit
from studies.record.services import PLATFORM
from studies.record.unchanged import require_unchanged

ACTION = "person.choose_mails"


def chosen_mails(person: User) -> dict[str, Any]:
    """What ``person`` has chosen, as the page shows it."""
    return {"query_digests": person.query_digests}


@transaction.atomic
def choose_mails(*, query_digests: bool, by: User, seen: Seen | None = None) -> User:
    """Get mails that queries wait, or none; they wait on *Today* all the same.

    Mails about serious events, alerts and unblindings are no choice: somebody has to act at once.

    Raises:
        ChangedMeanwhile: it was changed in another tab.
    """
    row = User.objects.select_for_update().get(pk=by.pk)
    require_unchanged(seen, chosen_mails(row), study=PLATFORM, actions=[ACTION], target=row)
    if row.query_digests != query_digests:
        User.objects.filter(pk=by.pk).update(query_digests=query_digests)
        audit.record(
            by=by,
            action=ACTION,
            target=row,
            old=chosen_mails(row),
            new={"query_digests": query_digests},
        )
    by.refresh_from_db(fields=["query_digests"])
    return by
