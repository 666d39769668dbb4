"""The list with its hash, seed and algorithm, once nobody can be randomised by it any more."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.csv_files import csv_lines
from studies.protocol.models import Study
from studies.protocol.services.rights import require
from studies.randomisation.drawing import ALGORITHM, MINIMISATION
from studies.randomisation.errors import ListSealed
from studies.randomisation.models import Scheme
from studies.randomisation.services.schemes import list_hash
from studies.record import services as audit

HEADER = ("stratum", "position", "arm", "kit", "taken")


@dataclass(frozen=True)
class Shown:
    """What proves a list: the settings with the seed, the algorithm in words, and the hash anew."""

    settings: str
    algorithm: str
    sha256: str
    agrees: bool


def require_over(scheme: Scheme) -> None:
    """Refuse while somebody can still be randomised by ``scheme``.

    Raises:
        ListSealed: it is neither ended, nor is the study closed.
    """
    closed = scheme.study.state == Study.State.CLOSED
    if scheme.state != Scheme.State.ENDED and not closed:
        raise ListSealed(
            "List, seed and sizes of blocks are shown once the study is closed or the "
            "randomisation is ended. Until then nobody reads them here."
        )


def show_scheme(*, scheme: Scheme, by: User) -> Shown:
    """Seed, settings, algorithm and hash of a scheme that is over.

    Raises:
        NotAllowed: ``by`` does not set up randomisation.
        ListSealed: it is still used.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=scheme.study)
    require_over(scheme)
    listed = scheme.method != Scheme.Method.MINIMISATION
    anew = list_hash(scheme) if listed and scheme.rows.exists() else ""
    algorithm = {
        Scheme.Method.BLOCKS: ALGORITHM,
        Scheme.Method.MINIMISATION: MINIMISATION,
        Scheme.Method.LIST: "A list made elsewhere; the next place of the stratum is given.",
    }[Scheme.Method(scheme.method)]
    settings = json.dumps(scheme.opened(), indent=2, sort_keys=True)
    return Shown(settings, algorithm, anew, anew == scheme.rows_sha256)


def list_csv(*, scheme: Scheme, by: User) -> Iterator[bytes]:
    """The whole list as CSV; taking it out is recorded.

    Raises:
        NotAllowed, ListSealed: as ``show_scheme``.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=scheme.study)
    require_over(scheme)
    study = scheme.study.code
    audit.record(by=by, action="randomisation.view_list", target=scheme, study=study)
    rows: Iterator[tuple[Any, ...]] = (
        (row.stratum, row.position, *row.opened(), row.taken)
        for row in scheme.rows.order_by("stratum", "position").iterator()
    )
    return csv_lines(HEADER, rows)
