"""Find a name by a part of it on PostgreSQL: indexes of trigrams, where pg_trgm can be had.

It is a trusted extension: whoever may create in the database may install it. Without it such a
search reads every name, as it does on SQLite.
"""

from django.db import DatabaseError, migrations, transaction

INDEXES = {
    "patient_name_parts": ("archive_patient", "name_search"),
    "study_name_parts": ("archive_study", "name_search_received"),
}


def create(_apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for name, (table, column) in INDEXES.items():
                schema_editor.execute(
                    f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin ({column} gin_trgm_ops)"
                )
    except DatabaseError:
        pass  # not installed, or not allowed


def drop(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("archive", "0015_sendings_forget"),
    ]

    operations = [migrations.RunPython(create, drop)]
