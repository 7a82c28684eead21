"""Settings of a node inside shell commands: kernel parameters and limits that a script makes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.catalog.node_defaults import one_spaced

_SYSCTL_COMMAND = re.compile(r"\bsysctl\s+([^;&|\n]+)")
_SYSCTL_PAIR = re.compile(r"([a-z][\w-]*(?:[./][\w-]+)+)\s?=\s?[\"']?([\w.,:-]+(?: \d+(?![\w.]*=))*)")
_PROC_SYS = re.compile(r"\becho\s+(?:-n\s+)?[\"']?([\w.,:-]+)[\"']?\s*>\s*/proc/sys/([\w/.-]+)")
# A line for /etc/sysctl.conf or limits.conf, alone in a here-document or in the quotes of an echo.
_PARAMETER_LINE = re.compile(
    r"(?:^|[\"'\n])\s*((?:kernel|vm|net\.(?:core|ipv4|ipv6|netfilter|bridge|unix)|fs|user)\.[\w.-]+)\s*=\s*"
    r"([\w.,:-]+(?:[ \t]+\d+)*)\s*(?=$|[\"'\n\\])",
    re.MULTILINE,
)
_LIMIT_LINE = re.compile(
    r"(?:^|[\"'\n])\s*([*@%\w-]+)\s+(soft|hard|-)\s+(core|data|fsize|memlock|nofile|rss|stack|cpu|nproc|as|sigpending"
    r"|msgqueue|nice|rtprio)\s+(-?\w+)\s*(?=$|[\"'\n\\])",
    re.MULTILINE,
)


def sysctl_commands(script: str) -> Iterator[tuple[str, str]]:
    """(parameter, value) of every ``sysctl -w`` and every ``echo ... > /proc/sys/...``."""
    for command in _SYSCTL_COMMAND.findall(script):
        for key, value in _SYSCTL_PAIR.findall(command):
            yield _dotted(key), value
    for value, path in _PROC_SYS.findall(script):
        yield _dotted(path), value


def settings_in(script: str) -> Iterator[tuple[str, str, str]]:
    """(category, key, value) of all that a script sets, by commands or by lines that it writes into files."""
    found = set()
    for key, value in (*sysctl_commands(script), *_PARAMETER_LINE.findall(script)):
        found.add(("sysctl", key, one_spaced(value)))
    for domain, kind, item, value in _LIMIT_LINE.findall(script):
        found.add(("limits", f"{domain} {kind} {item}", value))
    yield from sorted(found)


def _dotted(key: str) -> str:
    return key.strip("/").replace("/", ".")
