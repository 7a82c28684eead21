"""Choice lists of assessments: the values and words of the core."""

from __future__ import annotations

from apps.planning.words import WordChoices, word
from migrator.checks import spec


class Readiness(WordChoices):
    READY = spec.Readiness.READY.value, word("readiness.ready")
    READY_WITH_WARNINGS = spec.Readiness.READY_WITH_WARNINGS.value, word("readiness.ready_with_warnings")
    BLOCKED = spec.Readiness.BLOCKED.value, word("readiness.blocked")
    INCOMPLETE = spec.Readiness.INCOMPLETE.value, word("readiness.incomplete")


class Outcome(WordChoices):
    PASS = spec.Outcome.PASS.value, word("outcome.pass")
    FAIL = spec.Outcome.FAIL.value, word("outcome.fail")
    UNKNOWN = spec.Outcome.UNKNOWN.value, word("outcome.unknown")
    NOT_APPLICABLE = spec.Outcome.NOT_APPLICABLE.value, word("outcome.not_applicable")


class Answer(WordChoices):
    """What a person may answer to a check that asks."""

    PASS = spec.Outcome.PASS.value, word("outcome.pass")
    FAIL = spec.Outcome.FAIL.value, word("outcome.fail")


class Severity(WordChoices):
    BLOCKER = spec.Severity.BLOCKER.value, word("severity.blocker")
    WARNING = spec.Severity.WARNING.value, word("severity.warning")
    INFO = spec.Severity.INFO.value, word("severity.info")


class Category(WordChoices):
    CLUSTER = spec.Category.CLUSTER.value, word("category.cluster")
    WORKLOAD = spec.Category.WORKLOAD.value, word("category.workload")
    STORAGE = spec.Category.STORAGE.value, word("category.storage")
    NETWORK = spec.Category.NETWORK.value, word("category.network")
    OPERATIONS = spec.Category.OPERATIONS.value, word("category.operations")


class CustomState(WordChoices):
    """Whether a check of a person's own takes part in assessments."""

    DRAFT = "draft", word("custom_state.draft")
    ON = "on", word("custom_state.on")
    OFF = "off", word("custom_state.off")


class WaiverStanding(WordChoices):
    """What a waiver does, judged by the newest assessments of its cluster."""

    APPLIED = "applied", word("waiver_standing.applied")
    UNUSED = "unused", word("waiver_standing.unused")
    EXPIRED = "expired", word("waiver_standing.expired")
    WITHDRAWN = "withdrawn", word("waiver_standing.withdrawn")
    NOT_ASSESSED = "not_assessed", word("waiver_standing.not_assessed")
