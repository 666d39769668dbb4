"""Participants listen to amendments: what would be lost, what it would do, and that it is so."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.dispatch import receiver

from participants.amending.models import CarryOver
from participants.amending.services.effects import effects_of, orphans_of
from studies.amendments.effects import Effect
from studies.amendments.models import Amendment, SiteApproval
from studies.amendments.services.reading import begins
from studies.amendments.signals import (
    amendment_approved,
    approval_moved,
    effects_asked,
    orphans_asked,
)
from studies.platform.work import WorkState, notify_on_commit
from studies.protocol.models import Site


@receiver(orphans_asked, dispatch_uid="amending.find_orphans")
def find_orphans(amendment: Amendment, **extra: Any) -> list[str]:
    """Photos that would belong nowhere."""
    return orphans_of(amendment)


@receiver(effects_asked, dispatch_uid="amending.tell_effects")
def tell_effects(
    amendment: Amendment, sites: Sequence[Site], on: date, **extra: Any
) -> list[Effect]:
    """Whom it would touch, and how."""
    return effects_of(amendment, sites, on)


@receiver(amendment_approved, dispatch_uid="amending.plan_carry_over")
def plan_carry_over(approval: SiteApproval, **extra: Any) -> None:
    """Carry it over as its first day begins: at once where that is today."""
    work = CarryOver.objects.create(
        study=approval.amendment.study, approval=approval, due_at=begins(approval)
    )
    notify_on_commit(work)


@receiver(approval_moved, dispatch_uid="amending.move_carry_over")
def move_carry_over(approval: SiteApproval, **extra: Any) -> None:
    """Its first day is another one: carry it over then."""
    waiting = CarryOver.objects.select_for_update().filter(
        approval=approval, state=WorkState.QUEUED
    )
    for work in waiting:
        work.due_at = begins(approval)
        work.save(update_fields=["due_at"])
        notify_on_commit(work)
