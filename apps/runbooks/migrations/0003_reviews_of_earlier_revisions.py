from django.db import migrations


def add_reviews(apps, schema_editor):
    """Every revision has a review; those compiled before begin as drafts, as new ones do."""
    Runbook, Review = (apps.get_model("runbooks", name) for name in ("Runbook", "Review"))
    keys = Runbook.objects.filter(review=None).order_by("pk").values_list("pk", flat=True)
    Review.objects.bulk_create([Review(runbook_id=key) for key in keys], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('runbooks', '0002_edits_reviews_reconciliations'),
    ]

    operations = [
        migrations.RunPython(add_reviews, migrations.RunPython.noop),
    ]
