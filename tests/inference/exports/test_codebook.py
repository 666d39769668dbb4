"""The codebook is whole: every column, and every value that stands in a file."""

import re

import pytest

from inference.exports.services.exports import File
from inference.pipeline.anatomy import REGIONS
from inference.pipeline.recipe import RECIPES
from inference.scoring.models import Score
from participants.capture.metadata import FACINGS, METHODS, TRIGGERS
from participants.capture.services.flags import FLAGS
from participants.consent.models import Consent
from participants.imaging.profiles import SENTENCES
from participants.people.models import Participant
from participants.visits.models import Visit
from tests.conftest import Team
from tests.inference.exports.filled import study as study
from tests.inference.exports.filled import table
from tests.inference.scoring.factories import ScoreFactory
from tests.participants.consent.factories import ConsentFactory
from tests.studies.consent_texts.factories import ConsentDocumentFactory

# Texts that no list can hold: names given by people, versions, hashes, sentences with numbers.
OPEN = {
    "participant_id",
    "corrected",
    "model_name",
    "model_version",
    "model_sha256",
    "runtime",
    "not_assessable",
    "models",
}
SEVERAL = {"quality_flags", "photo_flags", "excluded_views", "deviations"}


def allowed(team: Team) -> dict[tuple[str, str], list[str]]:
    """(file, column) → the codes that its list of values names."""
    return {
        (r["file"], r["column"]): [
            part.split(" = ")[0] for part in re.split(r" \| | < ", r["allowed"]) if part
        ]
        for r in table(team, File.CODEBOOK)
    }


class TestCodebook:
    def test_every_column_with_a_closed_set_lists_it(self, study: Team) -> None:
        listed = allowed(study)
        rows = table(study, File.CODEBOOK)
        closed = [r for r in rows if r["type"] in {"text", "boolean"} and r["column"] not in OPEN]
        assert [r["column"] for r in closed if not listed[r["file"], r["column"]]] == [
            "consent_version",  # this study has no consent text yet
        ] * 2

    @pytest.mark.parametrize("file", [File.LONG, File.WIDE])
    def test_what_stands_in_the_files_is_what_it_lists(self, study: Team, file: File) -> None:
        document = ConsentDocumentFactory(study=study.study)
        ConsentFactory(participant=Participant.objects.all()[0], document=document)
        ScoreFactory(run=Score.objects.all()[0].run, condition_id="dryness")  # not assessed (now)
        listed = allowed(study)
        for row in table(study, file, turned_down=True):
            for name, cell in row.items():
                values = listed[file.value, name]
                if values and cell:
                    parts = cell.split(";") if name in SEVERAL else [cell]
                    assert set(parts) <= set(values), (name, cell)

    @pytest.mark.parametrize(
        ("file", "column", "values"),
        [
            ("wide", "sex", Participant.Sex.values),
            ("wide", "ethnicity", Participant.Ethnicity.values),
            ("wide", "visit_state", Visit.State.values),
            ("wide", "fitzpatrick", [str(n) for n in range(1, 7)]),
            ("wide", "monk_tone", [str(n) for n in range(1, 11)]),
            ("long", "consent_state", Consent.State.values),
            ("long", "region", ["face", *REGIONS]),
            ("long", "recipe", list(RECIPES)),
            ("long", "view", ["front", "left", "right"]),
            ("long", "taken_at_source", ["phone", "exif", "camera", "received"]),
            ("long", "exif_zone", ["file", "participant", "study"]),
            ("long", "photo_flags", list(FLAGS)),
            ("long", "photo_review", ["waiting", "done"]),
            ("wide", "excluded_views", ["front", "left", "right"]),
            ("long", "capture_method", METHODS),
            ("long", "capture_facing", FACINGS),
            ("long", "capture_trigger", TRIGGERS),
            ("long", "site_id", ["KL01", "SG01"]),
            ("long", "visit", ["baseline", "week-8"]),
        ],
    )
    def test_the_lists_are_whole(
        self, study: Team, file: str, column: str, values: list[str]
    ) -> None:
        assert set(allowed(study)[file, column]) == set(values)

    def test_each_reason_about_a_photos_quality_is_among_its_flags(self, study: Team) -> None:
        assert set(SENTENCES) <= set(allowed(study)["long", "quality_flags"])

    def test_values_have_labels_and_a_label_breaks_no_list(self, study: Team) -> None:
        told = {r["column"]: r["allowed"] for r in table(study, File.CODEBOOK)}
        assert "malay = Malay" in told["ethnicity"]
        assert "1 = I | 2 = II" in told["fitzpatrick"]
        assert "retake_wanted = turned down" in told["photo_state"]
        assert told["arm"] == "SUN = Daily / sunscreen 50+"
        assert "melasma = Melasma" in told["condition"]

    def test_it_names_no_site_that_the_person_may_not_see(self, study: Team) -> None:
        study.chandra.memberships.update(site=study.kl01)
        assert allowed(study)["long", "site_id"] == ["KL01"]
