"""Who takes part in the demonstration, since when, and what becomes of their skin.

Everything follows from the participant's number, so the same study comes out every time.
"""

from dataclasses import dataclass

import numpy as np

from inference.training.generator.identity import Identity, sample_identity

STUDY = "MEL-8"
PASSWORD = "demonstration only"  # noqa: S105 - printed on the screen, refused in production
STAFF = (  # name, role, site (empty: all)
    ("Dewi Hartono", "manager", ""),
    ("Amina Yusof", "coordinator", "SG01"),
    ("Budi Santoso", "coordinator", "KL01"),
    ("Chandra Menon", "investigator", ""),
    ("Ewa Nowak", "monitor", ""),
    ("Una Lindqvist", "reader", ""),
    ("Vito Conti", "reader", ""),
    ("Xenia Petrou", "reader", ""),
    ("Judge Abara", "adjudicator", ""),
)
ADMINISTRATOR = "Ade Wijaya"
SITES = ("SG01", "KL01")
# Days since enrolment. The visits are on days 0, 7, 14, 28 and 56; 14 has one due today.
SINCE = (61, 58, 57, 56, 44, 40, 33, 30, 29, 28, 23, 20, 16, 15, 14, 14, 9, 8, 7, 2)
ETHNICITY = ("chinese", "malay", "indian", "eurasian", "filipino", "indonesian")
NAMES = (
    "Tan Mei Ling", "Siti Rahman", "Priya Nair", "Grace Pereira", "Maria Santos",
    "Dian Lestari", "Lim Wei", "Nur Aisyah", "Kavitha Raj", "Somchai Jaidee",
    "Ana Reyes", "Putri Wulandari", "Wong Siew Har", "Farah Ismail", "Anand Pillai",
    "Helen Rozario", "Carlo Cruz", "Rina Susanti", "Goh Hui Min", "Zainab Omar",
)  # fmt: skip
# Who reads another language than English; their visit of day 28 is open and left to be done.
LANGUAGES = {8: "ta", 9: "th"}


@dataclass(frozen=True)
class Character:
    """One participant of the story. ``number`` starts at 0 and alternates between the sites."""

    number: int
    identity: Identity
    start: dict[str, float]  # condition → severity at day 0, 0 to 1

    @property
    def site(self) -> str:
        return SITES[self.number % 2]

    @property
    def arm(self) -> int:
        return self.number // 2 % 2

    @property
    def enrolled_days_ago(self) -> int:
        return SINCE[self.number]

    @property
    def name(self) -> str:
        return NAMES[self.number]

    @property
    def language(self) -> str:
        return LANGUAGES.get(self.number, "en")

    @property
    def ethnicity(self) -> str:
        return "thai" if self.language == "th" else ETHNICITY[self.number % len(ETHNICITY)]

    @property
    def due_today(self) -> bool:
        """Their visit of day 14 is today and left to be done by hand."""
        return self.enrolled_days_ago == 14

    def skips(self, day_offset: int) -> bool:
        """A visit they missed, or left to be done by hand."""
        return (self.number, day_offset) in {(2, 28), (7, 14), (11, 7), (8, 28), (9, 28)}

    def severities(self, day_offset: int) -> dict[str, float]:
        """Severity of each condition on a day: melasma fades, with the cream faster; 0 to 1."""
        rate = 0.016 if self.arm else 0.006
        rng = np.random.default_rng([self.number, day_offset])
        values = {}
        for condition, at_start in self.start.items():
            value = at_start * np.exp(-rate * day_offset) if condition == "melasma" else at_start
            values[condition] = float(np.clip(value + rng.normal(0, 0.015), 0, 1))
        return values


def character(number: int) -> Character:
    """The participant of this number, 0 to ``len(SINCE) - 1``."""
    rng = np.random.default_rng([2026, number])
    identity = sample_identity(9_100_000 + number, fitzpatrick=2 + number % 5)
    ageing = (identity.age - 20) / 60
    start = {
        "melasma": float(rng.uniform(0.45, 0.95)),
        "wrinkles": float(np.clip(ageing + rng.normal(0, 0.1), 0, 1)),
        "lentigo": float(np.clip(ageing * 0.7 + rng.normal(0, 0.1), 0, 1)),
        "pores": float(rng.uniform(0, 0.8)),
        "texture": float(rng.uniform(0, 0.6)),
        "dryness": float(rng.choice([0.0, 0.0, 0.3, 0.6])),
        "ephelides": float(rng.choice([0.0, 0.0, 0.4])),
        "dermatitis": float(rng.choice([0.0, 0.0, 0.0, 0.5])),
    }
    return Character(number, identity, start)
