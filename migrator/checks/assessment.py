"""The verdict on one snapshot for one request: what the documents and the runbook are made from."""

from __future__ import annotations

import msgspec

from migrator import locale
from migrator.checks.custom.model import CustomCheck, sentences_of
from migrator.checks.spec import CheckResult, Readiness
from migrator.checks.waivers import WaiverUse, accepted_by
from migrator.paths.model import PathResult, StrategyChoice
from migrator.versions import Version


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """Verdict on one snapshot for one request, with the digests of all that went into it."""

    source: Version
    target: Version
    profile: str
    path: PathResult
    choice: StrategyChoice
    results: tuple[CheckResult, ...]
    readiness: Readiness
    snapshot_digest: str
    catalog_digest: str
    ruleset_digest: str
    waivers: tuple[WaiverUse, ...] = ()
    custom_checks: tuple[CustomCheck, ...] = ()  # those of a person's own that took part, with their sentences

    def __post_init__(self) -> None:
        locale.learn(sentences_of(self.custom_checks))

    @property
    def accepted(self) -> frozenset[str]:
        """Keys of the findings and answers that a waiver takes out of the verdict."""
        return accepted_by(self.waivers)
