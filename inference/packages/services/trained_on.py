"""Whose participants a package was trained on, as its card says.

A card names the studies, not the people: so nothing about who took part leaves with the weights,
and the rule is on the safe side, since whoever was held out for testing is of the study too.
"""

from inference.packages.errors import TrainedOnParticipants
from inference.packages.models import ModelPackage
from studies.protocol.models import Study


def studies_trained_on(package: ModelPackage) -> frozenset[str]:
    """The codes of the studies whose readings it was trained on."""
    rows = package.card.get("training", {}).get("studies", [])
    return frozenset(str(row["study"]) for row in rows if isinstance(row, dict) and "study" in row)


def trained_here(package: ModelPackage, study: Study) -> bool:
    """Whether ``package`` has seen participants of ``study`` with their readers' grades."""
    return study.code in studies_trained_on(package)


def require_not_trained_here(package: ModelPackage, study: Study) -> None:
    """Refuse a primary that was trained on the study's own participants.

    Raises:
        TrainedOnParticipants: its scores of them would look better than they are.
    """
    if trained_here(package, study):
        raise TrainedOnParticipants(
            f"{package} was trained on readings of participants of {study.code}: of them its "
            "scores would look better than they are, so it cannot be the primary model here. It "
            "may score beside the primary. Nothing was changed."
        )
