"""On MySQL and MariaDB names are compared byte by byte, as they are on SQLite and in Kubernetes.

The usual collations take "Web" and "web" for the same. The default of the database is changed before any table is made, so
that every text column has it without saying so, and both running profiles give the same answers.
"""

from __future__ import annotations

from django.db import migrations


def binary_collation(apps, schema_editor):
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


class Migration(migrations.Migration):
    atomic = False  # the statement commits by itself
    dependencies = []
    run_before = [
        ("contenttypes", "0001_initial"),
        ("auth", "0001_initial"),
        ("sessions", "0001_initial"),
        ("knox", "0001_initial"),
    ]
    operations = [migrations.RunPython(binary_collation, migrations.RunPython.noop, elidable=False)]
