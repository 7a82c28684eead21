"""What ``migrator compare`` says of two dumps: of one cluster over time, or of old and new cluster after the move."""

from __future__ import annotations

from argparse import Namespace

from migrator.catalog.loader import shipped_catalog
from migrator.locale import Lang
from migrator.reconcile import Verdict, reconcile, same_cluster
from migrator.render.comparison import comparison_json, comparison_text
from migrator.render.reconciliation import reconciliation_json, reconciliation_text
from migrator.snapshot.compare import compare_snapshots
from migrator.snapshot.model import Snapshot

_EXIT_CODES = {Verdict.COMPLETE: 0, Verdict.FAILED: 1, Verdict.INCOMPLETE: 2}
_DIFFERENT = 2


def is_migration(given: Namespace, old: Snapshot, new: Snapshot) -> bool:
    """Whether the two are to be reconciled: as the person says, otherwise where they are known to be two clusters."""
    return given.how == "migration" or (given.how == "auto" and same_cluster(old, new) is False)


def compared(given: Namespace, old: Snapshot, new: Snapshot, lang: Lang, *, colour: bool) -> tuple[bytes | str, int]:
    """The document and the exit code: 0 no difference; 1 after a move, something is missing or different; 2 otherwise.

    What one side has and the other did not look for is no "no difference".
    """
    as_json = given.format == "json"
    if is_migration(given, old, new):
        found = reconcile(old, new, shipped_catalog(), given.registries or ())
        code = _EXIT_CODES[found.verdict]
        return reconciliation_json(found, lang) if as_json else reconciliation_text(found, lang, colour=colour), code
    comparison = compare_snapshots(old, new)
    code = _DIFFERENT if comparison.differs else 0
    return comparison_json(comparison, lang) if as_json else comparison_text(comparison, lang, colour=colour), code
