"""Triggers on both databases: no event is ever changed or removed."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = [
    f"CREATE TRIGGER audit_event_no_{verb.lower()} BEFORE {verb} ON studies_auditevent "
    "BEGIN SELECT RAISE(ABORT, 'the record of acts is append-only'); END;"
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    """CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the record of acts is append-only'; END $$;""",
    """CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON studies_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_event_refuse();""",
    """CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON studies_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse();""",
]


def create(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    for statement in statements:
        schema_editor.execute(statement)


def drop(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER audit_event_no_{verb}")
    else:
        schema_editor.execute("DROP FUNCTION audit_event_refuse() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("studies", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
