"""The measurement at scale in words, and its seed's arithmetic."""

from tests.benchmarks.scale.written import written


def report(load: float = 0.1) -> dict:
    page = {"status": 200, "queries": 20}
    pages = {
        "overview": {"1000": {**page, "ms": 40.0}, "1000000": {**page, "ms": 60.0}},
        "record": {
            "1000": {**page, "ms": 20.0},
            "1000000": {**page, "ms": 21.0, "status": 200},
        },
    }
    files = {
        "bare": {"rows": 1000, "ms": 10.0},
        "long": {"rows": 1000, "ms": 20.0, "mib": 1.2, "temporary_mib": 0.0},
        "verify_audit": {"rows": 900, "ms": 30.0, "mib": 0.4, "breaks": 0},
    }
    return {
        "machine": {"when": "2026-11-28", "processor": "X", "cores": 2, "load": load},
        "PostgreSQL": {"pages": pages, "exports": {"1000000": files}},
    }


def test_pages_are_told_by_their_ratio_and_files_by_copy():
    text = written(report())
    assert "| processor time | 1,000 scores, ms | 1,000,000: times that |" in text
    assert "| overview | 40 | 1.5 |" in text
    assert "| bare COPY of the long file | 1,000,000 | 1,000 | 100,000 |  |  |  |" in text
    assert "| long | 1,000,000 | 1,000 | 50,000 | 50 % | 1 | 0 |" in text
    assert "| verify_audit | 1,000,000 | 900 | 30,000 |  | 0 |  |" in text
    assert "SQLite" not in text
    assert "Other work" not in text
    assert "Other work was on the machine" in written(report(load=7.0))


def test_a_page_that_was_refused_says_so():
    found = report()
    found["PostgreSQL"]["pages"]["record"]["1000"]["status"] = 500
    assert "| record (500) |" in written(found)
