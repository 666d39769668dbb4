"""Triggers that note whose rows changed, for PostgreSQL and SQLite.

In the database, since rows are written in many ways (a service, a conditional UPDATE, a bulk
insert, a migration, a person with ``psql``), and one that was forgotten would show wrong numbers
for ever. They are set up after every migration: SQLite drops a table's triggers when a migration
makes the table anew, and cannot rename a table while a trigger names one that is not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

EVENTS = ("insert", "update", "delete")
_OF_VISIT = "SELECT participant_id AS person FROM participants_visit WHERE id = {row}.visit_id"
_OF_PHOTO = (
    "SELECT v.participant_id AS person FROM participants_photo p JOIN participants_visit v"
    " ON v.id = p.visit_id WHERE p.id = {row}.photo_id"
)
_OF_RUN = (
    "SELECT v.participant_id AS person FROM inference_run r JOIN participants_photo p"
    " ON p.id = r.photo_id JOIN participants_visit v ON v.id = p.visit_id WHERE r.id = {row}.run_id"
)
_OF_STUDY = "SELECT id AS person FROM participants_participant WHERE study_id = {row}.study_id"
_OF_PACKAGE = (
    "SELECT p.id AS person FROM participants_participant p JOIN inference_studymodel m"
    " ON m.study_id = p.study_id WHERE m.package_id = {row}.modelpackage_id"
)

# Table → whose numbers a row of it is part of.
WATCHED = {
    "participants_participant": "SELECT {row}.id AS person",
    "participants_visit": "SELECT {row}.participant_id AS person",
    "participants_photo": _OF_VISIT,
    "participants_photocheck": _OF_PHOTO,
    "inference_run": _OF_PHOTO,
    "inference_score": _OF_RUN,
    # Which scores are current, and which visit is the latest.
    "inference_studymodel": _OF_STUDY,
    "studies_visitdefinition": _OF_STUDY,
    "inference_modelpackage_conditions": _OF_PACKAGE,
}
_MARKS = "inference_tallymark"


@dataclass(frozen=True)
class Mark:
    """The trigger of one table and one kind of change."""

    table: str
    event: str
    whose: str

    @property
    def name(self) -> str:
        return f"tally_{self.table}_{self.event}"

    def sqlite(self) -> list[str]:
        """For each row; of a participant who waits to be counted there is a mark already."""
        row = "old" if self.event == "delete" else "new"
        people = self.whose.format(row=row)
        statement = f"""
            CREATE TRIGGER {self.name} AFTER {self.event.upper()} ON {self.table} BEGIN
            INSERT INTO {_MARKS} (participant_id) SELECT person FROM ({people})
            WHERE NOT EXISTS (SELECT 1 FROM {_MARKS} WHERE participant_id = person); END
        """  # noqa: S608 - names of ours
        return [statement]

    def postgresql(self) -> list[str]:
        """For each statement, however many rows it wrote: one mark a participant."""
        which = "OLD" if self.event == "delete" else "NEW"
        people = self.whose.format(row="changed")
        function = f"""
            CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO {_MARKS} (participant_id) SELECT DISTINCT person
            FROM changed CROSS JOIN LATERAL ({people}) AS found; RETURN NULL; END $$
        """  # noqa: S608 - names of ours
        trigger = f"""
            CREATE OR REPLACE TRIGGER {self.name} AFTER {self.event.upper()} ON {self.table}
            REFERENCING {which} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {self.name}()
        """
        return [function, trigger]


def marks() -> Iterator[Mark]:
    """Every trigger there is to be."""
    for table, whose in WATCHED.items():
        for event in EVENTS:
            yield Mark(table, event, whose)


def possible(connection: BaseDatabaseWrapper) -> bool:
    """Whether every table is there that a trigger names."""
    return {*WATCHED, _MARKS} <= set(connection.introspection.table_names())


def missing(connection: BaseDatabaseWrapper) -> list[Mark]:
    """Those that are not there."""
    statement = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE tgrelid::regclass::text = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [] if connection.vendor == "sqlite" else [list(WATCHED)])
        there = {row[0] for row in cursor.fetchall()}
    return [mark for mark in marks() if mark.name not in there]


def set_up(connection: BaseDatabaseWrapper) -> bool:
    """Make those that are missing; whether there were any."""
    wanted = missing(connection)
    with connection.cursor() as cursor:
        for mark in wanted:
            statements = mark.sqlite() if connection.vendor == "sqlite" else mark.postgresql()
            for statement in statements:
                cursor.execute(statement)
    return bool(wanted)


def take_down(connection: BaseDatabaseWrapper) -> None:
    """Drop them all, before tables are made anew."""
    with connection.cursor() as cursor:
        for mark in marks():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {mark.name}")
            else:
                cursor.execute(f"DROP FUNCTION IF EXISTS {mark.name}() CASCADE")


def mark_everybody(connection: BaseDatabaseWrapper) -> None:
    """Have everybody counted anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_MARKS} (participant_id) SELECT id FROM participants_participant"  # noqa: S608 - a name of ours
        )
