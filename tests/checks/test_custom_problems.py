"""Every common mistake in an expression is told in the reader's language, with the engine's own words beside it."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.checks.custom.judging import trial
from migrator.checks.custom.language import check_expression
from migrator.checks.custom.model import CustomCheck
from migrator.checks.custom.problems import of_expression, of_object
from migrator.errors import MigratorError
from migrator.locale import say
from migrator.render.trials import trials_text
from tests.checks.support import snapshot_of

_DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"replicas": 2, "paused": "no", "list": [1, 2]},
}
_TENS = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"


def problem_of(expression: str) -> str:
    """What the engine says of the one Deployment."""
    check = CustomCheck(
        code="USR001",
        slug="own",
        title={"zh": "自定义"},
        message={"zh": "不符合"},
        expression=expression,
        kinds=("Deployment",),
    )
    tried = trial(check, snapshot_of({"manifests": [_DEPLOYMENT]}), "1.21", "1.23", ())
    ((_, problem),) = tried.problems
    assert say(of_object(problem), "zh") in trials_text([tried], "zh")
    return problem


@pytest.mark.parametrize(
    ("expression", "cause", "zh", "en"),
    [
        ("object.spec.gone == 1", "field", "没有字段“gone”", 'no field "gone"'),
        ("object.spec.list[7] == 1", "index", "列表只有 2 项", "2 items"),
        ("object.spec.replicas > 'a'", "types", "类型不符", "_>_(int64, string)"),
        ("object.spec.replicas.image != ''", "no_object", "不含字段的值", "a value that has none"),
        ("object.spec.paused ? true : false", "no_condition", "条件不是真或假", "neither true nor false"),
        ("!object.spec.paused", "no_condition", "条件不是真或假", "neither true nor false"),
        ("object.spec.paused.all(c, true)", "no_list", "只能用于列表", "need a list"),
        ("1 / (object.spec.replicas - 2) == 1", "zero", "除数为零", "divided by zero"),
        ("9223372036854775807 + object.spec.replicas > 0", "overflow", "超出范围", "beyond its range"),
        ("object.spec.paused.matches('(')", "regex", "正则表达式", "regular expression"),
        ("int(object.spec.paused) == 1", "conversion", "无法转换", "cannot be turned"),
        (f"{_TENS}.all(a,{_TENS}.all(b,{_TENS}.all(c,{_TENS}.all(d,{_TENS}.all(e,true)))))", "budget", "步数", "steps"),
        ("object.spec.replicas", "result", "“2”", '"2"'),
    ],
)
def test_what_kept_it_from_telling_of_an_object(expression: str, cause: str, zh: str, en: str) -> None:
    problem = problem_of(expression)
    told = of_object(problem)
    assert told.key == f"custom.problem.{cause}"
    assert zh in say(told, "zh")
    assert en in say(told, "en")
    assert problem in say(told, "zh")


@pytest.mark.parametrize(
    ("expression", "line", "column", "cause", "zh"),
    [
        ("objct.spec == 1", 1, 6, "name", "没有名为“objct.spec”的变量或函数"),
        ("true &&\n nope(1)", 2, 6, "name", "没有名为“nope”的变量或函数"),
        ("source > 1", 1, 8, "types", "_>_ 不能用于这些类型：(string, int)"),
        ("object.spec.x ==", 1, 17, "end", "没有写完"),
        ("object.spec.all(x", 1, 18, "end", "没有写完"),
        ("object.spec.x = 1", 1, 15, "syntax", "语法错误"),
    ],
)
def test_what_is_wrong_with_an_expression_and_where(
    expression: str, line: int, column: int, cause: str, zh: str
) -> None:
    with pytest.raises(MigratorError) as refused:
        check_expression(expression)
    values = refused.value.values
    assert (values["line"], values["column"]) == (line, column)
    assert of_expression(str(values["problem"])).key == f"custom.broken.{cause}"
    assert f"第 {line} 行第 {column} 列有误：" in refused.value.message("zh")
    assert zh in refused.value.message("zh")
    assert str(values["problem"]) in refused.value.message("en")


def test_what_nobody_has_met_is_told_in_the_engine_s_words() -> None:
    assert say(of_object("ABORTED: something new"), "zh") == "表达式引擎报错：ABORTED: something new"
    assert say(of_expression("something new"), "en") == "the engine says: something new"
    assert say(of_expression("nested too deeply"), "zh").startswith("嵌套过深")
