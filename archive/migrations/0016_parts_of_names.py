"""Find a name by a part of it on PostgreSQL: indexes of trigrams, where pg_trgm can be had.

It is a trusted extension: whoever may create in the database may install it. Without it such a
search reads every name, as it does on SQLite.
"""

import logging

from django.db import migrations

INDEXES = {
    "patient_name_parts": ("archive_patient", "name_search"),
    "study_name_parts": ("archive_study", "name_search_received"),
}


logger = logging.getLogger(__name__)

# Is it installed; else may we install it: it is here, trusted, and we may create in the database.
CAN_BE_HAD = """
    SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')
        OR (
            EXISTS (SELECT FROM pg_available_extension_versions
                    WHERE name = 'pg_trgm' AND (trusted OR
                        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)))
            AND has_database_privilege(current_database(), 'CREATE')
        )
"""


def create(_apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(CAN_BE_HAD)
        (can_be_had,) = cursor.fetchone()
    if not can_be_had:
        logger.warning("archive.index.without_trigrams")
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, (table, column) in INDEXES.items():
        schema_editor.execute(
            f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin ({column} gin_trgm_ops)"
        )


def drop(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("archive", "0015_sendings_forget"),
    ]

    operations = [migrations.RunPython(create, drop)]
