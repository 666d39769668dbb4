"""People from a list: tried first, reported line by line, and never taken twice.

What a line says is checked before anything is written; each good line is taken for itself, so that
what is good stays whatever else the list holds. ``external_id`` tells who was taken before: the
same list sent again takes only what is left.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from django.db import transaction

from participants.enrolment.services.codes import hold_site, require_active
from participants.enrolment.services.list_file import Line, ListFile, day_of, read_list
from participants.enrolment.services.prescreening import (
    begin_consent,
    clean_reason,
    make_prescreened,
    require_day,
)
from participants.enrolment.services.questions import languages
from participants.people.models import IdentityDigest, Participant
from participants.people.services.identity import (
    IdentityData,
    clean_identity,
    keep_first_identity,
)
from participants.people.services.identity_index import digests_of, normalised
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, Refusal, fields_of
from studies.protocol.models import Site
from studies.protocol.services.rights import may, require
from studies.record import services as audit

MOST_NEW = 500  # of one sending: what is left is taken when the same list is sent again
TOGETHER = 50  # lines of one transaction
State = Participant.State
NEW, WOULD, THERE, WRONG, LEFT = "new", "would", "there", "wrong", "left"
_STATES = {"pre_screened": State.PRE_SCREENED, "prescreened": State.PRE_SCREENED}
_STATES |= {"consenting": State.CONSENTING}


@dataclass
class LineReport:
    """What became of a line: ``outcome`` is one of NEW, WOULD, THERE, WRONG, LEFT."""

    number: int
    external_id: str
    outcome: str = WOULD
    code: str = ""
    problems: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What became of a list, line by line, and how the file was read."""

    file: ListFile
    sha256: str
    lines: list[LineReport]

    def count(self, outcome: str) -> int:
        return sum(line.outcome == outcome for line in self.lines)

    @property
    def new(self) -> int:
        return self.count(NEW)

    @property
    def would(self) -> int:
        return self.count(WOULD)

    @property
    def there(self) -> int:
        return self.count(THERE)

    @property
    def wrong(self) -> int:
        return self.count(WRONG)

    @property
    def left(self) -> int:
        return self.count(LEFT)


@dataclass(frozen=True)
class _Said:
    """What a good line says."""

    state: str
    on: date
    reason: str
    language: str
    identity: IdentityData | None


def import_participants(
    *,
    site: Site,
    content: bytes,
    by: Actor,
    dry_run: bool = False,
) -> Report:
    """Take the people of a CSV file at ``site``; with ``dry_run`` only say what would become.

    Columns are those of ``list_file.COLUMNS``. Somebody with a name begins as consenting, else as
    pre-screened, unless ``state`` says it. At most ``MOST_NEW`` are taken at once.

    Raises:
        NotAllowed, StudyNotActive: as they say.
        ListUnreadable: the file as a whole is no list.
    """
    study = site.study
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=site)
    require_active(study)
    file = read_list(content)
    report = Report(file, sha256(content).hexdigest(), [])
    said = _checked(site, report)
    if dry_run:
        return report
    waiting = [line for line in report.lines if line.outcome == WOULD]
    for line in waiting[MOST_NEW:]:
        line.outcome = LEFT
    for start in range(0, min(len(waiting), MOST_NEW), TOGETHER):
        _take_some(site, waiting[start : min(start + TOGETHER, MOST_NEW)], said, by)
    audit.record(
        by=by,
        action="participant_list.import",
        target=site,
        study=study.code,
        site=site.code,
        new={
            "sha256": report.sha256,
            "lines": len(report.lines),
            "taken": report.new,
            "wrong": report.wrong,
        },
    )
    return report


@transaction.atomic
def _take_some(
    site: Site, lines: Sequence[LineReport], said: Mapping[int, _Said], by: Actor
) -> None:
    """Take the people of some lines in one transaction: rights, state and site are asked once.

    Raises:
        NotAllowed, StudyNotActive: the right is gone, or the study is closed meanwhile.
    """
    study = site.study
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=site)
    require_active(study)
    names = may(by, Permission.IDENTITY_VIEW, study=study, site=site)
    hold_site(site)
    codes = Participant.objects.filter(
        study=study, external_id__in=[line.external_id for line in lines]
    )
    there = dict(codes.values_list("external_id", "code"))
    with audit.together(study.code) as events:
        for line in lines:
            if line.external_id in there:  # by another sending of the same list, just now
                line.outcome, line.code = THERE, there[line.external_id]
            else:
                _take(site, line, said[line.number], by, names=names, events=events)


def _take(
    site: Site, line: LineReport, said: _Said, by: Actor, *, names: bool, events: audit.Held
) -> None:
    try:
        with events.one(), transaction.atomic():
            participant = make_prescreened(
                site=site, on=said.on, reason=said.reason, external_id=line.external_id, by=by
            )
            if said.state == State.CONSENTING:
                if said.identity is not None:
                    if not names:
                        require(by, Permission.IDENTITY_VIEW, study=site.study, site=site)
                    keep_first_identity(participant=participant, identity=said.identity, by=by)
                begin_consent(participant=participant, language=said.language, by=by)
    except Refusal as refusal:
        line.outcome = WRONG
        line.problems = list(fields_of(refusal).values()) or [refusal.message]
        return
    line.outcome, line.code = NEW, participant.code


# --- Checking ----------------------------------------------------------------------------------


def _checked(site: Site, report: Report) -> dict[int, _Said]:
    """What each good line says, by its number; ``report`` gets a line for each of the file."""
    known = dict(
        Participant.objects.filter(study=site.study_id)
        .exclude(external_id="")
        .values_list("external_id", "code")
    )
    here = set(
        Participant.objects.filter(site=site).exclude(external_id="").values_list("code", flat=True)
    )
    first: dict[str, int] = {}
    said: dict[int, _Said] = {}
    for line in report.file.lines:
        line_report = LineReport(line.number, line["external_id"])
        report.lines.append(line_report)
        if line_report.external_id in known:
            code = known[line_report.external_id]
            if code in here:
                line_report.outcome, line_report.code = THERE, code
            else:
                line_report.outcome = WRONG
                line_report.problems.append("This external_id is in use at another site.")
            continue
        values, problems = _read(site, line)
        if not line_report.external_id:
            problems.append("external_id is empty.")
        elif len(line_report.external_id) > 60:
            problems.append("external_id is longer than 60 characters.")
        elif line_report.external_id in first:
            problems.append(f"The same external_id as line {first[line_report.external_id]}.")
        else:
            first[line_report.external_id] = line.number
        if problems or values is None:
            line_report.outcome, line_report.problems = WRONG, problems
        else:
            said[line.number] = values
    _mark_alike(site, report, said)
    return said


def _read(site: Site, line: Line) -> tuple[_Said | None, list[str]]:
    """What ``line`` says, or what is wrong with it."""
    study, problems = site.study, []
    today = visits.today(site)
    if line["too_many"]:
        problems.append("More cells than the header has: is a separator inside a text?")
    if line["site"] and line["site"].upper() != site.code:
        problems.append(f"This line is for {line['site'][:20]}: lists are taken site by site.")
    state, contact = line["state"].lower().replace("-", "_").replace(" ", "_"), _contact(line)
    if state and state not in _STATES:
        problems.append(f"“{line['state'][:20]}” is no state: pre_screened or consenting.")
    to = _STATES.get(state, State.CONSENTING if contact else State.PRE_SCREENED)
    if to == State.PRE_SCREENED and contact:
        problems.append("Nothing about the person is kept before they are asked for the consent.")
    on = today
    try:
        on = day_of(line["pre_screened_on"]) if line["pre_screened_on"] else today
        require_day(on, today)
        clean_reason(line["reason"])
    except ValueError as error:
        problems.append(str(error))
    except Invalid as refusal:
        problems += fields_of(refusal).values()
    language = (line["language"] or languages(study)[0]).lower()
    if language not in languages(study):
        problems.append(f"The study is not offered in “{line['language'][:20]}”.")
    if to == State.CONSENTING:
        problems += _contact_problems(line, contact)
    if problems:
        return None, problems
    return _Said(to, on, clean_reason(line["reason"]), language, contact), []


def _contact(line: Line) -> IdentityData | None:
    said = IdentityData(name=line["name"], email=line["email"], phone=line["phone"])
    return said if any(vars(said).values()) else None


def _contact_problems(line: Line, contact: IdentityData | None) -> Iterable[str]:
    if "e+" in line["phone"].lower():
        return ["A spreadsheet has rounded the phone number. Format the column as text."]
    reason = line["reason"].casefold().split()
    if any(len(word) > 2 and word.casefold() in reason for word in line["name"].split()):
        return ["The reason names the person: it is kept without names."]
    try:
        clean_identity(contact or IdentityData(name=""))
    except Invalid as refusal:
        return fields_of(refusal).values()
    return []


def _mark_alike(site: Site, report: Report, said: dict[int, _Said]) -> None:
    """Hold back whoever has the contact or name of somebody before: a person has to look."""
    lines = {line.number: line for line in report.lines}
    seen: dict[str, int] = {}
    numbers = sorted(said)
    for start in range(0, len(numbers), 200):
        some = numbers[start : start + 200]
        digests = {number: _digests(site, said[number]) for number in some}
        held = _held(site, [digest for of in digests.values() for digest in of])
        for number, own in digests.items():
            alike = _alike(site, own, held, seen)
            if alike:
                lines[number].outcome = WRONG
                lines[number].problems.append(f"{alike} If it is another person, add them by hand.")
                del said[number]
                continue
            seen.update(dict.fromkeys(own, number))


def _digests(site: Site, said: _Said) -> dict[str, str]:
    """The digest under each key → the kind."""
    if said.identity is None:
        return {}
    return {
        digest: kind
        for kind, text in normalised(said.identity).items()
        for digest in digests_of(site.study_id, kind, text)
    }


def _held(site: Site, digests: list[str]) -> dict[str, list[tuple[str, int]]]:
    """Digest → the codes and sites of those who have it."""
    held: dict[str, list[tuple[str, int]]] = defaultdict(list)
    rows = IdentityDigest.objects.filter(digest__in=digests)
    for digest, code, where in rows.values_list(
        "digest", "identity__participant__code", "identity__participant__site"
    ):
        held[digest].append((code, where))
    return held


def _alike(
    site: Site,
    own: dict[str, str],
    held: dict[str, list[tuple[str, int]]],
    seen: dict[str, int],
) -> str:
    """Who has the same, in words; at another site nobody is named, and a name alone is no sign."""
    for digest, kind in own.items():
        words = str(IdentityDigest.Kind(kind).label)
        if digest in seen:
            return f"Line {seen[digest]} has the same {words}."
        for code, where in held.get(digest, ()):
            if where == site.pk:
                return f"{code} has the same {words}."
            if kind != IdentityDigest.Kind.NAME:
                return f"Somebody at another site has the same {words}."
    return ""
