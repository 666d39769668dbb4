"""Forms that the product ships, in words of its own: nobody's licence is needed for them.

They are asked as needed, one form for each event, medication or deviation. A day of which only the
month or the year is known is entered as its first, with how exactly it is known beside it.
"""

from collections.abc import Mapping
from typing import Final

from studies.instruments.definition import Choice, Definition, Item

_PLAIN = "default"
REQUIRED: Final = "true()"


def _words(text: str) -> dict[str, str]:
    return {_PLAIN: text} if text else {}


def _ask(name: str, kind: str, text: str, *, hint: str = "", **rules: str | dict[str, str]) -> Item:
    return Item(name=name, type=kind, labels=_words(text), hints=_words(hint), **rules)  # type: ignore[arg-type]


def _one(name: str, choices: str, text: str, *, hint: str = "", relevant: str = "") -> Item:
    return _ask(
        name,
        "select_one",
        text,
        hint=hint,
        choices=choices,
        required=REQUIRED,
        relevant=relevant,
    )


def _list(**choices: str) -> list[Choice]:
    return [Choice(name=name, labels=_words(text)) for name, text in choices.items()]


def _day(name: str, text: str, *, relevant: str = "", after: str = "") -> list[Item]:
    """How exactly a day is known, and the day."""
    known = f"${{{name}_known}} != 'unknown'"
    later = f" and (. >= ${{{after}}} or ${{{after}}} = '')" if after else ""
    return [
        _one(f"{name}_known", "known", f"How exactly is {text} known?", relevant=relevant),
        Item(
            name=name,
            type="date",
            labels=_words(f"{text[0].upper()}{text[1:]}"),
            hints=_words("If only the month or the year is known, enter its first day."),
            required=REQUIRED,
            relevant=f"({relevant}) and {known}" if relevant else known,
            constraint=f". <= today(){later}",
            constraint_messages=_words(
                "Not a day to come" + (", nor one before the start." if after else ".")
            ),
        ),
    ]


_YES_NO = _list(yes="Yes", no="No")
_KNOWN = _list(day="To the day", month="Only the month", year="Only the year", unknown="Not known")
_CRITERIA: Final[Mapping[str, str]] = {
    "death": "Did it lead to death?",
    "threat": "Did it put life at risk at that moment?",
    "hospital": "Did it lead to a stay in hospital, or make one longer?",
    "disability": "Did it leave a lasting or considerable disability?",
    "birth": "Was it a birth defect?",
    "important": "Did it need treatment to prevent one of these?",
}
_SERIOUS = " or ".join(f"${{{name}}} = 'yes'" for name in _CRITERIA)

ADVERSE_EVENT: Final = Definition(
    form_id="adverse_event",
    title="Adverse event",
    version="1",
    items=[
        Item(
            kind="group",
            name="event",
            labels=_words("What happened"),
            items=[
                _one("kind", "kinds", "What kind of event was it?"),
                _ask(
                    "description",
                    "text",
                    "What happened, in a few words?",
                    hint="Without names. This goes if the participant has their data erased.",
                    required=REQUIRED,
                    appearance="multiline",
                ),
                *_day("start", "the first day"),
                _one("ongoing", "yes_no", "Is it still going on?"),
                *_day("stop", "the last day", relevant="${ongoing} = 'no'", after="start"),
            ],
        ),
        Item(
            kind="group",
            name="grading",
            labels=_words("How bad it was"),
            items=[
                _one(
                    "severity",
                    "severities",
                    "How severe was it?",
                    hint="Severe is not the same as serious, which is asked next.",
                ),
                *(_one(name, "yes_no", text) for name, text in _CRITERIA.items()),
                Item(
                    name="serious",
                    type="calculate",
                    labels=_words("Serious, by these answers"),
                    calculation=f"if({_SERIOUS}, 'yes', 'no')",
                ),
                _ask(
                    "known_since",
                    "datetime",
                    "Since when does the site know that it is serious?",
                    hint="The 24 hours to report it begin then.",
                    relevant="${serious} = 'yes'",
                    required=REQUIRED,
                    constraint=". <= now()",
                    constraint_messages=_words("Not a time to come."),
                ),
            ],
        ),
        Item(
            kind="group",
            name="assessment",
            labels=_words("The investigator's assessment"),
            items=[
                _one("causality", "causes", "Was it caused by what is studied?"),
                _one("action", "actions", "What was done about what is studied?"),
                _one("treated", "yes_no", "Was the event treated?"),
                _one("outcome", "outcomes", "How did it end?"),
                _ask("comment", "text", "Anything else", appearance="multiline"),
            ],
        ),
    ],
    lists={
        "yes_no": _YES_NO,
        "known": _KNOWN,
        "kinds": _list(
            irritation="Redness, burning or stinging",
            itch="Itching",
            dryness="Dryness or peeling",
            swelling="Swelling",
            spots="Spots or pimples",
            colour="Lighter or darker skin",
            infection="Infection",
            allergy="Allergic reaction",
            scar="Scar or wound",
            other_skin="Another event of the skin",
            other="Not of the skin",
        ),
        "severities": _list(
            mild="Mild: noticed, daily life goes on as before",
            moderate="Moderate: some of daily life is harder",
            severe="Severe: daily life is not possible as before",
        ),
        "causes": _list(
            unrelated="Not related",
            unlikely="Unlikely",
            possible="Possible",
            probable="Probable",
            certain="Certain",
        ),
        "actions": _list(
            none="Nothing",
            less="Used less, or less often",
            paused="Paused",
            stopped="Stopped for good",
            not_applicable="Does not apply",
        ),
        "outcomes": _list(
            recovered="Recovered",
            recovering="Recovering",
            sequelae="Recovered, something remained",
            not_recovered="Not recovered",
            fatal="Death",
            unknown="Not known",
        ),
    },
)

MEDICATION: Final = Definition(
    form_id="concomitant_medication",
    title="Concomitant medication",
    version="1",
    items=[
        _ask("name", "text", "What is it called?", required=REQUIRED),
        _one("form", "forms", "In which form is it taken?"),
        _ask("dose", "text", "How much, and how often?"),
        _one("why", "reasons", "Why is it taken?"),
        *_day("start", "the first day"),
        _one("ongoing", "yes_no", "Is it still taken?"),
        *_day("stop", "the last day", relevant="${ongoing} = 'no'", after="start"),
        _ask("comment", "text", "Anything else", appearance="multiline"),
    ],
    lists={
        "yes_no": _YES_NO,
        "known": _KNOWN,
        "forms": _list(
            mouth="By mouth", skin="On the skin", injection="Injected", inhaled="Inhaled",
            other="Otherwise",
        ),
        "reasons": _list(
            before="A condition from before the study",
            event="An adverse event",
            prevention="Prevention",
            other="Another reason",
        ),
    },
)  # fmt: skip

DEVIATION: Final = Definition(
    form_id="deviation",
    title="Protocol deviation",
    version="1",
    items=[
        _one("kind", "kinds", "What was not as the protocol says?"),
        _ask("day", "date", "On which day?", required=REQUIRED, constraint=". <= today()"),
        _ask("description", "text", "What happened?", required=REQUIRED, appearance="multiline"),
        _one("important", "yes_no", "Does it touch safety, rights or the study's result?"),
        _ask("action", "text", "What was done about it?", appearance="multiline"),
    ],
    lists={
        "yes_no": _YES_NO,
        "kinds": _list(
            eligibility="Eligibility",
            consent="Consent",
            visit="A visit or its window",
            product="Use of what is studied",
            medication="A medication that is not allowed",
            procedure="A procedure",
            other="Something else",
        ),
    },
)

SHIPPED: Final[Mapping[str, Definition]] = {
    form.form_id: form for form in (ADVERSE_EVENT, MEDICATION, DEVIATION)
}
