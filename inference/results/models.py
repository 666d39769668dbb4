"""The results of a closed reading study, computed once by a worker and kept."""

from typing import Any, ClassVar

from django.db import models

from studies.platform.work import DurableWork


class ReadingResults(DurableWork):
    """Every figure of a closed reading study, as ``services.measuring`` writes them.

    Nothing in it names a participant, so an erasure leaves it; what depends on anything that can
    still change is in ``stamp``, and the figures are computed anew where that is another.
    """

    task_name: ClassVar[str] = "inference.tasks.compute_results"

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    reading_study = models.OneToOneField(
        "inference.ReadingStudy", on_delete=models.CASCADE, related_name="results"
    )
    stamp = models.CharField(max_length=64, help_text="Of all that the figures depend on.")
    figures: Any = models.JSONField(null=True)
    figures_stamp = models.CharField(max_length=64, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True)

    class Meta(DurableWork.Meta):
        verbose_name_plural = "reading results"

    def __str__(self) -> str:
        return f"results of {self.reading_study}"

    @property
    def fresh(self) -> bool:
        """Whether the figures there are follow from what the database holds."""
        return self.figures is not None and self.figures_stamp == self.stamp
