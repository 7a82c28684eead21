"""A wrong command line gives one clear line in the user's language and exit code 3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migrator import __version__
from migrator.cli_usage import UsageError, parse, wanted_language
from migrator.render import FORMATS
from tests.unit.cli.run import Done

WRONG = {
    (): ("No command given", "缺少命令"),
    ("frobnicate",): ('no command "frobnicate"', "没有“frobnicate”这个命令"),
    ("inspect",): ("INPUT is missing", "缺少 INPUT"),
    ("assess", "x.yaml"): ("--target is missing", "缺少 --target"),
    ("containerise", "--target", "1.31", "--out", "o"): ("FORM is missing", "缺少 FORM"),
    ("plan", "x.yaml", "--target", "1.25"): ("--out is missing", "缺少 --out"),
    ("template",): ("--out is missing", "缺少 --out"),
    ("export", "--out", "x"): ("INPUT is missing", "缺少 INPUT"),
    ("export", "x"): ("--out is missing", "缺少 --out"),
    ("catalog",): ("paths|checks|apis|removals|addons is missing", "缺少 paths|checks|apis|removals|addons"),
    ("catalog", "colours"): ('cannot be "colours"', "不能是“colours”"),
    ("inspect", "x", "--format", "xml"): ('--format cannot be "xml"', "--format 不能是“xml”"),
    ("assess", "x", "--target"): ("--target lacks its value", "--target 后面缺少值"),
    ("assess", "x", "--target", "1.25", "--strategy", "fly"): ('--strategy cannot be "fly"', "--strategy 不能是“fly”"),
    ("inspect", "x", "--verbose"): ('no option "--verbose"', "没有“--verbose”这个选项"),
    ("inspect", "x", "--form", "json"): ('no option "--form"', "没有“--form”这个选项"),
    ("--frob", "inspect", "x"): ('no option "--frob"', "没有“--frob”这个选项"),
    ("inspect", "-", "-"): ("only once", "只能给出一次"),
    ("compare",): ("OLD is missing", "缺少 OLD"),
    ("compare", "x"): ("NEW is missing", "缺少 NEW"),
    ("compare", "-", "-"): ("only once", "只能给出一次"),
    ("compare", "x", "y", "z"): ('no option "z"', "没有“z”这个选项"),
    ("plan", "x", "--target", "1.25", "--out", "o", "--formats", "odt"): (
        f'no document format "odt". There are: {", ".join(FORMATS)}',
        f"没有“odt”这种文档格式。可用的格式：{'、'.join(FORMATS)}",
    ),
}


@pytest.mark.parametrize("line", WRONG, ids=lambda line: " ".join(line) or "nothing")
@pytest.mark.parametrize(("lang", "position"), [("en", 0), ("zh", 1)])
def test_a_wrong_line_is_told_in_one_line(
    call: Callable[..., Done], line: tuple[str, ...], lang: str, position: int
) -> None:
    done = call(*line, lang=lang)

    assert done.code == 3
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert WRONG[line][position] in done.err


def test_a_language_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        parse(["inspect", "x", "--lang", "fr"], "en")
    assert caught.value.message("en") == '--lang cannot be "fr". There are: zh, en.'


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ([], {"LANG": "en_US.UTF-8", "LC_ALL": "zh_TW"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        (["inspect", "x", "--lang", "zh"], {"LANG": "C"}, "zh"),
        (["--lang=en", "inspect", "x"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["inspect", "x", "--lang", "fr"], {"LANG": "zh_CN.UTF-8"}, "zh"),
    ],
)
def test_language_of_messages(arguments: list[str], environment: dict[str, str], expected: str) -> None:
    assert wanted_language(arguments, environment) == expected


def test_options_may_stand_anywhere() -> None:
    given = parse(["--lang", "en", "plan", "a", "--target", "1.25", "b", "--out", "dir", "-"], "en")

    assert given is not None
    assert (given.command, given.inputs, given.target, given.out, given.lang) == (
        "plan",
        ["a", "b", "-"],
        "1.25",
        "dir",
        "en",
    )


def test_version_is_told(call: Callable[..., Done]) -> None:
    done = call("--version")

    assert (done.code, done.out, done.err) == (0, f"migrator {__version__}\n", "")


@pytest.mark.parametrize("command", ["inspect", "assess", "plan", "compare", "catalog"])
def test_help_is_in_the_language_of_the_reader(call: Callable[..., Done], command: str) -> None:
    english, chinese = call(command, "--help", lang="en"), call(command, "--help", lang="zh")

    assert (english.code, english.err, chinese.code, chinese.err) == (0, "", 0, "")
    assert english.out.startswith(f"usage: migrator {command} ")
    assert chinese.out.startswith(f"用法： migrator {command} ")
    assert "选项" in chinese.out
    assert "options:" in english.out


def test_help_of_the_program_names_its_commands(call: Callable[..., Done]) -> None:
    done = call("--help", lang="en")

    assert done.code == 0
    for command in ("inspect", "assess", "plan", "compare", "catalog"):
        assert command in done.out
