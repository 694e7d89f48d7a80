from django.db import migrations

from archive.patients.rules import name_forms, search_form

BATCH = 1000


def fill(apps, _):
    patients = apps.get_model("archive", "Patient").objects.exclude(name="")
    forms = ["name_ideographic", "name_phonetic", "name_sounds"]
    rows = []
    for row in patients.only("name").iterator(BATCH):
        made = name_forms(row.name)
        for column in forms:
            setattr(row, column, getattr(made, column))
        rows.append(row)
        if len(rows) == BATCH:
            patients.bulk_update(rows, forms)
            rows = []
    patients.bulk_update(rows, forms)
    studies = apps.get_model("archive", "Study").objects.exclude(patient_name_received="")
    rows = []
    for row in studies.only("patient_name_received").iterator(BATCH):
        row.name_search_received = search_form(row.patient_name_received)
        rows.append(row)
        if len(rows) == BATCH:
            studies.bulk_update(rows, ["name_search_received"])
            rows = []
    studies.bulk_update(rows, ["name_search_received"])


def order_on_postgres(_, schema_editor):
    """The order of find answers; SQLite has it in study_by_date, its NULLs are last there."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX study_in_order ON archive_study"
            " (study_date DESC NULLS LAST, study_time DESC NULLS LAST, study_instance_uid)"
        )


def no_order_on_postgres(_, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS study_in_order")


class Migration(migrations.Migration):
    dependencies = [
        ("archive", "0003_query_keys"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(order_on_postgres, no_order_on_postgres),
    ]
