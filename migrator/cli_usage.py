"""What may be typed after ``migrator``: options, their help in two languages, and clear words for a wrong one.

``argparse`` reads the line; its own English sentences never reach the user.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NoReturn

from migrator import __version__
from migrator.catalog.model import Mode
from migrator.errors import MigratorError
from migrator.locale import LANGS, Lang, text
from migrator.paths.model import Strategy
from migrator.render import FORMATS
from migrator.render.catalogdoc import TOPICS

COMMANDS = (
    *("collect-script", "inspect", "assess", "plan", "compare", "template", "export", "catalog", "try-checks"),
    "containerise",
)
_TEXT_OR_JSON = ("text", "json")
_AS = ("auto", "cluster", "migration")
BALANCERS = ("shared", "dedicated")
PLAYBOOKS = ("nodes", "operations", "retirement")  # beside the two that follow from the strategy
_TABLES = ("template", "export")
_VERDICTS = (*_TEXT_OR_JSON, "sarif", "junit")


class UsageError(MigratorError):
    """The command line itself is wrong."""


def wanted_language(arguments: Sequence[str], environment: Mapping[str, str]) -> Lang:
    """The language of messages: ``--lang`` where it is given and known, otherwise that of the locale, else English."""
    for position, argument in enumerate(arguments):
        value = argument.removeprefix("--lang=") if argument.startswith("--lang=") else ""
        if argument == "--lang" and position + 1 < len(arguments):
            value = arguments[position + 1]
        if value in LANGS:
            return value
    locale = next(filter(None, (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def parse(arguments: list[str], lang: Lang) -> argparse.Namespace | None:
    """The command with its options; None where ``--help`` or ``--version`` was asked and is printed already.

    Raises:
        UsageError: what is wrong with the line, and what would be right.
    """
    before, command, after = _split(arguments)
    if _Parser.top(lang).read(before) is None:
        return None
    if command is None:
        raise UsageError("usage_no_command", commands=list(COMMANDS))
    if command not in COMMANDS:
        raise UsageError("usage_command", command=command[:60], commands=list(COMMANDS))
    given = _Parser.of(command, lang).read([*_languages(before), *after])
    if given is not None:
        given.command = command
        if not getattr(given, "template", False):  # which needs nothing
            _examine(given)
    return given


def _split(arguments: list[str]) -> tuple[list[str], str | None, list[str]]:
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        position += 2 if arguments[position] == "--lang" else 1
    if position >= len(arguments):
        return arguments, None, []
    return arguments[:position], arguments[position], arguments[position + 1 :]


def _languages(before: list[str]) -> list[str]:
    """The ``--lang`` that stood before the command."""
    return [a for i, a in enumerate(before) if a.startswith("--lang") or (i and before[i - 1] == "--lang")]


_NEEDED = {
    "assess": ("target",),
    "plan": ("target", "out"),
    "try-checks": ("checks", "target"),
    "containerise": ("form", "target", "out"),
    **dict.fromkeys(_TABLES, ("out",)),
}


def _examine(given: argparse.Namespace) -> None:
    """Refuse what ``argparse`` was told to let through, in our own words."""
    if "inputs" in given and not given.inputs:
        raise UsageError("usage_missing", command=given.command, argument="INPUT")
    for option in _NEEDED.get(given.command, ()):
        if not getattr(given, option):
            argument = "FORM" if option == "form" else f"--{option}"
            raise UsageError("usage_missing", command=given.command, argument=argument)
    if getattr(given, "on", None):
        _check_day("--on", given.on)
    if given.command == "catalog" and not given.topic:
        raise UsageError("usage_missing", command=given.command, argument="|".join(TOPICS))
    if given.command == "catalog" and given.format == "svg" and given.topic != "paths":
        raise UsageError("svg_of_paths_only")
    if given.command == "compare" and not given.new:
        raise UsageError("usage_missing", command=given.command, argument="NEW" if given.old else "OLD")
    if given.command == "compare" and given.old == given.new == "-":
        raise UsageError("usage_stdin_twice")
    if "inputs" in given and given.inputs.count("-") > 1:
        raise UsageError("usage_stdin_twice")


def _check_day(option: str, value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise UsageError("usage_date", option=option, value=value[:40]) from None


class _Help(argparse.HelpFormatter):
    """Help whose only word of its own, "usage", is in the language of the reader."""

    lang: Lang = "en"

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any = None) -> None:
        super().add_usage(usage, actions, groups, text("cli.usage", self.lang) + " ")


class _ChineseHelp(_Help):
    lang = "zh"


class _Parser(argparse.ArgumentParser):
    """A parser that raises ``UsageError`` and never exits."""

    def __init__(self, prog: str, lang: Lang, description: str, usage: str) -> None:
        super().__init__(
            prog=prog,
            usage=usage,
            description=text(description, lang),
            formatter_class=_ChineseHelp if lang == "zh" else _Help,
            add_help=False,
            allow_abbrev=False,
            exit_on_error=False,
        )
        self._lang = lang
        self._own = self.add_argument_group(text("cli.options", lang))
        self._option("--lang", choices=LANGS, help="cli.help.lang")
        self._own.add_argument("-h", "--help", action="store_true", help=text("cli.help.help", lang))

    @classmethod
    def top(cls, lang: Lang) -> _Parser:
        parser = cls("migrator", lang, "cli.about", "migrator [--version] [--help] [--lang zh|en] COMMAND ...")
        parser._own.add_argument("--version", action="store_true", help=text("cli.help.version", lang))
        return parser

    @classmethod
    def of(cls, command: str, lang: Lang) -> _Parser:
        parser = cls(f"migrator {command}", lang, f"cli.about.{command}", f"migrator {command} {_USAGE[command]}")
        if command == "collect-script":
            parser._option("--out", metavar="FILE", help="cli.help.script_out")
            return parser
        if command == "containerise":
            parser._form()
            return parser
        if command == "catalog":
            parser._topic()
        elif command == "compare":
            for side in ("old", "new"):
                parser._own.add_argument(side, nargs="?", metavar=side.upper(), help=text(f"cli.help.{side}", lang))
            parser._own.add_argument(
                "--as",
                dest="how",
                type=_one_of("--as", _AS),
                metavar="|".join(_AS),
                default="auto",
                help=text("cli.help.as", lang),
            )
            parser._own.add_argument(
                "--registries", metavar="LIST", type=_registries, help=text("cli.help.registries", lang)
            )
        elif command != "template":
            parser._own.add_argument("inputs", nargs="*", metavar="INPUT", help=text("cli.help.input", lang))
            parser._option("--corrections", metavar="FILE", help="cli.help.corrections")
        parser._question(command)
        if command == "plan":
            parser._option("--playbook", choices=PLAYBOOKS, help="cli.help.playbook")
            parser._option("--out", metavar="DIR", help="cli.help.out")
            known = [*FORMATS, "manifests"]
            parser._option(
                "--formats", metavar="LIST", default="md,json,manifests", help="cli.help.plan_formats", known=known
            )
            parser._own.add_argument(
                "--registries", metavar="LIST", type=_registries, help=text("cli.help.image_registries", lang)
            )
            parser._option("--balancer", choices=BALANCERS, default="shared", help="cli.help.balancer")
            parser._own.add_argument("--force", action="store_true", help=text("cli.help.force", lang))
        elif command in _TABLES:
            parser._option("--out", metavar="FILE.xlsx|DIR", help="cli.help.out_tables")
        else:
            formats = {"assess": _VERDICTS, "catalog": (*_TEXT_OR_JSON, "svg")}.get(command, _TEXT_OR_JSON)
            parser._option("--format", choices=formats, default="text", help="cli.help.format")
        if command == "assess":
            parser._option("--baseline", metavar="FILE", help="cli.help.baseline")
            parser._option("--checklist", metavar="FILE.xlsx", help="cli.help.checklist")
        return parser

    def _form(self) -> None:
        """What a form of an application is compiled into."""
        self._own.add_argument("form", nargs="?", metavar="FORM", help=text("cli.help.form", self._lang))
        self._own.add_argument("--template", action="store_true", help=text("cli.help.form_template", self._lang))
        self._option("--target", metavar="VERSION", help="cli.help.form_target")
        self._option("--out", metavar="DIR", help="cli.help.form_out")
        self._option("--formats", metavar="LIST", default="md,json", help="cli.help.formats", known=list(FORMATS))

    def _topic(self) -> None:
        """What to list of the catalog; of its paths, which table and way to draw."""
        self._own.add_argument(
            "topic",
            nargs="?",
            type=_one_of("catalog", TOPICS),
            metavar="|".join(TOPICS),
            help=text("cli.help.topic", self._lang),
        )
        self._option("--profile", metavar="NAME", default="ctyun", help="cli.help.graph_profile")
        self._option("--source", metavar="VERSION", help="cli.help.graph_source")
        self._option("--target", metavar="VERSION", help="cli.help.catalog_target")

    def _question(self, command: str) -> None:
        """The options that say what is asked of the engine."""
        if command not in ("assess", "plan", "try-checks"):
            return
        self._option("--checks", metavar="FILE", help="cli.help.checks")
        self._option("--target", metavar="VERSION", help="cli.help.target")
        if command == "try-checks":
            return
        self._option("--source", metavar="VERSION", help="cli.help.source")
        self._option("--profile", metavar="NAME", default="ctyun", help="cli.help.profile")
        self._option(
            "--strategy", choices=("auto", *(s.value for s in Strategy)), default="auto", help="cli.help.strategy"
        )
        self._option("--strategy-reason", metavar="TEXT", help="cli.help.strategy_reason")
        self._option("--modes", metavar="LIST", help="cli.help.modes", known=[mode.value for mode in Mode])
        self._own.add_argument("--no-tickets", action="store_true", help=text("cli.help.no_tickets", self._lang))
        self._option("--answers", metavar="FILE", help="cli.help.answers")
        self._option("--on", metavar="DATE", help="cli.help.on")

    def _option(
        self,
        name: str,
        *,
        help: str,
        choices: Iterable[str] = (),
        metavar: str = "",
        default: str | None = None,
        **values: Any,
    ) -> None:
        allowed = tuple(choices)
        self._own.add_argument(
            name,
            type=_one_of(name, allowed) if allowed else str,
            metavar=metavar or "|".join(allowed),
            default=default,
            help=text(help, self._lang, **values),
        )

    def read(self, arguments: list[str]) -> argparse.Namespace | None:
        """The options of this parser; None where help or the version was printed."""
        try:
            given, unknown = self.parse_known_intermixed_args(arguments)
        except argparse.ArgumentError as error:
            raise UsageError("usage_value", option=error.argument_name or "", program=self.prog) from error
        if given.help:
            print(self.format_help(), end="")
            return None
        if getattr(given, "version", False):
            print(f"migrator {__version__}")
            return None
        if unknown:
            raise UsageError("usage_unknown", option=unknown[0][:60], program=self.prog)
        return given

    def format_help(self) -> str:
        """The help of ``argparse``; that of the program itself ends in a list of its commands."""
        commands = [f"  {name:<15} {text(f'cli.about.{name}', self._lang)}" for name in COMMANDS]
        listed = "\n".join(["", text("cli.commands", self._lang), *commands, ""]) if self.prog == "migrator" else ""
        return super().format_help() + listed

    def error(self, message: str) -> NoReturn:
        raise UsageError("usage_other", problem=message, program=self.prog)


_USAGE = {
    "collect-script": "[--out FILE] [--lang zh|en]",
    "inspect": "INPUT... [--corrections FILE] [--format text|json] [--lang zh|en]",
    "assess": "INPUT... --target VERSION [--source VERSION] [--profile NAME] [--strategy auto|upgrade|migrate] "
    "[--strategy-reason TEXT] [--modes LIST] [--no-tickets] [--corrections FILE] [--answers FILE] [--checks FILE] "
    "[--on DATE] [--baseline FILE] [--checklist FILE.xlsx] [--format text|json|sarif|junit] [--lang zh|en]",
    "plan": "INPUT... --target VERSION --out DIR [--playbook nodes|operations|retirement] [--formats LIST] "
    "[--registries LIST] [--balancer shared|dedicated] [--force] "
    "[--source VERSION] [--profile NAME] [--strategy auto|upgrade|migrate] [--strategy-reason TEXT] "
    "[--modes LIST] [--no-tickets] [--corrections FILE] [--answers FILE] [--checks FILE] [--on DATE] [--lang zh|en]",
    "compare": "OLD NEW [--as auto|cluster|migration] [--registries LIST] [--format text|json] [--lang zh|en]",
    "template": "--out FILE.xlsx|DIR [--lang zh|en]",
    "export": "INPUT... --out FILE.xlsx|DIR [--lang zh|en]",
    "catalog": "paths|checks|apis|removals|addons [--format text|json|svg] [--profile NAME] "
    "[--source VERSION] [--target VERSION] [--lang zh|en]",
    "containerise": "FORM --target VERSION --out DIR [--formats LIST] [--lang zh|en] | --template",
    "try-checks": "INPUT... --checks FILE --target VERSION [--corrections FILE] [--format text|json] [--lang zh|en]",
}


def _one_of(option: str, allowed: tuple[str, ...]) -> Any:
    """An argument type that takes only the listed words, and says so in the language of the user."""

    def convert(value: str) -> str:
        if value not in allowed:
            raise UsageError("usage_choice", option=option, value=value[:60], allowed=list(allowed))
        return value

    return convert


def _registries(value: str) -> tuple[tuple[str, str], ...]:
    """``old.example/shop=new.example/shop``, several separated by commas."""
    pairs = []
    for entry in filter(None, map(str.strip, value.split(","))):
        old, mark, new = (part.strip() for part in entry.partition("="))
        if not (old and mark and new):
            raise UsageError("usage_registries", value=entry[:60])
        pairs.append((old, new))
    return tuple(pairs)
