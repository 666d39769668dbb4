"""The signature and the PDF copy: clean, complete, sealed, and for few eyes."""

import hashlib
import io
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageDraw, PngImagePlugin
from pytest_django.fixtures import Settings

from participants.consent.errors import SignatureUnusable
from participants.consent.installed_fonts import fonts_for
from participants.consent.pdf import Copy, body_html, render_copy
from participants.consent.services import consents
from participants.consent.signature import clean_signature
from studies.platform.errors import NotAllowed
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.consent.pdf import text_of
from tests.participants.staff import consent, enrol, publish, signature

COPY = Copy(
    study="MEL-8 · Melasma over eight weeks",
    site="SG01 · Singapore General Clinic",
    participant="SG01-0001",
    title="Taking part",
    version="1.0",
    language="en",
    body="# What happens\n\nYou send **photos** of your face.\n\n- one\n- two",
    choices=[("Software may score.", True, True), ("Later research.", False, False)],
    name="Siti Rahman",
    signature_png=signature(),
    given_at=datetime(2026, 3, 2, 17, 0, tzinfo=ZoneInfo("Asia/Singapore")),
    time_zone="Asia/Singapore",
    document_sha256="ab" * 32,
)


# --- The signature -----------------------------------------------------------------------------


def test_a_drawn_signature_is_rebuilt_cut_to_the_ink_without_tags() -> None:
    image = Image.open(io.BytesIO(signature()))
    tags = PngImagePlugin.PngInfo()
    tags.add_text("Comment", "Siti was here")
    tagged = io.BytesIO()
    image.save(tagged, format="PNG", pnginfo=tags)

    clean = clean_signature(tagged.getvalue() + b"trailing bytes")

    assert b"Siti" not in clean
    assert b"trailing" not in clean
    result = Image.open(io.BytesIO(clean))
    assert result.mode == "L"
    assert result.width < 600
    assert result.getextrema() == (min(result.tobytes()), 255)


def test_a_blank_field_or_a_stray_tap_is_no_signature() -> None:
    for draw_dot in (False, True):
        image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
        if draw_dot:
            ImageDraw.Draw(image).ellipse((300, 100, 312, 112), fill="black")
        out = io.BytesIO()
        image.save(out, format="PNG")
        with pytest.raises(SignatureUnusable, match="blank"):
            clean_signature(out.getvalue())


@pytest.mark.parametrize("side", [10, 5_000, 15_000])
def test_a_picture_of_absurd_size_is_refused_before_it_is_decoded(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, format="PNG")
    assert len(out.getvalue()) < 400_000
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(SignatureUnusable, match=r"size|damaged"):
        clean_signature(out.getvalue())


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(SignatureUnusable, match="too large"):
        clean_signature(signature() + b"\0" * 400_000)


# --- The PDF -----------------------------------------------------------------------------------


def test_the_copy_holds_text_choices_name_moment_hash_and_page_numbers() -> None:
    text = text_of(render_copy(COPY))
    for part in (
        "What happens",
        "You send photos of your face.",
        "Software may score.",
        "Agreed · needed for taking part",
        "Not agreed · optional",
        "Siti Rahman",
        "I have read this text and agree to take part",
        "2 March 2026, 17:00 (Asia/Singapore, UTC+08:00)",
        "ab" * 32,
        "SG01-0001 · text version 1.0 (en)",
        "Page 1 of 1",
    ):
        assert part in text, part


def test_a_long_text_runs_over_several_numbered_pages() -> None:
    text = text_of(render_copy(replace(COPY, body="A sentence that fills a line. " * 400)))
    assert "Page 1 of 3" in text
    assert "Page 3 of 3" in text


@pytest.mark.parametrize(
    "name",
    ["Nguyễn Thị Ánh Đào", "Ольга Иванова", "陈美玲 (Tan Mei Ling)", "செல்வி குமார்", "สุดา ใจดี"],
)
def test_names_in_the_scripts_of_our_languages_come_out_as_written(name: str) -> None:
    letters = [letter for letter in name if letter.isalpha()]
    text = text_of(render_copy(replace(COPY, name=name)))
    shown = text.split("Signature Name")[1].split("Meaning")[0]
    # Shaping reorders and joins letters of Tamil and Thai, so they are compared as a set.
    assert set(letters) <= set(shown)


def test_a_typed_signature_says_that_it_is_one() -> None:
    assert "Signed by typing the name" in text_of(render_copy(replace(COPY, signature_png=b"")))


def test_the_text_cannot_fetch_pictures_or_run_html() -> None:
    html = body_html("![x](http://127.0.0.1:9/x.png) <script>alert(1)</script> [a](javascript:b)")
    assert "<img" not in html
    assert "<script" not in html
    assert 'href="javascript' not in html


def test_headings_of_the_text_stand_below_the_pages_own() -> None:
    assert body_html("# One\n\n###### Six") == "<h2>One</h2>\n<h6>Six</h6>\n"


def test_the_subsetter_does_not_log_the_letters_of_the_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("DEBUG"):
        render_copy(COPY)
    assert "glyph" not in caplog.text.lower()


def test_fonts_are_found_in_the_installed_packages() -> None:
    assert fonts_for("plain")[0].name.startswith("noto-sans-latin")


# --- Kept and opened ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_copy_and_signature_lie_sealed_in_storage(team: Team, settings: Settings) -> None:
    participant = enrol(team.sg01, team.amina)
    given = consent(participant, publish(team.study), team.amina)

    files = [path for path in settings.PRIVATE_ROOT.rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert b"PDF" not in path.read_bytes()[:20]
        assert b"PNG" not in path.read_bytes()[:20]
    pdf = consents.open_copy(consent=given, by=team.amina)
    assert pdf.startswith(b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == given.pdf_sha256
    assert given.document_sha256 in text_of(pdf)


@pytest.mark.django_db
def test_the_copy_is_for_the_participant_and_the_sites_coordinator(team: Team) -> None:
    participant = enrol(team.sg01, team.amina)
    given = consent(participant, publish(team.study), team.amina)
    for person in (team.budi, team.chandra, team.dewi, team.ewa, team.farid):
        with pytest.raises(NotAllowed):
            consents.open_copy(consent=given, by=person)
    with pytest.raises(NotAllowed):
        consents.open_copy(consent=given, by=enrol(team.kl01, team.budi))
    assert not AuditEvent.objects.filter(action="consent.view_copy").exists()

    consents.open_copy(consent=given, by=participant)
    consents.open_copy(consent=given, by=team.amina)

    kinds = AuditEvent.objects.filter(action="consent.view_copy").values_list("actor_kind")
    assert sorted(kinds) == [("participant",), ("staff",)]
