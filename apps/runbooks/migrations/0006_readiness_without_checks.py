from django.db import migrations, models

import apps.runbooks.choices


def tell_unchecked(apps, schema_editor):
    """Nothing was checked for a runbook made from a form: no verdict of checks stands on it."""
    apps.get_model("runbooks", "Runbook").objects.filter(playbook="containerise").update(readiness="no_checks")


def forget(apps, schema_editor):
    apps.get_model("runbooks", "Runbook").objects.filter(readiness="no_checks").update(readiness="ready")


class Migration(migrations.Migration):

    dependencies = [
        ("runbooks", "0005_documents_kept"),
    ]

    operations = [
        migrations.AlterField(
            model_name="runbook",
            name="readiness",
            field=models.CharField(
                choices=apps.runbooks.choices.Readiness.words, max_length=24, verbose_name="readiness"
            ),
        ),
        migrations.RunPython(tell_unchecked, forget),
    ]
