"""Names of time zones, as the IANA database has them."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError


def zone_name(value: str) -> None:
    """Refuse what names no time zone.

    Raises:
        ValidationError: ``value`` is none of the IANA database.
    """
    if value not in available_timezones():
        raise ValidationError("Choose a time zone such as Asia/Singapore.")
