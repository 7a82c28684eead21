"""Checks of a person's own: what they say, where they end, and what they cannot reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from migrator.checks.custom.files import read_checks
from migrator.checks.custom.judging import registered, trial
from migrator.checks.custom.language import check_expression
from migrator.checks.custom.model import CustomCheck
from migrator.checks.registry import ruleset_digest
from migrator.checks.runner import run_checks
from migrator.checks.spec import Attestation, CheckResult, Outcome, Severity
from migrator.engine import Request, assess
from migrator.errors import InputError, MigratorError
from migrator.locale import say, text
from tests.checks.support import CATALOG, context_of, snapshot_of

CHECK = CustomCheck(
    code="USR001",
    slug="image-without-tag",
    title={"zh": "镜像没有版本", "en": "Image without a tag"},
    message={"en": "Use a {fixed} tag."},
    kinds=("Deployment",),
    expression="object.spec.template.spec.containers.all(c, c.image.contains(':'))",
    severity=Severity.BLOCKER,
)
ENTRY = "- {code: USR001, slug: a, title: {en: a}, message: {en: a}, kinds: [Pod], expression: 'true'}"
TENS = "[0,1,2,3,4,5,6,7,8,9]"


def deployment(name: str, image: str | None, namespace: str = "shop") -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"image": image} if image else {"name": "a"}]}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


GIVEN = {"manifests": [deployment("fine", "a:1"), deployment("bad", "a"), deployment("platform", "a", "kube-system")]}


def result_of(check: CustomCheck = CHECK, given: dict[str, Any] | None = None, **options: Any) -> CheckResult:
    context = context_of(snapshot_of(GIVEN if given is None else given))
    return run_checks(context, checks=[registered(check)], **options)[0]


def changed(**fields: Any) -> CustomCheck:
    return msgspec.structs.replace(CHECK, **fields)


def test_an_object_of_which_the_expression_is_false_is_a_finding() -> None:
    result = result_of()
    assert result.outcome is Outcome.FAIL
    assert [(f.check, str(f.subject), f.severity.value) for f in result.findings] == [
        ("USR001", "Deployment shop/bad", "blocker")
    ]


def test_it_passes_where_all_are_in_order_and_is_unknown_where_none_was_looked_at() -> None:
    assert result_of(given={"manifests": [deployment("fine", "a:1")]}).outcome is Outcome.PASS
    assert result_of(given={"seen": ["Deployment"]}).outcome is Outcome.PASS
    assert result_of(changed(kinds=("Widget",))).reason.key == "check.reason.kinds_unseen"


def test_objects_of_the_platform_take_part_only_where_asked_for() -> None:
    assert [f.subject.name for f in result_of(changed(platform=True)).findings] == ["platform", "bad"]


def test_what_an_expression_cannot_tell_is_unresolved_and_can_be_answered() -> None:
    given = {"manifests": [deployment("odd", None)]}
    result = result_of(given=given)
    assert result.outcome is Outcome.UNKNOWN
    ((subject, reason),) = [(str(u.subject), say(u.reason, "en")) for u in result.unresolved]
    assert subject == "Deployment shop/odd"
    assert "image" in reason
    answer = Attestation(check="USR001", answer=Outcome.PASS)
    assert result_of(given=given, answers=(answer,)).outcome is Outcome.PASS


def test_the_versions_of_the_way_are_known() -> None:
    assert result_of(changed(expression="source == '1.21' && target == '1.23'")).outcome is Outcome.PASS


def test_loops_within_loops_end_at_the_budget() -> None:
    result = result_of(
        changed(expression=f"{TENS}.all(a, {TENS}.all(b, {TENS}.all(c, {TENS}.all(d, {TENS}.all(e, true)))))")
    )
    assert result.outcome is Outcome.UNKNOWN
    assert {u.reason.key for u in result.unresolved} == {"check.reason.custom_error"}


def _added(times: int) -> str:
    """``x + x + ...`` as a flat tree: a deep one is refused."""
    return "x" if times == 1 else f"({_added(times // 2)} + {_added(times - times // 2)})"


def test_memory_is_bounded() -> None:
    """Each level makes the text of 20 characters 32 times as long: 20 GB at the end."""
    doubling = "'xxxxxxxxxxxxxxxxxxxx'"
    for _ in range(6):
        doubling = f"[{doubling}].map(x, {_added(32)})[0]"
    result = result_of(changed(expression=f"{doubling}.size() > 0"))
    assert [u.reason.key for u in result.unresolved] == ["check.reason.custom_limit"]


@pytest.mark.parametrize("reach", ["open('/etc/passwd')", "env('HOME')", "object.__class__ == 1", "http.get('x')"])
def test_nothing_else_can_be_reached(reach: str) -> None:
    try:
        check_expression(f"{reach} != ''")
    except MigratorError:
        return
    assert result_of(changed(expression=f"{reach}")).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("expression", "code", "values"),
    [
        ("object.", "custom_expression_broken", {"line": 1, "column": 8}),
        ("true &&\n nope(1)", "custom_expression_broken", {"line": 2, "column": 6}),
        ("1 + 1", "custom_expression_type", {"given": "int"}),
        ("true || " * 300 + "true", "custom_expression_long", {"limit": 2048}),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(expression: str, code: str, values: dict[str, Any]) -> None:
    with pytest.raises(MigratorError) as refused:
        check_expression(expression)
    assert refused.value.code == code
    assert values.items() <= refused.value.values.items()


def test_a_trial_counts_all_answers() -> None:
    tried = trial(CHECK, snapshot_of(GIVEN), "1.21", "1.23", ("kube-system",))
    assert (tried.looked, [r.name for r in tried.found], tried.problems, tried.is_cut) == (2, ["bad"], (), False)


def test_an_assessment_carries_its_checks_and_their_words() -> None:
    request = Request(target="1.23", source="v1.21.7-r0", strategy="migrate", custom_checks=(CHECK,))
    made = assess(snapshot_of(GIVEN), request)
    assert made.custom_checks == (CHECK,)
    assert (
        made.ruleset_digest
        != assess(snapshot_of(GIVEN), msgspec.structs.replace(request, custom_checks=())).ruleset_digest
    )
    stored = msgspec.json.decode(msgspec.json.encode(made), type=type(made))
    assert stored.custom_checks == (CHECK,)
    assert text("check.image-without-tag.title", "zh") == "镜像没有版本"
    assert text("check.image-without-tag.finding", "zh") == "Use a {fixed} tag.", "in the only language that there is"


def test_the_digest_of_the_rules_covers_them() -> None:
    assert (
        ruleset_digest(CATALOG)
        != ruleset_digest(CATALOG, (CHECK,))
        != ruleset_digest(CATALOG, (changed(platform=True),))
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("[", "custom_file_unreadable"),
        ("a: 1", "custom_file_unreadable"),
        ("- {code: USR001}", "custom_entry"),
        (
            "- &c {code: X1, slug: a, title: {en: a}, message: {en: a}, kinds: [Pod], expression: 'true'}",
            "custom_entry",
        ),
        (
            "- {code: USR001, slug: a, title: {en: a}, message: {en: a}, kinds: [Pod], expression: 'tru('}",
            "custom_entry",
        ),
        (
            "- {code: USR001, slug: bare-pod, title: {en: a}, message: {en: a}, kinds: [Pod], expression: 'true'}",
            "custom_twice",
        ),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_entry(tmp_path: Path, content: str, code: str) -> None:
    file = tmp_path / "checks.yaml"
    file.write_text(content)
    with pytest.raises(InputError) as refused:
        read_checks(file)
    assert refused.value.code == code
