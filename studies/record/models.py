"""The audit trail: append-only, hash-chained, without foreign keys so nothing cascades."""

import hashlib
import json

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import Membership, User
from studies.access.permissions import Permission

GENESIS = "0" * 64


class AuditEventQuerySet(QuerySet["AuditEvent"]):
    """Events, as seen by a person."""

    def visible_to(self, user: User) -> "AuditEventQuerySet":
        """Events of the studies and sites whose record ``user`` may read."""
        held = Membership.objects.granting(user, Permission.AUDIT_VIEW)
        everywhere = held.filter(site=None).values("study__code")
        query = Q(study_code__in=everywhere)
        for study_code, site_code in held.exclude(site=None).values_list(
            "study__code", "site__code"
        ):
            query |= Q(study_code=study_code, site_code=site_code)
        return self.filter(query)

    def of_platform(self) -> "AuditEventQuerySet":
        """Events of no study. The caller asks whether the person is an administrator."""
        return self.filter(study_code="")


class AuditEvent(models.Model):
    """Who did what, when, from where, with the old and the new value and the reason.

    Rows of a chain (one per study, one for the platform) are numbered from 1 and each carries the
    hash of the one before: an edited, removed or reordered row breaks the chain
    (21 CFR 11.10(e): audit trails that do not obscure earlier entries).
    """

    chain = models.CharField(max_length=20)
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=40, blank=True)
    actor_label = models.CharField(max_length=400, blank=True)
    action = models.CharField(max_length=60)
    study_code = models.CharField(max_length=20, blank=True)
    site_code = models.CharField(max_length=8, blank=True)
    participant_code = models.CharField(max_length=20, blank=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    source = models.CharField(max_length=12)
    address = models.CharField(max_length=45, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="audit_sequence_once")
        ]
        indexes = [
            models.Index(fields=["study_code", "participant_code", "-at"]),
            models.Index(fields=["study_code", "action", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence} {self.action}"

    def content_hash(self) -> str:
        """SHA-256 (hex) over the previous row's hash and every other column of this row."""
        content = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.attname not in {"id", "hash"}
        }
        content["at"] = self.at.isoformat()
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class AuditHead(models.Model):
    """The newest row of each chain: shows rows cut off the end, and orders writers."""

    chain = models.CharField(max_length=20, primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence}"
