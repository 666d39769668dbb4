"""Reading allocation lists: encodings, separators, wrong lines, missing strata."""

import pytest

from studies.randomisation.errors import ListUnreadable
from studies.randomisation.factors import Factor, NoLevel, overlap, split, stratum_of
from studies.randomisation.list_file import ListReport, read_allocations

ARMS, SITES = ["SHADE", "SUN"], ["KL01", "SG01"]
GOOD = """redcap_randomization_number,redcap_randomization_group,site,fitzpatrick
K1,SUN,sg01,I-III
K2,SHADE,SG01,I-III
K3,SUN,SG01,IV-VI
K4,SHADE,SG01,IV-VI
K5,SUN,KL01,I-III
K6,SHADE,KL01,IV-VI
"""


def read(text: str, encoding: str = "utf-8") -> ListReport:
    return read_allocations(text.encode(encoding), arms=ARMS, sites=SITES)


def test_a_list_as_redcap_takes_it() -> None:
    report = read(GOOD)
    assert report.problems == []
    assert report.with_kits
    assert report.counts == {
        "site=SG01;fitzpatrick=I-III": 2, "site=SG01;fitzpatrick=IV-VI": 2,
        "site=KL01;fitzpatrick=I-III": 1, "site=KL01;fitzpatrick=IV-VI": 1,
    }  # fmt: skip
    assert [place.kit for place in report.places] == ["K1", "K2", "K3", "K4", "K5", "K6"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_as_excel_saves_it(encoding: str) -> None:
    report = read(GOOD.replace(",", ";").replace("I-III", "I–III"), encoding)
    assert report.problems == []
    assert len(report.places) == 6
    assert report.factors[1].levels == ("I-III", "IV-VI")


def test_a_missing_stratum_is_named() -> None:
    report = read(GOOD.replace("K6,SHADE,KL01,IV-VI\n", ""))
    assert report.problems == [
        (0, "No line is for the stratum Site: KL01, Fitzpatrick type: IV-VI.")
    ]


def test_every_wrong_line_is_told_with_its_number() -> None:
    said = read(GOOD + "K6,MOON,XX01,VII\nK7,SUN,SG01,IV-V\n").problems
    lines = {number for number, _ in said}
    assert lines == {0, 8}
    words = " ".join(sentence for _, sentence in said)
    for part in ("“MOON” is no arm", "“XX01” is no site", "“VII” is no number", "line 7 already"):
        assert part in words
    assert "overlap" in words


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "workbook"),
        (b"a,b\n1,2\n", "no column redcap_randomization_group"),
        (b"arm\n", "no lines"),
        (b"arm,group\nSUN,SUN\n", "mean the same"),
        (b"", "empty"),
        (b"arm\nSUN\0\n", "no text file"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(ListUnreadable, match=said):
        read_allocations(content, arms=ARMS, sites=SITES)


def test_levels_are_found_and_what_is_in_none_is_said() -> None:
    factors = [Factor("site", ("SG01",)), Factor("age", split("age", [39, 59]))]
    assert factors[1].levels == ("0-39", "40-59", "60-120")
    assert stratum_of(factors, {"site": "SG01", "age": 40}) == "site=SG01;age=40-59"
    with pytest.raises(NoLevel, match="Age in years is not known"):
        stratum_of(factors, {"site": "SG01", "age": None})
    with pytest.raises(NoLevel, match="in no stratum"):
        stratum_of(factors, {"site": "KL01", "age": 40})
    assert overlap(Factor("age", ("18-40", "40-60")))
    with pytest.raises(NoLevel, match="rising"):
        split("fitzpatrick", [6])


def test_a_kit_that_is_missing_or_does_not_fit_is_told() -> None:
    said = read("arm,kit\nSUN,\nSHADE," + "é" * 20 + "\nSUN,K1\nSHADE,K2\n").problems
    assert [number for number, _ in said] == [2, 3]
