"""Amendments, and where and since when each is in force."""

from django.db import models
from django.db.models import Q

from studies.platform.states import Stateful


class Amendment(Stateful):
    """A change of a running protocol: what makes version ``number`` of the one before.

    ``changes`` holds what is to be otherwise, by kind and code (``studies.amendments.changes``);
    its rows are made when the first site's approval is entered, and are fixed from then on.
    ``consent_version`` is the consent that goes with it, shown where it has taken effect; empty:
    the consent stays.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        SUBMITTED = "submitted", "with the ethics committees"
        ADOPTED = "adopted", "approved"

    class Reach(models.TextChoices):
        NEW = "new", "Participants who are enrolled from then on"
        ENROLLED = "enrolled", "Also participants who are enrolled already"

    class Asks(models.TextChoices):
        EVERYONE = "everyone", "Everyone who takes part is asked to consent again"
        NOBODY = "nobody", "Only who joins from then on signs it"

    TRANSITIONS = {
        State.DRAFT: frozenset({State.SUBMITTED}),
        State.SUBMITTED: frozenset({State.DRAFT, State.ADOPTED}),
        State.ADOPTED: frozenset(),
    }

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField(help_text="Of the version of the protocol it makes.")
    title = models.CharField(max_length=120)
    summary = models.TextField(max_length=2000, help_text="What changes, and why.")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    reach = models.CharField(max_length=10, choices=Reach, default=Reach.ENROLLED)
    changes = models.JSONField(default=dict, blank=True, editable=False)
    before = models.JSONField(
        default=dict, blank=True, editable=False, help_text="How that was, once it is in force."
    )
    consent_version = models.ForeignKey(
        "studies.ConsentVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="amendments",
    )
    asks = models.CharField(max_length=10, choices=Asks, default=Asks.EVERYONE)
    drafted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="amendment_number_once"),
            models.UniqueConstraint(
                fields=["study"],
                condition=Q(state__in=["draft", "submitted"]),
                name="amendment_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=2), name="amendment_makes_a_later_version"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "adopted"]),
                name="amendment_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"


class HeldConsent(models.Model):
    """A consent put in force for an amendment, or a site's approval, that names it no more.

    Without this row every site would show it from the moment its name was taken away.
    """

    version = models.OneToOneField(
        "studies.ConsentVersion", on_delete=models.CASCADE, related_name="held"
    )

    def __str__(self) -> str:
        return f"{self.version} is shown only where an approval names it"


class SiteApproval(models.Model):
    """The approval of an amendment by one site's ethics committee, and since when it is in force.

    ``consent_version`` is this site's, where its committee asked for other words than the others'.
    """

    amendment = models.ForeignKey(Amendment, on_delete=models.PROTECT, related_name="approvals")
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="approvals")
    approved_on = models.DateField()
    effective_on = models.DateField(help_text="The first day, in the study's time zone.")
    reference = models.CharField(max_length=100, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True, editable=False)
    consent_version = models.ForeignKey(
        "studies.ConsentVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="approvals",
    )

    class Meta:
        ordering = ["effective_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "site"], name="amendment_approved_once_per_site"
            ),
            models.CheckConstraint(
                condition=Q(effective_on__gte=models.F("approved_on")),
                name="amendment_in_force_after_approval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amendment} at {self.site.code}"
