"""What is the same for every kind of part of a protocol: who may write it, and what is recorded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from studies.platform.actors import Actor
from studies.platform.seen import Seen
from studies.protocol.models import Arm, EligibilityCriterion, Site, Study, VisitDefinition
from studies.protocol.services.changes import add_row, change_row, remove_row, require_edit

P = TypeVar("P", Site, Arm, VisitDefinition, EligibilityCriterion)
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Part(Generic[P]):
    """One kind of part: its model, its noun in the audit trail, and its rules.

    A rule is asked once the right to edit is certain, and raises a refusal: ``adding`` about a new
    row and the values given for it, ``changing`` about the row as it stands and the values it
    would have, ``removing`` about the row.
    """

    model: type[P]
    noun: str
    adding: Callable[[P, Values], None] = lambda row, values: None
    changing: Callable[[P, Values], None] = lambda row, values: None
    removing: Callable[[P], None] = lambda row: None

    def add(self, *, study: Study, by: Actor, reason: str = "", **values: Any) -> P:
        """Add one to ``study``.

        Raises:
            NotAllowed, StudyClosed, ReasonMissing, Invalid, and what the rule raises: as their
                messages say.
        """
        require_edit(by, study)
        row = self.model(study=study, **values)
        self.adding(row, values)
        return add_row(row, action=f"{self.noun}.add", study=study, by=by, reason=reason)

    def edit(
        self, row: P, *, by: Actor, reason: str = "", seen: Seen | None = None, **values: Any
    ) -> P:
        """Change ``row``, if it still is as ``seen``.

        Raises:
            NotAllowed, StudyClosed, ReasonMissing, ChangedMeanwhile, Invalid, and what the rule
                raises: as their messages say.
        """
        study = row.study
        require_edit(by, study)
        self.changing(self.model._default_manager.get(pk=row.pk), values)
        return change_row(
            row,
            values,
            action=f"{self.noun}.edit",
            study=study,
            by=by,
            reason=reason,
            seen=seen,
        )

    def remove(self, row: P, *, by: Actor, reason: str = "", seen: Seen | None = None) -> None:
        """Take ``row`` away, if it still is as ``seen``.

        Raises:
            NotAllowed, StudyClosed, ReasonMissing, ChangedMeanwhile, and what the rule raises: as
                their messages say.
        """
        study = row.study
        require_edit(by, study)
        self.removing(row)
        remove_row(row, action=f"{self.noun}.remove", study=study, by=by, reason=reason, seen=seen)

    def by_code(self, study: Study) -> dict[str, P]:
        """Those of ``study``, each by its code."""
        return {row.code: row for row in self.model._default_manager.filter(study=study)}
