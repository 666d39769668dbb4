"""What participants agree to: versions per language, and the choices in them."""

import hashlib
import json
from typing import TypedDict

from django.db import models
from django.db.models import Q

from studies.states import Stateful

# Photos of a study are scored by software; without this choice nobody could agree to that.
SCORING = "ai_scoring"


class ConsentChoice(TypedDict):
    """One choice: ``required`` ones must be agreed to for taking part."""

    code: str
    text: str
    required: bool


class ConsentDocument(Stateful):
    """One version of the consent text in one language.

    ``body`` is Markdown. ``sha256`` covers title, body and choices once the version is in force,
    and is what a participant's consent and its PDF copy refer to.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        IN_FORCE = "in_force", "in force"
        SUPERSEDED = "superseded", "superseded"

    TRANSITIONS = {
        State.DRAFT: frozenset({State.IN_FORCE}),
        State.IN_FORCE: frozenset({State.SUPERSEDED}),
        State.SUPERSEDED: frozenset(),
    }

    study = models.ForeignKey(
        "studies.Study", on_delete=models.PROTECT, related_name="consent_documents"
    )
    language = models.CharField(max_length=10)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    body = models.TextField()
    choices = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    sha256 = models.CharField(max_length=64, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["language", "-in_force_at", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "language", "version"], name="consent_version_once"
            ),
            models.UniqueConstraint(
                fields=["study", "language"],
                condition=Q(state="in_force"),
                name="consent_one_in_force_per_language",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version} ({self.language})"

    def content_sha256(self) -> str:
        """SHA-256 (hex) over the canonical JSON of what the participant reads and chooses."""
        content = {
            "language": self.language,
            "version": self.version,
            "title": self.title,
            "body": self.body,
            "choices": self.choices,
        }
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
