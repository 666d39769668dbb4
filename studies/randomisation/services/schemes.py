"""Setting up how a study randomises: drawn here, minimised, or from a list made elsewhere.

Whoever does it holds ``randomisation.edit``, which no role of the study's team carries.
"""

import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, invalid
from studies.protocol.models import Study
from studies.protocol.models.versions import CURRENT
from studies.protocol.services.changes import require_reason
from studies.protocol.services.rights import require
from studies.randomisation.drawing import sequence
from studies.randomisation.errors import ListWrong, SchemeFixed
from studies.randomisation.factors import Factor, all_strata, factor_of
from studies.randomisation.list_file import (
    MOST_ROWS,
    MOST_STRATA,
    ListReport,
    Place,
    read_allocations,
)
from studies.randomisation.models import Scheme, SchemeRow
from studies.record import services as audit

Ratio = Mapping[str, int]
MOST_SHARE, MOST_BLOCK = 20, 60
SHOWN = 20  # problems of a list that a refusal names


def scheme_of(study: Study) -> Scheme | None:
    """The scheme by which participants of ``study`` are randomised today."""
    return Scheme.objects.filter(study=study, state=Scheme.State.IN_FORCE).first()


def arms_of(study: Study) -> list[str]:
    """The codes of the arms that a scheme has to give."""
    return list(study.arms.filter(CURRENT).order_by("code").values_list("code", flat=True))


def arms_given(scheme: Scheme) -> set[str]:
    """The codes of the arms that ``scheme`` can give: once in force, those of its study then."""
    settings = scheme.opened()
    return set(settings.get("ratio") or settings.get("arms") or ())


@transaction.atomic
def draft_blocks(
    *,
    study: Study,
    factors: Sequence[Factor],
    ratio: Ratio,
    sizes: Sequence[int],
    rows: int,
    by: Actor,
) -> Scheme:
    """Draw a list of permuted blocks: ``rows`` places in each stratum.

    The last block of a stratum is cut off where the places end, so that their number tells nobody
    what is left of it.

    Raises:
        NotAllowed: ``by`` sets up no randomisation.
        SchemeFixed: another scheme is in force.
        Invalid: ``detail`` names ratio, sizes, rows or factors.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=study)
    problems = _ratio_problems(study, ratio)
    share = sum(ratio.values()) or 1
    sizes = sorted(set(sizes))
    if not sizes or any(size % share or not 0 < size <= MOST_BLOCK for size in sizes):
        problems["sizes"] = (
            f"Sizes of blocks are multiples of {share}, the sum of the ratio, up to {MOST_BLOCK}."
        )
    strata = all_strata(factors)
    if len(strata) > MOST_STRATA or not 0 < rows * len(strata) <= MOST_ROWS:
        problems["rows"] = (
            f"{len(strata)} strata with {rows} places each are more than a list holds: "
            f"{MOST_STRATA} strata and {MOST_ROWS:,} places at most."
        )
    _refuse(problems)
    settings = {
        "ratio": dict(ratio), "sizes": sizes, "rows": rows,
        "seed": secrets.token_hex(32), "salt": secrets.token_hex(16),
    }  # fmt: skip
    scheme = _draft(study, Scheme.Method.BLOCKS, factors, settings, by)
    _fill(scheme, rows)
    _recorded(scheme, "randomisation.draw", by)
    return scheme


@transaction.atomic
def draft_minimisation(
    *, study: Study, factors: Sequence[Factor], ratio: Ratio, probability: float, by: Actor
) -> Scheme:
    """Minimise over ``factors``; the preferred arm is given with ``probability``.

    Raises:
        NotAllowed, SchemeFixed: as ``draft_blocks``.
        Invalid: ``detail`` names ratio, probability or factors.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=study)
    problems = _ratio_problems(study, ratio)
    if not 0.5 < probability <= 0.95:
        problems["probability"] = (
            "From above 0.5 to 0.95: with 1 the next arm could be worked out beforehand."
        )
    if not factors:
        problems["factors"] = "Choose what is to be balanced."
    _refuse(problems)
    settings = {
        "ratio": dict(ratio), "probability": probability,
        "seed": secrets.token_hex(32), "salt": secrets.token_hex(16),
    }  # fmt: skip
    scheme = _draft(study, Scheme.Method.MINIMISATION, factors, settings, by)
    _recorded(scheme, "randomisation.draw", by)
    return scheme


@transaction.atomic
def try_list(*, study: Study, content: bytes, name: str, by: Actor) -> ListReport:
    """Read a list for trying: reported line by line; no participant is ever given a place of it.

    What is kept is its hash, so that it is not taken for production by mistake.

    Raises:
        NotAllowed: ``by`` sets up no randomisation.
        SchemeFixed: a scheme is in force.
        ListUnreadable: as its message says.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=study)
    report = _read(study, content)
    settings = {"tried": sha256(content).hexdigest(), "salt": secrets.token_hex(16)}
    scheme = _draft(study, Scheme.Method.LIST, report.factors, settings, by)
    scheme.trial_rows, scheme.source_name = len(report.places), name[:200]
    scheme.save(update_fields=["trial_rows", "source_name"])
    new = {"problems": len(report.problems), "file": name[:200]}
    audit.record(by=by, action="randomisation.try_list", target=scheme, study=study.code, new=new)
    return report


@transaction.atomic
def upload_list(*, study: Study, content: bytes, name: str, by: Actor) -> Scheme:
    """Take a list for production: every line right, every stratum there, or nothing is kept.

    Raises:
        NotAllowed, SchemeFixed, ListUnreadable: as ``try_list``.
        ListWrong: with the lines and strata; or it is the list that was for trying.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=study)
    report = _read(study, content)
    if report.problems:
        raise wrong(report)
    before = Scheme.objects.filter(study=study, state=Scheme.State.DRAFT).first()
    digest = sha256(content).hexdigest()
    tried = (
        before is not None
        and before.method == Scheme.Method.LIST
        and before.opened().get("tried") == digest
    )
    if tried:
        raise ListWrong(
            "This is the list for trying, to the byte: it has been looked at. Nothing was kept; "
            "send the list for production."
        )
    arms = sorted({place.arm for place in report.places})
    settings = {"salt": secrets.token_hex(16), "file_sha256": digest, "arms": arms}
    scheme = _draft(study, Scheme.Method.LIST, report.factors, settings, by)
    scheme.source_name, scheme.with_kits = name[:200], report.with_kits
    _add(scheme, report.places, {})
    _recorded(scheme, "randomisation.upload_list", by)
    return scheme


def wrong(report: ListReport) -> ListWrong:
    """The refusal of a list with problems; ``detail["lines"]`` has the first of them."""
    lines = [f"line {number}: {said}" if number else said for number, said in report.problems]
    return ListWrong(
        f"{len(lines)} things are wrong in this list. Nothing was kept; mend them and send it "
        "again.",
        detail={"lines": lines[:SHOWN]},
    )


@transaction.atomic
def put_in_force(*, scheme: Scheme, by: Actor) -> Scheme:
    """From now on participants are randomised by ``scheme``; it does not change any more.

    Raises:
        NotAllowed: ``by`` sets up no randomisation.
        SchemeFixed: it is no draft, or another one is in force.
        Invalid: there is no list, or its arms are no longer the study's.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=scheme.study)
    study = Study.objects.select_for_update().get(pk=scheme.study_id)
    _require_none_in_force(study)
    if scheme.method != Scheme.Method.MINIMISATION and not scheme.rows.exists():
        raise Invalid("There is no list for production yet: send it first. Nothing was changed.")
    if arms_given(scheme) != set(arms_of(study)):
        raise Invalid(
            "The arms of the study were changed after this was drawn. Draw or send it again. "
            "Nothing was changed."
        )
    scheme.move(Scheme.State.IN_FORCE, in_force_at=timezone.now())
    _recorded(scheme, "randomisation.put_in_force", by)
    return scheme


@transaction.atomic
def extend_list(*, scheme: Scheme, rows: int, by: Actor, reason: str) -> Scheme:
    """Draw on: ``rows`` places in each stratum, and the strata of sites added since.

    What is there stays as it is; the places that follow come from the same seed.

    Raises:
        NotAllowed: ``by`` sets up no randomisation.
        ReasonMissing: nobody said why.
        SchemeFixed: the list was not drawn here.
        Invalid: the list would be too long.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=scheme.study)
    require_reason(scheme.study, reason)
    scheme = Scheme.objects.select_for_update().select_related("study").get(pk=scheme.pk)
    if scheme.method != Scheme.Method.BLOCKS or scheme.state == Scheme.State.ENDED:
        raise SchemeFixed("Only a list that was drawn here is drawn on. Nothing was changed.")
    factors = [_with_new_sites(factor_of(kept), scheme.study) for kept in scheme.factors]
    scheme.factors = [factor.as_dict() for factor in factors]
    if rows * len(all_strata(factors)) > MOST_ROWS:
        _refuse({"rows": f"A list holds {MOST_ROWS:,} places at most."})
    _fill(scheme, rows)
    _recorded(scheme, "randomisation.extend", by, reason=reason)
    return scheme


@transaction.atomic
def end_scheme(*, scheme: Scheme, by: Actor, reason: str) -> Scheme:
    """Randomise nobody more by ``scheme``: recruitment is over, or the draft is not wanted.

    Raises:
        NotAllowed: ``by`` sets up no randomisation.
        ReasonMissing: nobody said why.
        StateRefused: it is ended.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=scheme.study)
    require_reason(scheme.study, reason)
    scheme.move(Scheme.State.ENDED)
    _recorded(scheme, "randomisation.end", by, reason=reason)
    return scheme


def _draft(
    study: Study,
    method: Scheme.Method,
    factors: Sequence[Factor],
    settings: dict[str, Any],
    by: Actor,
) -> Scheme:
    """A new draft in place of the one before, which nobody was randomised by."""
    Study.objects.select_for_update().get(pk=study.pk)
    _require_none_in_force(study)
    Scheme.objects.filter(study=study, state=Scheme.State.DRAFT).delete()
    scheme = Scheme(
        study=study,
        method=method,
        factors=[factor.as_dict() for factor in factors],
        made_by=by if isinstance(by, User) else None,
        made_at=timezone.now(),
    )
    scheme.seal(settings)
    scheme.save()
    return scheme


def _require_none_in_force(study: Study) -> None:
    if scheme_of(study) is not None:
        raise SchemeFixed(
            f"Participants of {study.code} are randomised by a scheme that is in force. Nothing "
            "was changed; end it first, with the reason."
        )


def _read(study: Study, content: bytes) -> ListReport:
    sites = list(study.sites.order_by("code").values_list("code", flat=True))
    return read_allocations(content, arms=arms_of(study), sites=sites)


def _with_new_sites(factor: Factor, study: Study) -> Factor:
    if factor.name != "site":
        return factor
    codes = study.sites.order_by("code").values_list("code", flat=True)
    return Factor("site", tuple(dict.fromkeys([*factor.levels, *codes])))


def _fill(scheme: Scheme, rows: int) -> None:
    """Draw every stratum to ``rows`` places; what is there is left alone.

    Never to the end of a block: a list of whole blocks is even at its end, and whoever knows how
    many places are left, and the arms that were given, would know the last ones.
    """
    settings = scheme.opened()
    ratio = sorted(settings["ratio"].items())
    seed = bytes.fromhex(settings["seed"])
    there: dict[str, int] = {}
    for stratum in scheme.rows.values_list("stratum", flat=True):
        there[stratum] = there.get(stratum, 0) + 1
    places = []
    for stratum in all_strata([factor_of(kept) for kept in scheme.factors]):
        drawn = sequence(seed, stratum, ratio, settings["sizes"], rows)
        places += [Place(stratum, arm, "") for arm in drawn[there.get(stratum, 0) : rows]]
    _add(scheme, places, there)


def _add(scheme: Scheme, places: Sequence[Place], there: Mapping[str, int]) -> None:
    """Seal ``places`` behind those that are ``there``, and hash the whole list anew."""
    position = dict(there)
    made = []
    for place in places:
        row = SchemeRow(
            scheme=scheme, stratum=place.stratum, position=position.get(place.stratum, 0) + 1
        )
        position[place.stratum] = row.position
        row.seal(place.arm, place.kit)
        made.append(row)
    SchemeRow.objects.bulk_create(made, batch_size=500)
    scheme.strata = sorted(position)
    scheme.rows_sha256 = list_hash(scheme)
    scheme.save(update_fields=["strata", "rows_sha256", "factors", "source_name", "with_kits"])


def list_hash(scheme: Scheme) -> str:
    """HMAC-SHA-256 under the sealed salt of every row as JSON: stratum, position, arm, kit."""
    rows = scheme.rows.order_by("stratum", "position")
    whole = [[row.stratum, row.position, *row.opened()] for row in rows]
    salt = bytes.fromhex(scheme.opened()["salt"])
    return hmac.new(salt, json.dumps(whole).encode(), sha256).hexdigest()


def _ratio_problems(study: Study, ratio: Ratio) -> dict[str, str]:
    arms = arms_of(study)
    if len(arms) < 2:
        return {"ratio": "Randomising takes two arms at least: add them to the protocol first."}
    if set(ratio) != set(arms) or any(not 0 < share <= MOST_SHARE for share in ratio.values()):
        return {"ratio": f"Give each arm a share from 1 to {MOST_SHARE}."}
    return {}


def _refuse(problems: Mapping[str, str]) -> None:
    if problems:
        raise invalid("Nothing was kept yet; please check the form.", problems)


def _recorded(scheme: Scheme, action: str, by: Actor, *, reason: str = "") -> None:
    """One event that tells nobody anything of an arm, a size of a block, a seed, or of how long
    the list is: whoever knows its end and the arms that were given may know the last ones."""
    new = {
        "method": scheme.method,
        "factors": [str(kept["name"]) for kept in scheme.factors],
    }
    audit.record(
        by=by, action=action, target=scheme, study=scheme.study.code, new=new, reason=reason
    )
