"""Two assessments of a cluster as lists to page through: the same for programs and on the admin's page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

from apps.checklists.adapters import readable
from apps.checklists.models import Assessment
from apps.checklists.selectors import assessments_compared
from migrator.checks.registry import find_check
from migrator.checks.spec import Finding
from migrator.locale import Msg

_KEPT = 2  # comparisons of this process; one of the largest clusters takes some tens of megabytes
CHANGES = ("new", "fixed", "not_comparable", "unchanged")


class Compared(NamedTuple):
    """One finding and what became of it; ``reason`` why it cannot be compared, where it cannot.

    A check that cannot be compared and has no findings is one row without a finding.
    """

    change: str
    check: str
    finding: Finding | None
    reason: Msg | None = None


@contextmanager
def in_words_of(row: Compared, old: Assessment, new: Assessment) -> Iterator[None]:
    """Around the sentences of a row: checks of people's own speak as on the side that has the finding."""
    first, then = (new, old) if row.change == "fixed" else (old, new)
    with readable(first.uid, first.custom_checks), readable(then.uid, then.custom_checks):
        yield


def slug_of(row: Compared, old: Assessment, new: Assessment) -> str:
    """Of the row's check; empty where neither the product nor one of the two has it any more."""
    if (check := find_check(row.check)) is not None:
        return check.spec.slug
    own = {check["code"]: check["slug"] for side in (old, new) for check in side.custom_checks}
    return str(own.get(row.check, ""))


class Comparisons(NamedTuple):
    counts: dict[str, int]  # by change, in their order; findings, and for what cannot be compared, checks
    remarks: tuple[Msg, ...]
    rows: list[Compared]


def comparison_rows(old: Assessment, new: Assessment) -> Comparisons:
    """What became of every finding of ``old`` in ``new``; raises as ``assessments_compared``.

    Assessments never change, so whoever turns the pages of a comparison does not have it made again for each.
    """
    return _rows(old.pk, new.pk, str(old.uid), str(new.uid))


@lru_cache(maxsize=_KEPT)
def _rows(old: int, new: int, old_uid: str, new_uid: str) -> Comparisons:
    """By key and ``uid``: a key may come again, in another database of the same process; a ``uid`` does not."""
    sides = Assessment.objects.select_related("plan").in_bulk([old, new])
    found = assessments_compared(sides[old], sides[new])
    rows = [Compared("new", f.check, f) for f in found.new] + [Compared("fixed", f.check, f) for f in found.fixed]
    for check in found.not_comparable:
        rows += [Compared("not_comparable", check.check, f, check.reason) for f in check.findings or (None,)]
    rows += [Compared("unchanged", f.check, f) for f in found.unchanged]
    return Comparisons({change: len(getattr(found, change)) for change in CHANGES}, found.remarks, rows)
