"""The kubelet: its command line (``ps`` or ``/proc/PID/cmdline``) and its configuration file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from migrator.catalog.model import SettingCategory
from migrator.snapshot.readers import yamldoc
from migrator.snapshot.readers.node_facts.form import BadNodeFileError, Form, Given, plain_lines
from migrator.snapshot.redaction import MASK, mask_option
from migrator.snapshot.values import text

_KUBELET = SettingCategory.KUBELET
_COMMAND = re.compile(r"(?:\S+\s+\d+\s.*\s|\d+\s.*\s|)(?:\S*/)?kubelet\s+(?P<arguments>--?[a-z].*)")
_PROGRAM = re.compile(r"(?:\S*/)?kubelet")
_ARGUMENT = re.compile(r"--?(?P<name>[a-z][\w-]*)(?:=(?P<value>\S*)|\s+(?P<next>[^\s-]\S*))?")
_KIND = re.compile(rb"^kind:[ \t]*[\"']?KubeletConfiguration\b", re.MULTILINE)
_GROUP = re.compile(rb"^apiVersion:[ \t]*[\"']?kubelet\.config\.k8s\.io/", re.MULTILINE)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Fields of the file whose argument has another name than the field in small letters.
_ARGUMENT_OF = {
    "event-record-qps": "event-qps",
    "image-gc-high-threshold-percent": "image-gc-high-threshold",
    "image-gc-low-threshold-percent": "image-gc-low-threshold",
    "kube-apiqps": "kube-api-qps",
    "registry-pull-qps": "registry-qps",
}


def argument_of(field: str) -> str:
    """``kubeAPIQPS`` of the configuration file is ``kube-api-qps`` on the command line."""
    name = _CAPITAL.sub("-", field).lower()
    return _ARGUMENT_OF.get(name, name)


def arguments(line: str) -> Iterator[Given]:
    """The arguments of one command line, without their dashes."""
    for found in _ARGUMENT.finditer(line):
        value = found["value"] if found["value"] is not None else found["next"] or "true"
        yield _given(found["name"], value.strip("\"'"))


def _given(key: str, value: str, *, always: bool = False) -> Given:
    masked = mask_option(key, value)
    return Given(_KUBELET, key, masked, secret=MASK in masked, always=always)


def of_process(data: bytes) -> bool:
    """Whether it is the ``cmdline`` of a kubelet, its arguments separated by zeros."""
    program = data[:4096].partition(b"\0")[0]
    return b"\0" in data[:4096] and program.rpartition(b"/")[2] == b"kubelet"


def is_configuration(head: bytes) -> bool:
    return _KIND.search(head) is not None and _GROUP.search(head) is not None


def _is_command(lines: Sequence[str]) -> bool:
    alone = _PROGRAM.fullmatch(lines[0]) and len(lines) > 1 and lines[1].startswith("-")
    return bool(alone) or any(_COMMAND.fullmatch(line) for line in lines)


def _command(content: str, _name: str) -> Iterator[Given]:
    lines = plain_lines(content.replace("\\\n", " "))
    if lines and _PROGRAM.fullmatch(lines[0]):  # a cmdline whose zeros became line ends
        lines = [" ".join(lines)]
    for line in lines:
        if found := _COMMAND.fullmatch(line):
            yield from arguments(found["arguments"])


def _configuration(content: str, _name: str) -> Iterator[Given]:
    for document in yamldoc.documents(content.encode()):
        try:
            value = yamldoc.parse(document.text).value
        except yamldoc.YamlError as error:
            raise BadNodeFileError(document.line + error.line - 1) from None
        if isinstance(value, dict):
            yield from _fields(value)


def _fields(value: dict[str, Any]) -> Iterator[Given]:
    for field in sorted(map(str, value)):
        given = value.get(field)
        if field in ("kind", "apiVersion") or isinstance(given, dict):
            continue
        shown = f"[{','.join(map(text, given))}]" if isinstance(given, list) else text(given)
        yield _given(argument_of(field), shown)


KUBELET_COMMAND = Form(
    "kubelet arguments",
    _KUBELET,
    _is_command,
    _command,
    paths=re.compile(r"/proc/\d+/cmdline"),
    rank=2,
    by_hand=False,
)
KUBELET_FILE = Form(
    "KubeletConfiguration",
    _KUBELET,
    lambda _lines: False,  # told by ``is_configuration``
    _configuration,
    paths=re.compile(r".*/kubelet_?-?config(?:uration)?\.ya?ml|/var/lib/kubelet/config\.yaml"),
    by_hand=False,
)
