"""``manage.py reassess``: after a change of the catalog or the rules, assess again what older ones have judged."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.checklists.renewal import assessments_renew
from apps.planning.selectors import catalog


class Command(BaseCommand):
    help = "Assess again every plan whose newest assessment was made by an older catalog or older rules."

    def handle(self, *args: Any, **options: Any) -> None:
        operations = assessments_renew(actor=None, catalog=catalog())
        self.stdout.write(f"assessments started: {len(operations)}")
