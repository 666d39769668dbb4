"""A bucket whose objects nobody can change or remove for a while, not even its owner."""

from datetime import UTC, datetime, timedelta
from typing import Any

from storages.backends.s3 import S3Storage


class LockedS3Storage(S3Storage):  # type: ignore[misc]
    """Every object written is locked for ``retain_days`` (S3 Object Lock, compliance mode).

    The bucket must have Object Lock enabled; where it has not, writing fails.
    """

    retain_days: int

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "retain_days": 0}

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        until = datetime.now(UTC) + timedelta(days=self.retain_days)
        return {
            **super().get_object_parameters(name),
            "ObjectLockMode": "COMPLIANCE",
            "ObjectLockRetainUntilDate": until,
        }
