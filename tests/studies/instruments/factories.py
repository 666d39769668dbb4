"""Forms that tests begin with."""

from pathlib import Path
from typing import Any

import factory

from studies.instruments.definition import Choice, Definition, Item
from studies.instruments.models import Instrument, InstrumentVersion
from tests.factories import NOW, Counting
from tests.studies.protocol.factories import StudyFactory

FILES = Path(__file__).parent / "files"
Sheets = dict[str, dict[str, Any]]

# Three questions: an itch from 0 to 2, how long, if there is one, and a score.
SMALL = Definition(
    form_id="itch",
    title="Itch",
    version="1",
    items=[
        Item(
            name="itch",
            type="select_one",
            labels={"default": "How much does it itch?"},
            choices="much",
            required="true()",
        ),
        Item(
            name="days",
            type="integer",
            labels={"default": "For how many days?"},
            relevant="${itch} > 0",
            constraint=". >= 1 and . <= 99",
        ),
        Item(name="score", type="calculate", calculation="number(${itch}) * 2"),
    ],
    lists={
        "much": [
            Choice(name=str(n), labels={"default": words})
            for n, words in enumerate(("None", "Some", "Much"))
        ]
    },
)
SMALL_XFORM = """<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms" \
xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>Itch</h:title><model>\
<instance><data id="itch" version="1"><itch/><days/><score/><meta><instanceID/></meta></data>\
</instance><bind nodeset="/data/itch" type="string" required="true()"/>\
<bind nodeset="/data/days" type="int" relevant="/data/itch &gt; 0" \
constraint=". &gt;= 1 and . &lt;= 99"/>\
<bind nodeset="/data/score" type="string" calculate="number(/data/itch) * 2"/></model></h:head>\
<h:body><select1 ref="/data/itch"><label>How much does it itch?</label>\
<item><label>None</label><value>0</value></item><item><label>Some</label><value>1</value></item>\
<item><label>Much</label><value>2</value></item></select1>\
<input ref="/data/days"><label>For how many days?</label></input></h:body></h:html>"""


class InstrumentFactory(Counting):
    class Meta:
        model = Instrument

    study = factory.SubFactory(StudyFactory)
    code = "itch"
    title = "Itch"


class InstrumentVersionFactory(Counting):
    class Meta:
        model = InstrumentVersion

    instrument = factory.SubFactory(InstrumentFactory)
    number = 1
    definition = factory.LazyFunction(lambda: SMALL.model_dump(mode="json"))
    xform = SMALL_XFORM
    report = factory.LazyFunction(
        lambda: [{"place": "survey, row 2", "name": "itch", "outcome": "understood", "text": ""}]
    )
    source = "xlsform"
    source_name = "itch.xlsx"
    source_sha256 = "0" * 64
    imported_at = NOW


def sheets(survey: str, choices: str = "", settings: str = "") -> Sheets:
    """Sheets as the child reads them, from lines whose cells are parted by |."""
    given = {"survey": survey, "choices": choices, "settings": settings}
    return {
        name: {"rows": [[cell.strip() for cell in line.split("|")] for line in _lines(text)]}
        for name, text in given.items()
        if text
    }


def _lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line.strip()]
