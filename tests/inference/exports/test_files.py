"""What the exported files say of people, visits and photos."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.exports.services.exports import File, Filters, count_rows
from inference.scoring.models import Score
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.deviations.models import Deviation
from participants.people.models import Participant
from participants.verification.services.ticking import verify_fields
from participants.visits.models import Visit
from studies.consent_texts.models import ConsentDocument
from studies.protocol.services.verification import set_verification_plan
from tests.conftest import Team
from tests.inference.exports.filled import FIRST_DAY, table
from tests.inference.exports.filled import study as study
from tests.participants.capture.factories import PhotoFactory
from tests.participants.consent.factories import ConsentFactory
from tests.studies.consent_texts.factories import ConsentDocumentFactory


class TestNumbers:
    """Excel in a language that writes 12,5 takes 12.5 for a text or for the twelfth of May."""

    NUMBER = {",": r"-?\d+(\.\d+)?", "\t": r"-?\d+(\.\d+)?", ";": r"-?\d+(,\d+)?"}

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("file", [File.LONG, File.WIDE])
    def test_every_number_is_one_to_the_spreadsheet_the_file_is_for(
        self, study: Team, file: File, delimiter: str
    ) -> None:
        types = {
            row["column"]: row["type"]
            for row in table(study, File.CODEBOOK)
            if row["file"] == file.value
        }
        found = 0
        for row in table(study, file, delimiter=delimiter):
            for name, cell in row.items():
                if types[name] in {"number", "integer"} and cell:
                    assert re.fullmatch(self.NUMBER[delimiter], cell), (name, cell)
                    found += "14" in cell
        assert found

    def test_the_values_are_the_same_in_both(self, study: Team) -> None:
        points = [row["severity"] for row in table(study, File.LONG)]
        commas = [row["severity"] for row in table(study, File.LONG, delimiter=";")]
        assert "14.3333" in points
        assert [cell.replace(",", ".") for cell in commas] == points

    def test_texts_with_a_point_stay_as_they_are(self, study: Team) -> None:
        assert {row["model_version"] for row in table(study, File.LONG, delimiter=";")} == {"1.0.0"}

    def test_the_codebook_says_so(self, study: Team) -> None:
        formats = {r["column"]: r["format"] for r in table(study, File.CODEBOOK)}
        assert "semicolons a decimal comma" in formats["severity"]

    @pytest.mark.parametrize(("name", "sign"), [("semicolon", ","), (";", ","), ("comma", ".")])
    def test_the_command_writes_and_tells_the_same(
        self, study: Team, tmp_path: Path, name: str, sign: str
    ) -> None:
        who = ("--as", "chandra@example.org")
        call_command("export_study", "MEL-8", str(tmp_path), *who, "--delimiter", name)
        assert json.loads((tmp_path / "manifest.json").read_text())["decimal"] == sign
        assert f"14{sign}3333" in (tmp_path / "MEL-8-long.csv").read_text()

    def test_the_command_knows_no_other_separator(self, study: Team, tmp_path: Path) -> None:
        who = ("--as", "chandra@example.org")
        with pytest.raises(CommandError, match="one of comma, semicolon, tab"):
            call_command("export_study", "MEL-8", str(tmp_path), *who, "--delimiter", "|")


class TestTurnedDown:
    def test_scores_of_a_photo_turned_down_stay_out_unless_asked_for(self, study: Team) -> None:
        usual, all_of_them = table(study, File.LONG), table(study, File.LONG, turned_down=True)
        assert {row["photo_state"] for row in usual} == {"accepted"}
        added = [row for row in all_of_them if row["photo_state"] != "accepted"]
        assert {(r["participant_id"], r["visit"], r["photo_state"]) for r in added} == {
            ("SG01-0002", "baseline", "retake_wanted")
        }
        assert {row["is_current"] for row in added} == {"false"}
        assert len(all_of_them) == len(usual) + len(added)

    @pytest.mark.parametrize(
        "filters",
        [
            {},
            {"turned_down": True},
            {"turned_down": True, "current_only": True},
            {"visits": ("baseline",)},
            {"conditions": ("wrinkles",)},
            {"whole_face_only": True},
            {"received_from": date(2026, 4, 1)},
            {"received_to": date(2026, 3, 31), "turned_down": True},
        ],
    )
    def test_the_page_counts_what_the_files_hold(
        self, study: Team, filters: dict[str, object]
    ) -> None:
        PhotoFactory(visit=Visit.objects.all()[0], view="left")  # accepted, not scored yet
        long, wide = table(study, File.LONG, **filters), table(study, File.WIDE, **filters)
        assert count_rows(study.study, Filters(**filters), study.chandra) == {
            "long": len(long),
            "photos": len({row["photo_id"] for row in long}),
            "wide": len(wide),
        }


def test_days_of_photos_leave_no_visit_without_one(study: Team) -> None:
    wide = table(study, File.WIDE, received_from=date(2026, 3, 1), received_to=date(2026, 3, 31))
    assert [(r["participant_id"], r["visit"]) for r in wide] == [
        ("SG01-0001", "baseline"),
        ("SG01-0003", "baseline"),
    ]
    assert all(row["melasma_front_severity"] for row in wide)
    assert len(table(study, File.WIDE)) == 6, "without days every visit has its row"


class TestWho:
    def test_both_files_say_where_the_participant_stands(self, study: Team) -> None:
        Participant.objects.filter(code="SG01-0003").update(
            state="withdrawn", ended_at=datetime(2026, 4, 30, 17, 0, tzinfo=UTC)
        )
        Participant.objects.filter(code="SG01-0002").update(
            state="completed", ended_at=datetime(2026, 4, 30, 17, 0, tzinfo=UTC)
        )
        for file in (File.LONG, File.WIDE):
            told = {
                r["participant_id"]: (r["participant_state"], r["enrolled_on"], r["withdrawn_on"])
                for r in table(study, file)
            }
            assert told == {
                "SG01-0001": ("enrolled", "2026-03-02", ""),
                "SG01-0002": ("completed", "2026-03-02", ""),
                "SG01-0003": ("withdrawn", "2026-03-02", "2026-05-01"),
            }, file

    def test_both_files_say_what_was_agreed_to_last(self, study: Team) -> None:
        first = ConsentDocumentFactory(
            study=study.study, version="1.0", state=ConsentDocument.State.SUPERSEDED
        )
        newer = ConsentDocumentFactory(
            study=study.study,
            version="2.0",
            choices=[
                *first.choices,
                {"code": "swab", "text": "A swab | taken.", "required": False},
            ],
        )
        ConsentDocumentFactory(
            study=study.study,
            version="3.0",
            state=ConsentDocument.State.DRAFT,
            choices=[{"code": "draft_only", "text": "Not yet.", "required": False}],
        )
        one, two, _ = Participant.objects.order_by("code")
        given = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
        ConsentFactory(
            participant=one, document=first, state=Consent.State.SUPERSEDED, given_at=FIRST_DAY
        )
        ConsentFactory(
            participant=one,
            document=newer,
            given_at=FIRST_DAY.replace(day=20),
            choices={"ai_scoring": True, "future_research": False, "swab": True},
        )
        ConsentFactory(
            participant=two, document=first, state=Consent.State.WITHDRAWN, given_at=given
        )
        names = (
            "consent_version",
            "consent_state",
            "consent_given_on",
            "agreed_ai_scoring",
            "agreed_future_research",
            "agreed_swab",
        )
        for file in (File.LONG, File.WIDE):
            rows = table(study, file)
            assert "agreed_draft_only" not in rows[0]
            assert {r["participant_id"]: tuple(r[name] for name in names) for r in rows} == {
                "SG01-0001": ("2.0", "given", "2026-03-21", "true", "false", "true"),
                "SG01-0002": ("1.0", "withdrawn", "2026-03-02", "true", "false", ""),
                "SG01-0003": ("", "", "", "", "", ""),
            }, file
        meanings = {r["column"]: r["meaning"] for r in table(study, File.CODEBOOK)}
        assert "A swab | taken." in meanings["agreed_swab"]


class TestActualDay:
    def test_it_counts_from_day_0_to_the_day_the_photo_was_taken(self, study: Team) -> None:
        photo = Photo.objects.get(
            visit__participant__code="SG01-0001", visit__definition__code="week-8"
        )
        # Late in the evening of 29 April in UTC, already the 30th in Singapore.
        photo.taken_at = datetime(2026, 4, 29, 18, 0, tzinfo=UTC)
        photo.received_at = datetime(2026, 5, 2, tzinfo=UTC)
        photo.save()
        for file in (File.LONG, File.WIDE):
            found = {
                (r["participant_id"], r["visit"]): (r["visit_day"], r["actual_day"])
                for r in table(study, file)
            }
            assert found["SG01-0001", "week-8"] == ("56", "59"), file
            assert found["SG01-0001", "baseline"] == ("0", "1"), file
        sources = {(r["visit"], r["taken_at_source"]) for r in table(study, File.LONG, sites=())}
        assert sources == {("week-8", "camera"), ("week-8", "received"), ("baseline", "received")}

    def test_the_wide_file_takes_the_first_accepted_photo(self, study: Team) -> None:
        visit = Visit.objects.get(participant__code="SG01-0001", definition__code="week-8")
        for day, state in ((5, "accepted"), (1, "retake_wanted")):
            PhotoFactory(
                visit=visit,
                view="left",
                state=state,
                taken_at=FIRST_DAY.replace(month=4, day=day),
            )
        [row] = [
            r
            for r in table(study, File.WIDE, visits=("week-8",))
            if r["participant_id"] == "SG01-0001"
        ]
        assert row["actual_day"] == "32", "3 April, by the front view; not the one turned down"
        visit.photos.all().delete()
        [row] = [
            r
            for r in table(study, File.WIDE, visits=("week-8",))
            if r["participant_id"] == "SG01-0001"
        ]
        assert row["actual_day"] == ""


class TestWhoseAndWhen:
    def test_what_a_time_rests_on_and_the_pictures_own_record_stand_beside_it(
        self, study: Team
    ) -> None:
        Photo.objects.filter(visit__participant__code="SG01-0001").update(
            taken_at=FIRST_DAY,
            taken_at_source="phone",
            exif_taken_at=FIRST_DAY,
            exif_offset="+05:30",
            exif_zone="participant",
            flags=["outside_window", "times_differ"],
            review="done",
        )
        row = table(study, File.LONG)[0]
        assert {
            name: row[name] for name in row if name.startswith(("taken", "exif", "photo_"))
        } == {
            "photo_id": row["photo_id"],
            "photo_state": "accepted",
            "taken_at": "2026-03-03T01:00:00+08:00",
            "taken_at_source": "phone",
            "exif_taken_at": "2026-03-02T22:30:00+05:30",
            "exif_zone": "participant",
            "photo_flags": "outside_window;times_differ",
            "photo_review": "done",
        }

    def test_a_view_whose_photo_was_excluded_is_named_unless_another_counts(
        self, study: Team
    ) -> None:
        visit = Visit.objects.get(participant__code="SG01-0001", definition__code="week-8")
        Photo.objects.filter(visit=visit).update(state="excluded")
        for view in ("left", "right"):
            PhotoFactory(visit=visit, view=view, state="excluded")
        PhotoFactory(visit=visit, view="right")
        excluded = {
            (r["participant_id"], r["visit"]): r["excluded_views"] for r in table(study, File.WIDE)
        }
        assert excluded.pop(("SG01-0001", "week-8")) == "front;left"
        assert set(excluded.values()) == {""}


def test_a_severity_leaves_with_its_interval_and_the_smallest_change(study: Team) -> None:
    score = Score.objects.exclude(severity=None)[0]
    Score.objects.filter(pk=score.pk).update(severity_low=9.5, severity_high=21.25)
    package = score.run.package
    spread = {"sd": 5.0, "people": 24, "photos": 72}
    told = {"data": "Drawn.", "conditions": {"melasma": {"face": spread, "regions": {}}}}
    package.card = {**package.card, "intervals": {"coverage": 0.9}, "repeatability": told}
    package.save()
    rows = [r for r in table(study, File.LONG) if r["run_id"] == str(score.run_id)]
    face, nose = (next(r for r in rows if r["region"] == name) for name in ("face", "nose"))
    names = ("severity_low", "severity_high", "interval_coverage", "smallest_change",
             "smallest_change_source")  # fmt: skip
    assert [face[name] for name in names] == ["9.5", "21.25", "0.9", "13.86", "card"]
    assert [nose[name] for name in names] == [""] * 5
    without = next(r for r in table(study, File.LONG) if r["run_id"] != str(score.run_id))
    assert [without[name] for name in names[:3]] == [""] * 3


def test_both_files_tell_the_deviations_that_stand(study: Team) -> None:
    visit = Visit.objects.get(participant__code="SG01-0001", definition__code="week-8")
    for kind, over in (("visit_made_outside", None), ("visit_outside_window", FIRST_DAY)):
        Deviation.objects.create(
            participant=visit.participant, visit=visit, kind=kind, at=FIRST_DAY, over_at=over
        )
    told = {(r["participant_id"], r["visit"]): r["deviations"] for r in table(study, File.WIDE)}
    assert told["SG01-0001", "week-8"] == "visit_made_outside"
    assert told["SG01-0001", "baseline"] == ""
    first = Visit.objects.get(participant__code="SG01-0001", definition__code="baseline")
    Deviation.objects.create(
        participant=first.participant, visit=first, kind="visit_made_outside", at=FIRST_DAY
    )
    long = {(r["participant_id"], r["visit"]): r["deviations"] for r in table(study, File.LONG)}
    assert long["SG01-0001", "baseline"] == "visit_made_outside"
    assert set(long.values()) == {"", "visit_made_outside"}
    book = {r["column"]: r["allowed"] for r in table(study, File.CODEBOOK) if r["file"] == "wide"}
    assert "visit_made_outside = Visit made outside its window" in book["deviations"]


def test_the_wide_file_says_how_far_enrolment_and_visit_are_verified(study: Team) -> None:
    def told() -> dict[tuple[str, str], tuple[str, str]]:
        return {
            (r["participant_id"], r["visit"]): (
                r["enrolment_verification"],
                r["visit_verification"],
            )
            for r in table(study, File.WIDE)
        }

    Participant.objects.filter(site=study.sg01).update(enrolled_on=FIRST_DAY.date())
    Visit.objects.filter(definition__code="baseline").update(state="complete")
    set_verification_plan(
        study=study.study, fields=["visit", "details"], first=2, reason="Plan", by=study.dewi
    )
    study.study.refresh_from_db()
    assert set(told().values()) == {("", "")}, "an investigator does not see what was verified"
    study.chandra.memberships.update(role="data_manager")
    first, second = Participant.objects.filter(site=study.sg01).order_by("code")[:2]
    verify_fields(participant=first, part="visit.baseline", by=study.ewa)
    verify_fields(participant=second, part="enrolment", by=study.ewa)
    Participant.objects.filter(pk=second.pk).update(sex="male")
    stand = told()
    assert stand[first.code, "baseline"] == ("left", "verified")
    assert stand[first.code, "week-8"] == ("left", ""), "not made yet"
    assert stand[second.code, "baseline"] == ("changed", "left")
    assert stand["SG01-0003", "baseline"] == ("outside", "outside"), "the third is not in the plan"
    book = {r["column"]: r["allowed"] for r in table(study, File.CODEBOOK) if r["file"] == "wide"}
    assert "left = to verify" in book["visit_verification"]
