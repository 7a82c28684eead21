"""A check of a person's own, as data."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from migrator.checks.spec import Category, CheckSpec, Severity
from migrator.paths.model import Strategy
from migrator.versions import VersionRange

REFERENCE = "own"  # stands for "somebody's own rule" where other checks name their sources


class CustomCheck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Data of a check that a person wrote.

    ``expression`` is true of an object that is in order, as in a ValidatingAdmissionPolicy of Kubernetes. It sees
    ``object`` (without credentials and without what only the server writes), ``source`` and ``target`` ("1.25").
    Texts are by language; one that is given in a single language serves for both.
    """

    code: str  # "USR001"
    slug: str
    title: dict[str, str]
    message: dict[str, str]  # what a finding says
    expression: str
    kinds: tuple[str, ...]
    rationale: dict[str, str] = {}
    remediation: dict[str, str] = {}
    severity: Severity = Severity.WARNING
    category: Category = Category.WORKLOAD
    strategies: tuple[Strategy, ...] = tuple(Strategy)
    applies: str = ""  # over the target, such as ">=1.25"
    platform: bool = False  # also objects of the platform's own namespaces

    @property
    def spec(self) -> CheckSpec:
        return CheckSpec(
            code=self.code,
            slug=self.slug,
            category=self.category,
            severity=self.severity,
            strategies=frozenset(self.strategies),
            applies=VersionRange.parse(self.applies),
            references=(REFERENCE,),
        )

    @property
    def sentences(self) -> dict[str, dict[str, str]]:
        """The texts by the keys under which those of every check stand."""
        texts = {
            "title": self.title,
            "rationale": self.rationale or self.message,
            "remediation": self.remediation or self.message,
            "finding": self.message,
        }
        return {f"check.{self.slug}.{part}": _both(text) for part, text in texts.items()}


def sentences_of(checks: Iterable[CustomCheck]) -> dict[str, dict[str, str]]:
    """The sentences of several checks, as ``migrator.locale.learn`` takes them."""
    return {key: said for check in checks for key, said in check.sentences.items()}


def _both(text: dict[str, str]) -> dict[str, str]:
    """In both languages, and with nothing in it that would be filled in."""
    some = next(iter(text.values()))
    return {lang: text.get(lang, some).replace("{", "{{").replace("}", "}}") for lang in ("zh", "en")}
