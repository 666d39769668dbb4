"""States that only move along a written table, by conditional update."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.db import models

from studies.platform.errors import StateRefused


class Stateful(models.Model):
    """A model with a ``state`` field and ``TRANSITIONS``: state → states it may move to."""

    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = {}
    state: Any

    class Meta:
        abstract = True

    def move(self, to: str, **fields: Any) -> Self:
        """Move to state ``to`` and set ``fields``, if the row still allows it.

        The check and the write are one UPDATE, so of two people moving the same row at once one
        is refused.

        Raises:
            StateRefused: the row's state in the database does not lead to ``to``.
        """
        sources = [state for state, targets in self.TRANSITIONS.items() if to in targets]
        manager = type(self)._default_manager
        moved = manager.filter(pk=self.pk, state__in=sources).update(state=to, **fields)
        if not moved:
            self.refresh_from_db(fields=["state"])
            raise StateRefused(
                f"This {self._meta.verbose_name} is {self.get_state_display()} and cannot become "
                f"{self._state_words(to)}. "
                "Nothing was changed; reload the page to see how it stands."
            )
        self.state = to
        for name, value in fields.items():
            setattr(self, name, value)
        return self

    def get_state_display(self) -> str:
        """The state in words."""
        return self._state_words(self.state)

    def _state_words(self, state: str) -> str:
        field = self._meta.get_field("state")
        assert isinstance(field, models.Field)  # noqa: S101 - narrows the type
        return str(dict(field.flatchoices).get(state, state))
