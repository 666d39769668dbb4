"""A scheme of randomisation, and the sealed rows of its list.

Which arm a row holds, the seed, the sizes of the blocks and the salt of the hash are under the keys
of the installation (``IDENTITY_KEYS``): whoever reads the database alone learns no allocation, past
or next. What a row is sealed as names its list, stratum and position, so that rows exchanged in the
database do not open.
"""

import json
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.sealing import opened_as, seal_as
from studies.platform.states import Stateful
from studies.protocol.models import Study

LENGTH = 160  # bytes of what a row holds, filled with spaces: all rows are of one length


class SchemeQuerySet(QuerySet["Scheme"]):
    """Schemes, as seen by a person."""

    def visible_to(self, user: User) -> "SchemeQuerySet":
        """Those of studies whose lists ``user`` may set up or read."""
        held = Membership.objects.granting(user, Permission.RANDOMISATION_EDIT)
        return self.filter(study__in=held.values("study"))


class Scheme(Stateful):
    """How a study randomises. One is in force at a time; those before it stay as they were."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        IN_FORCE = "in_force", "in force"
        ENDED = "ended", "ended"

    class Method(models.TextChoices):
        BLOCKS = "blocks", "Permuted blocks of random sizes"
        MINIMISATION = "minimisation", "Minimisation with a random element"
        LIST = "list", "A list made elsewhere"

    TRANSITIONS = {
        State.DRAFT: frozenset({State.IN_FORCE, State.ENDED}),
        State.IN_FORCE: frozenset({State.ENDED}),
        State.ENDED: frozenset(),
    }

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="schemes")
    method = models.CharField(max_length=12, choices=Method)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    factors = models.JSONField(
        default=list, help_text="What is stratified or balanced by, in order."
    )
    strata = models.JSONField(default=list, help_text="The strata that have rows; lists only.")
    sealed = models.BinaryField(help_text="Ratio, sizes of blocks, seed, salt: encrypted JSON.")
    rows_sha256 = models.CharField(
        max_length=64,
        blank=True,
        help_text="Of the whole list with a sealed salt: says nothing of it, and proves it later.",
    )
    with_kits = models.BooleanField(default=False)
    trial_rows = models.PositiveIntegerField(
        default=0, help_text="Rows of the list for trying, read and checked, given to nobody."
    )
    source_name = models.CharField(max_length=200, blank=True, help_text="Of an uploaded file.")
    next_position = models.PositiveIntegerField(default=0, help_text="Of minimisation.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, blank=True)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=Q(state="in_force"), name="one_scheme_in_force"
            ),
            models.UniqueConstraint(
                fields=["study"], condition=Q(state="draft"), name="one_scheme_in_draft"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "in_force", "ended"]), name="scheme_state_known"
            ),
            models.CheckConstraint(
                condition=Q(method__in=["blocks", "minimisation", "list"]),
                name="scheme_method_known",
            ),
        ]

    def __str__(self) -> str:
        return f"scheme {self.pk} of study {self.study_id}"

    @property
    def whose(self) -> str:
        """What its settings are sealed as."""
        return f"randomisation of study {self.study_id}\n"

    def seal(self, settings: dict[str, Any]) -> None:
        """Keep the settings: ratio, sizes, probability, seed and salt, as JSON."""
        self.sealed = seal_as(self.whose.encode(), json.dumps(settings).encode())

    def opened(self) -> dict[str, Any]:
        """The settings. Whoever calls gives nothing of them to somebody blind."""
        settings: dict[str, Any] = json.loads(opened_as(self.whose.encode(), bytes(self.sealed)))
        return settings


class SchemeRow(models.Model):
    """One place of a list: sealed arm and kit, and whether it was taken."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="rows")
    stratum = models.CharField(max_length=300)
    position = models.PositiveIntegerField()
    sealed = models.BinaryField(help_text="Arm and kit, encrypted; all of one length.")
    taken = models.BooleanField(default=False)

    class Meta:
        ordering = ["scheme", "stratum", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "stratum", "position"], name="scheme_row_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["scheme", "stratum", "position"],
                condition=Q(taken=False),
                name="scheme_rows_left",
            )
        ]

    def __str__(self) -> str:
        return f"row {self.position} of {self.stratum}"

    @property
    def whose(self) -> str:
        """What its content is sealed as: at another place it does not open."""
        return f"row {self.scheme_id} {self.stratum} {self.position}\n"

    def seal(self, arm: str, kit: str = "") -> None:
        """Hold an arm's code and a kit's number."""
        text = json.dumps({"arm": arm, "kit": kit})
        if len(text) > LENGTH:
            raise ValueError("Arm and kit do not fit into the sealed length.")
        self.sealed = seal_as(self.whose.encode(), text.ljust(LENGTH).encode())

    def opened(self) -> tuple[str, str]:
        """Arm and kit. Whoever calls gives neither to somebody blind."""
        held = json.loads(opened_as(self.whose.encode(), bytes(self.sealed)))
        return held["arm"], held["kit"]
