"""Whatever a protocol holds, what is written is read back."""

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from studies.platform.actors import SYSTEM
from studies.protocol.models import Study
from studies.protocol_file import normalise, read_protocol, write_protocol
from studies.protocol_file.services import load_protocol, protocol_of

words = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip() != "")
slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,15}", fullmatch=True)
codes = st.from_regex(r"[A-Z][A-Z0-9-]{0,15}", fullmatch=True)


@st.composite
def protocols(draw: st.DrawFn) -> dict[str, Any]:
    """Any protocol that keeps the rules, not yet normalised."""
    gaps = draw(st.lists(st.integers(1, 40), max_size=5))
    days = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    names = draw(st.lists(slugs, min_size=len(days), max_size=len(days), unique=True))
    site_codes = st.from_regex(r"[A-Z]{2,4}[0-9]{2}", fullmatch=True)
    lines = draw(st.lists(slugs, max_size=4, unique=True))
    cut = draw(st.integers(0, len(lines)))
    languages = draw(st.lists(st.sampled_from(["en", "ms", "ta"]), min_size=1, unique=True))
    views = st.lists(st.sampled_from(["front", "left", "right"]), min_size=1, unique=True)
    conditions = st.sampled_from(["melasma", "pores", "dryness", "wrinkles"])
    low = draw(st.integers(0, 120))
    return {
        "format": "1",
        "study": {
            "code": draw(codes),
            "title": draw(words),
            "summary": draw(st.one_of(st.just(""), words)),
            "sponsor": draw(st.one_of(st.just(""), words)),
            "time_zone": draw(st.sampled_from(["Asia/Singapore", "UTC", "Asia/Jakarta"])),
            "languages": languages,
            "quality_profile": draw(st.sampled_from(["off", "normal", "strict"])),
            "age": {"min": low, "max": draw(st.one_of(st.none(), st.integers(low, 120)))},
        },
        "conditions": draw(st.lists(conditions, min_size=1, unique=True)),
        "sites": [
            {
                "code": code,
                "name": draw(words),
                "country": draw(st.sampled_from(["", "SG", "NO"])),
                "enrolment_target": draw(st.integers(0, 500)),
                "contact_phone": draw(st.sampled_from(["", "+65 5550 0101", "12"])),
                "contact_email": draw(st.sampled_from(["", "a@example.org"])),
            }
            for code in draw(st.lists(site_codes, max_size=3, unique=True))
        ],
        "arms": [
            {"code": code, "name": draw(words)}
            for code in draw(st.lists(codes, max_size=3, unique=True))
        ],
        "visits": [
            {
                "code": code,
                "name": draw(words),
                "day": day,
                "window": {"before": 0, "after": 0},
                "views": draw(views),
                "instructions": draw(st.one_of(st.just(""), words)),
            }
            for code, day in zip(names, draw(st.permutations(days)), strict=True)
        ],
        "screening": {
            "inclusion": [{"code": code, "text": draw(words)} for code in lines[:cut]],
            "exclusion": [{"code": code, "text": draw(words)} for code in lines[cut:]],
        },
        "consent": [
            {
                "language": language,
                "version": "1.0",
                "title": draw(words),
                "in_force": draw(st.booleans()),
                "choices": [
                    {"code": "ai_scoring", "text": draw(words), "required": draw(st.booleans())}
                ],
                "body": draw(words),
            }
            for language in languages
        ],
    }


class TestAnyProtocol(TestCase):  # type: ignore[misc]
    """What is written is read back, whatever the words."""

    @settings(max_examples=25, deadline=None)
    @given(protocols())
    def test_dump_of_load_is_the_normalised_file(self, given_protocol: dict[str, Any]) -> None:
        protocol = read_protocol(yaml.safe_dump(given_protocol, allow_unicode=True))
        assert protocol == normalise(protocol)
        study = load_protocol(protocol=protocol, by=SYSTEM).study
        dumped = write_protocol(protocol_of(Study.objects.get(pk=study.pk)))
        assert read_protocol(dumped) == protocol
        again = load_protocol(protocol=read_protocol(dumped), by=SYSTEM)
        assert again.outcome == "unchanged"
