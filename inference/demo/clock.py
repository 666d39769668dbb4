"""Acting on an earlier day: the demonstration study has been under way for weeks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from django.conf import settings
from django.utils import timezone


@contextmanager
def acting_at(moment: datetime) -> Iterator[None]:
    """Let ``timezone.now()`` answer ``moment`` inside.

    Raises:
        RuntimeError: in production, where nobody sets the clock back.
    """
    if settings.PRODUCTION:
        raise RuntimeError("The clock is only set back for the demonstration.")
    with patch.object(timezone, "now", return_value=moment):
        yield
