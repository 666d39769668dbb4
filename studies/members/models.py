"""Keys with which programs act for a person."""

from django.db import models
from django.db.models import Q


class ApiToken(models.Model):
    """One person's key to the API: only its hash is kept, and at most one is in use.

    The key itself (256 bits) is shown once, when it is made; ``hint`` is its beginning, so that
    people recognise it.
    """

    user = models.ForeignKey("studies.User", on_delete=models.PROTECT, related_name="api_tokens")
    sha256 = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at=None), name="api_token_one_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hint}… of {self.user}"
