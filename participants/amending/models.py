"""The work of carrying an amendment over to a site's participants."""

from typing import ClassVar

from django.db import models

from studies.platform.work import DurableWork


class CarryOver(DurableWork):
    """An approved amendment takes effect at one site, as its first day there begins."""

    task_name: ClassVar[str] = "participants.tasks.carry_over"

    study = models.ForeignKey("studies.Study", on_delete=models.CASCADE, related_name="+")
    approval = models.OneToOneField(
        "studies.SiteApproval", on_delete=models.CASCADE, related_name="carry_over"
    )

    def __str__(self) -> str:
        return f"{self.approval}"
