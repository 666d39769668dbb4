"""How the arms stand, for those who may know them; and what is left of a list, for who drew it."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from participants.allocation.models import Allocation
from participants.allocation.services.reading import require_sees_arms
from studies.access.models import User
from studies.protocol.models import Study
from studies.randomisation.factors import in_words
from studies.randomisation.models import Scheme


@dataclass(frozen=True)
class StratumBalance:
    """A stratum in words, how many are in each arm (in the arms' order), and the difference."""

    name: str
    counts: tuple[int, ...]
    arms: tuple[str, ...]

    @property
    def by_arm(self) -> list[tuple[str, int]]:
        """Each arm with its number."""
        return list(zip(self.arms, self.counts, strict=True))

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Balance:
    """The arms of a study by code, each stratum, and all together."""

    arms: tuple[str, ...]
    strata: list[StratumBalance]
    all: StratumBalance


def balance(*, study: Study, user: User) -> Balance:
    """Participants by stratum and arm, at the sites whose arms ``user`` may know.

    Raises:
        NotAllowed: ``user`` may know the arms of no site.
    """
    require_sees_arms(user, study)
    rows = Allocation.objects.visible_to(user).filter(participant__study=study)
    counted = Counter((row.stratum, row.opened().arm) for row in rows.iterator())
    arms = tuple(study.arms.order_by("code").values_list("code", flat=True))
    strata = [
        StratumBalance(_name(stratum), tuple(counted[stratum, arm] for arm in arms), arms)
        for stratum in sorted({stratum for stratum, _arm in counted})
    ]
    whole = tuple(sum(n for (_s, arm), n in counted.items() if arm == code) for code in arms)
    return Balance(arms, strata, StratumBalance("All", whole, arms))


def _name(stratum: str) -> str:
    return in_words(stratum) if stratum else "Given by hand"


@dataclass(frozen=True)
class Places:
    """A stratum's places: how many there are, and how many are left."""

    name: str
    total: int
    left: int


def places(scheme: Scheme) -> list[Places]:
    """What is left of a list by stratum; for who sets up the randomisation alone.

    A list made elsewhere often ends evenly: who also knows the arms given would know the last.
    """
    rows = scheme.rows.values("stratum").annotate(
        total=Count("pk"), left=Count("pk", filter=Q(taken=False))
    )
    return [
        Places(in_words(row["stratum"]), row["total"], row["left"])
        for row in rows.order_by("stratum")
    ]
