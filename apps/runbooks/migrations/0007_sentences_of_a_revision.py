from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("runbooks", "0006_readiness_without_checks"),
    ]

    operations = [
        migrations.AddField(
            model_name="runbook",
            name="sentences",
            field=models.BinaryField(null=True, verbose_name="sentences"),
        ),
        migrations.AddField(
            model_name="runbook",
            name="sentences_digest",
            field=models.CharField(blank=True, default="", max_length=71, verbose_name="digest of the sentences"),
            preserve_default=False,
        ),
    ]
