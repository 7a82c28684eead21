"""``manage.py tidy_evidence``: remove files of evidence that belong to no answer.

A command and not something that is done by itself: where an older database was restored, the files of the answers that
it lacks are all that is left of them, and a person should look first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.checklists.evidence import evidence_orphans


class Command(BaseCommand):
    help = "Remove files of evidence that belong to no answer and are older than some days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=7, help="leave younger files alone (7; at least 1)")
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(evidence_orphans(timedelta(days=max(options["days"], 1))))
        size = sum(path.stat().st_size for path in found)
        for path in () if options["dry_run"] else found:
            path.unlink(missing_ok=True)
        verb = "to remove" if options["dry_run"] else "removed"
        self.stdout.write(f"{verb}: {len(found)} files, {size} bytes")
