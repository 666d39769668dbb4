"""What participants agree to: the texts of each language, and the choices in them."""

import hashlib
import json
from typing import TypedDict

from django.db import models
from django.db.models import Q

from studies.platform.states import Stateful

# Photos of a study are scored by software; without this choice nobody could agree to that.
SCORING = "ai_scoring"


class ConsentChoice(TypedDict):
    """One choice: ``required`` ones must be agreed to for taking part."""

    code: str
    text: str
    required: bool


class CheckQuestion(TypedDict):
    """A question that lets somebody find out whether they understood the text.

    ``right`` is the place of the right one among ``options``, counted from 1.
    """

    text: str
    options: list[str]
    right: int
    explanation: str


class ConsentVersion(models.Model):
    """One version of the consent; the documents that belong to it are its translations.

    ``edition`` counts what there was to agree to, from 1, in the order in which it came into
    force; 0 as long as no text of the version did. Versions of one edition say the same: an
    editorial version has the edition of the one it took the place of. A higher edition says
    something else, and is the newer. A number that no document uses any more stays.
    """

    study = models.ForeignKey(
        "studies.Study", on_delete=models.PROTECT, related_name="consent_versions"
    )
    number = models.CharField(max_length=20)
    edition = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["edition", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="consent_version_number_once")
        ]

    def __str__(self) -> str:
        return self.number


class ConsentDocument(Stateful):
    """The text of one version of the consent in one language.

    Documents of the same ``version`` are translations of each other, whichever came first.
    ``body`` is Markdown. ``key_points`` are the sentences shown first, in large type. ``sha256``
    covers all that is read, asked and chosen once the text is in force, and is what a
    participant's consent and its PDF copy refer to. ``editorial`` texts say the same in better
    words as the one whose place they took: whoever agreed to that one is not asked again.
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
    version = models.ForeignKey(
        "studies.ConsentVersion", on_delete=models.PROTECT, related_name="documents"
    )
    title = models.CharField(max_length=200)
    body = models.TextField()
    choices = models.JSONField(default=list)
    key_points = models.JSONField(default=list, blank=True)
    questions = models.JSONField(default=list, blank=True)
    editorial = models.BooleanField(default=False)
    editorial_reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    sha256 = models.CharField(max_length=64, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["language", "-in_force_at", "version__number"]
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

    def says_the_same(self, other: "ConsentDocument") -> bool:
        """Whether people who agreed to one agreed to the other, in better words or translated."""
        return 0 < self.version.edition == other.version.edition

    def content_sha256(self) -> str:
        """SHA-256 (hex) over the canonical JSON of what the participant reads and chooses."""
        content = {
            "language": self.language,
            "version": self.version.number,
            "title": self.title,
            "body": self.body,
            "choices": self.choices,
            "key_points": self.key_points,
            "questions": self.questions,
        }
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
