"""Who takes part in the second demonstration, a study of twelve weeks, and how far each has come.

The story of the study itself, with its amendment, is told in ``twelve_week_acts``.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inference.training.generator.identity import Identity, sample_identity

STUDY = "DERM-12"
BEGAN = 110  # days ago
STAFF = (  # name, role, site (empty: all)
    ("Dewi Hartono", "manager", ""),
    ("Irene Koh", "coordinator", "SG01"),
    ("Hana Wibowo", "coordinator", "JK01"),
    ("Gita Kapoor", "coordinator", "DL01"),
    ("Jaya Menon", "site_investigator", "SG01"),
    ("Nikhil Bose", "site_investigator", "DL01"),
    ("Chandra Menon", "investigator", ""),
    ("Ewa Nowak", "monitor", ""),
    ("Kenji Mori", "statistician", ""),
    ("Lina Suryani", "pharmacist", ""),
)
ALL_THREE = ("front", "left", "right")


@dataclass(frozen=True)
class Person:
    """Somebody considered for the study.

    ``stage`` is how far they came: ``pre_screened``, ``consenting``, ``screening``, ``eligible``,
    ``screen_failure``, ``declined`` or ``enrolled``; ``days_ago`` is when that was. ``made`` are
    the visits they sent photos for, each on the day the protocol plans.
    """

    number: int
    name: str
    site: str
    stage: str
    days_ago: int
    age: int = 30
    made: tuple[str, ...] = ()

    @cached_property
    def identity(self) -> Identity:
        return sample_identity(9_200_000 + self.number, fitzpatrick=2 + self.number % 4)

    @property
    def language(self) -> str:
        return "id" if self.site == "JK01" else "en"

    @property
    def ethnicity(self) -> str:
        return {"SG01": "chinese", "JK01": "indonesian", "DL01": "indian"}[self.site]

    def severities(self, day: int) -> dict[str, float]:
        """Severity of each condition on a day of the study: dermatitis settles; 0 to 1."""
        rng = np.random.default_rng([2027, self.number, day])
        start = {"dermatitis": 0.85, "dryness": 0.7, "texture": 0.4}
        return {
            condition: float(np.clip(value * np.exp(-0.012 * day) + rng.normal(0, 0.02), 0, 1))
            for condition, value in start.items()
        }


FIRST = ("baseline", "repeat")
PEOPLE = (
    Person(0, "Nadia Lim", "SG01", "enrolled", 80, 41, (*FIRST, "week-2", "week-4", "week-8")),
    Person(1, "Ayu Pratiwi", "JK01", "enrolled", 60, 29, (*FIRST, "week-2", "week-4")),
    Person(2, "Rohan Mehta", "DL01", "enrolled", 47, 35, ("baseline", "week-2")),
    Person(3, "Chua Kai Wen", "SG01", "enrolled", 40, 24, (*FIRST, "week-2", "week-4")),
    Person(4, "Sari Dewanti", "JK01", "enrolled", 30, 52, ("baseline", "week-2")),
    Person(5, "Meera Iyer", "DL01", "enrolled", 25, 38, ("baseline",)),
    Person(6, "Daniel Ong", "SG01", "enrolled", 14, 33, FIRST),
    Person(7, "Lau Jia Hui", "SG01", "enrolled", 4, 16, ("baseline",)),
    Person(8, "Ananya Rao", "DL01", "enrolled", 1, 27),
    Person(9, "Bayu Nugroho", "JK01", "enrolled", 0, 45),
    Person(10, "Ishaan Verma", "DL01", "screen_failure", 12, 31),
    Person(11, "Tan Boon Keng", "SG01", "declined", 9, 48),
    Person(12, "Intan Maharani", "JK01", "eligible", 1, 26),
    Person(13, "Goh Li Ting", "SG01", "screening", 1, 36),
    Person(14, "Kabir Malhotra", "DL01", "consenting", 5, 22),
    Person(15, "", "SG01", "pre_screened", 0),
    Person(16, "", "JK01", "pre_screened", 21),
)
MOTHER = "Lau Siew Lan"
TRANSFERRED, MOVED, WITHDRAWN, CORRECTED, MINOR = 3, 4, 5, 6, 7
HARMED = 2  # a serious event, for which the arm had to be known
WAITING = 9  # enrolled today, and left to be randomised by whoever opens the demonstration
