"""YAML the way kubectl reads it: split into documents and list items, then parsed one by one.

kubectl reads YAML 1.1 its own way: ``yes`` and ``on`` are booleans, ``0644`` is octal, but a timestamp and ``22:30:00``
stay text. Two parsers give this reading: a fast one (ryaml) wherever the text holds nothing that it reads otherwise,
and PyYAML with kubectl's rules for the rest. Aliases that multiply and deep nesting are refused before anything is
built. Parser messages are never passed on: they may quote the input.
"""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

MAX_DEPTH = 120
MAX_ALIASED_NODES = 100_000

_ryaml = importlib.import_module("ryaml")  # publishes no types


class YamlError(Exception):
    """What is wrong with one piece of YAML: ``code`` of the sentence, 1-based line in the piece."""

    def __init__(self, code: str, line: int = 1, problem: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.problem = problem


class Chunk(NamedTuple):
    """A piece of a YAML file: a document or a list item; ``line`` is where it begins in the file, 1-based."""

    number: int
    line: int
    text: bytes
    unparted: bool = False  # it follows another object with no "---" between them


class Parsed(NamedTuple):
    """A value, and the places in it at which something is to be said, each with its 1-based line."""

    value: Any
    duplicates: tuple[tuple[str, int], ...] = ()  # keys given twice with different values
    constants: tuple[tuple[str, int], ...] = ()  # NaN and infinity, which JSON does not know: read as null


class SplitList(NamedTuple):
    head: Chunk  # the document without its items
    items: tuple[Chunk, ...]


_AFTER_SEPARATOR = re.compile(rb"[ \t\r\n]|\Z")
_CONTENT = re.compile(rb"^(?!---[ \t]*\r?$)[ \t]*[^#%\s]", re.MULTILINE)
_HEADING = re.compile(rb"^(apiVersion|kind):(?=[ \t\r\n])", re.MULTILINE)
_CONTENTS = re.compile(rb"^(?:metadata|items):", re.MULTILINE)
_ITEMS = re.compile(
    rb"^items:[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?P<indent> *)-(?=[ \r\n])", re.MULTILINE
)

_ANCHOR = re.compile(rb"(?:^|[\s\[{,:-])&([^\s,\[\]{}]+)")
_ALIAS = re.compile(rb"(?:^|[\s\[{,:-])\*([^\s,\[\]{}]+)")
_BRACKETS = re.compile(rb"[\[\]{}]")

# Where the fast parser and kubectl disagree: merge keys, YAML 1.1 booleans, octal and grouped integers, tags.
_MERGE = re.compile(rb"<<[ \t]*:")
# A pattern for each character that a value may stand behind: what begins with a single one is found in half the time.
_KUBECTL_ONLY = tuple(
    re.compile(
        before + rb"[ \t]+(?=[yYnNoO0-9+\-.!])(?:"  # how they begin: most values are done with here
        rb"(?:[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF"
        rb"|[-+]?0[0-9_]+|[-+]?0b[01_]+|[-+]?[1-9][0-9]*_[0-9_]+|[-+]?\.(?:[iI]nf|INF|[nN]a[nN]|NAN)|!\S*)"
        rb"[ \t]*(?:[#,\]}\r\n]|\Z)"
        rb"|![^ \t]*[ \t])"
    )
    for before in (rb":", rb"-", rb",", rb"\[", rb"\{", rb"\?")
)


def documents(data: bytes) -> Iterator[Chunk]:
    """The documents of a stream that hold anything but comments, numbered from 1.

    Objects that follow each other without ``---``, as outputs of kubectl do that were written into one file, count as
    documents of their own.
    """
    starts = [(0, 0)]
    for mark in _separators(data):
        # "---" stays with its document (a value may follow on the line), "..." belongs to neither.
        starts.append((mark, mark if data[mark : mark + 1] == b"-" else mark + 3))
    number, line, counted = 0, 1, 0
    for index, (_, start) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(data)
        line += data.count(b"\n", counted, start)
        counted = start
        piece = data[start:end]
        if _CONTENT.search(piece):
            for first, last in itertools.pairwise((0, *_unparted(piece), len(piece))):
                number += 1
                yield Chunk(number, line + piece.count(b"\n", 0, first), piece[first:last], first > 0)


def _unparted(piece: bytes) -> list[int]:
    """Where in a document another object begins: its kind or API version stands there for the second time."""
    if piece.count(b"\napiVersion:") + piece.startswith(b"apiVersion:") < 2:
        return []
    cuts, seen = [], set[bytes]()
    for found in _HEADING.finditer(piece):
        if found[1] in seen:
            cuts.append(found.start())
            seen.clear()
        seen.add(found[1])
    edges = itertools.pairwise((0, *cuts, len(piece)))
    return cuts if all(_is_whole(piece[start:stop]) for start, stop in edges) else []


def _is_whole(piece: bytes) -> bool:
    return len(set(_HEADING.findall(piece))) == 2 and _CONTENTS.search(piece) is not None


def _separators(data: bytes) -> list[int]:
    """Where ``---`` or ``...`` stands alone at the beginning of a line."""
    found = [0] if data.startswith((b"---", b"...")) else []
    for mark in (b"\n---", b"\n..."):
        position = data.find(mark)
        while position >= 0:
            found.append(position + 1)
            position = data.find(mark, position + 1)
    return sorted(p for p in found if _AFTER_SEPARATOR.match(data, p + 3))


def split_list(document: Chunk) -> SplitList | None:
    """Cut a document at the items of a block list under a top-level ``items:``; None where there is none."""
    text = document.text
    found = _ITEMS.search(text)
    if found is None:
        return None
    indent = len(found["indent"])
    first = found.start("indent")
    end = _end_of_list(text, first, indent)
    # The end of a line is found many times faster than a place that has one before it.
    mark = re.compile(rb"\n {%d}-(?=[ \r\n])" % indent)
    marks = [m.start() + 1 for m in mark.finditer(text, first - 1, end)]
    items, line, counted = [], document.line, 0
    for start, stop in zip(marks, [*marks[1:], end], strict=True):
        line += text.count(b"\n", counted, start)
        counted = start
        items.append(
            Chunk(document.number, line, text[start : start + indent] + b" " + text[start + indent + 1 : stop])
        )
    head = Chunk(document.number, document.line, text[: found.start()] + text[end:])
    return SplitList(head, tuple(items))


def _end_of_list(text: bytes, first: int, indent: int) -> int:
    shallower = rb"|\n {0,%d}-" % (indent - 1) if indent else rb""
    after = re.compile(rb"\n {0,%d}[^ \-#\r\n]%s" % (indent, shallower)).search(text, first + indent + 1)
    return after.start() + 1 if after else len(text)


def leads_across(items: tuple[Chunk, ...]) -> bool:
    """Whether an item refers to an anchor of another one, so that it cannot be understood alone."""
    anchors: set[bytes] = set()
    for item in items:  # an anchor stands before its aliases
        if b"*" in item.text and not anchors.isdisjoint(_ALIAS.findall(item.text)):
            return True
        if b"&" in item.text:
            anchors.update(_ANCHOR.findall(item.text))
    return False


def parse(text: bytes) -> Parsed:
    """One document.

    Raises:
        YamlError: ``input_`` with ``encoding``, ``yaml_broken``, ``alias_bomb``, ``too_deep`` or ``complex_key``.
    """
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        raise YamlError("input_encoding", text.count(b"\n", 0, error.start) + 1) from None
    if not (_MERGE.search(text) or any(p.search(text) for p in _KUBECTL_ONLY) or _may_be_deep(text)):
        try:
            return Parsed(_ryaml.loads(decoded))
        except (_ryaml.InvalidYamlError, ValueError):
            pass  # the careful parser below says what is wrong, and where
    return _parse_carefully(decoded)


def _may_be_deep(text: bytes) -> bool:
    """Whether so many brackets stand open at once that the fast parser could take minutes over them."""
    if text.count(b"[") + text.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def has_torn_words(text: str) -> bool:
    """Whether a word without quotes holds a quote, or is missing: in damaged JSON, a string torn apart or a lost value.

    Raises:
        YamlError: the text is no YAML.
    """
    try:
        events = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        raise YamlError("input_yaml_broken", 1, "syntax") from None
    return any(isinstance(e, yaml.ScalarEvent) and not e.style and (not e.value or '"' in e.value) for e in events)


def _parse_carefully(text: str) -> Parsed:
    try:
        _guard(text)
        loader = KubectlLoader(text)
        try:
            value = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlError("input_yaml_broken", line, _safe_problem(error.problem)) from None
    except yaml.YAMLError:
        raise YamlError("input_yaml_broken", 1, "invalid character") from None
    except ValueError:  # an integer with more digits than Python converts
        raise YamlError("input_yaml_broken", 1, "number too long") from None
    return Parsed(value, tuple(loader.duplicates), tuple(loader.constants))


def _safe_problem(problem: str | None) -> str:
    """The parser's words without what they quote from the input."""
    return re.sub(r"(?<=alias|nchor) .*|'[^']{2,}'|\"[^\"]{2,}\"", "", problem or "").strip()


def _guard(text: str) -> None:
    """Refuse deep nesting and aliases that multiply, looking at events only."""
    count = _NodeCount()
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        problem = count.take(event)
        if problem:
            raise YamlError(problem, event.start_mark.line + 1 if event.start_mark else 1)


class _NodeCount:
    """How many nodes a document would have with every alias written out."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}  # of finished anchored nodes
        self.open: list[tuple[str | None, int]] = []  # anchor and nodes before, of the collections we are in
        self.total = 0
        self.aliased = 0

    def take(self, event: yaml.Event) -> str:
        """Count one event; the code of the problem where it goes too far, otherwise empty."""
        if isinstance(event, yaml.CollectionStartEvent):
            self.open.append((event.anchor, self.total))
            self.total += 1
            return "input_too_deep" if len(self.open) > MAX_DEPTH else ""
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self.open.pop()
            if anchor:
                self.sizes[anchor] = self.total - before
        elif isinstance(event, yaml.ScalarEvent):
            self.total += 1
            if event.anchor:
                self.sizes[event.anchor] = 1
        elif isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor or "")
        return ""

    def _alias(self, anchor: str) -> str:
        size = self.sizes.get(anchor, 1)
        self.total += size
        self.aliased += size
        refers_to_itself = any(name == anchor for name, _ in self.open)
        return "input_alias_bomb" if refers_to_itself or self.aliased > MAX_ALIASED_NODES else ""


class KubectlLoader(yaml.CSafeLoader):
    """PyYAML with the implicit types of kubectl; keys are text, a key given twice and what is no number are noted."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.duplicates: list[tuple[str, int]] = []
        self.constants: list[tuple[str, int]] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        if isinstance(node, yaml.MappingNode):
            own = {id(key) for key, _ in node.value}
            self.flatten_mapping(node)
        result: dict[Any, Any] = {}
        given: set[str] = set()
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlError("input_complex_key", key_node.start_mark.line + 1)
            key = key_node.value
            value = self.construct_object(value_node, deep=True)
            if key in given and result[key] != value:
                self.duplicates.append((key[:60], key_node.start_mark.line + 1))
            if id(key_node) in own:  # keys merged by "<<" come first and are meant to be overridden
                given.add(key)
            result[key] = value
        return result


def _construct_mapping(loader: KubectlLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node, deep=True)


def _construct_int(loader: KubectlLoader, node: yaml.ScalarNode) -> int:
    digits = node.value.replace("_", "").lower()
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-")
    base = {"0x": 16, "0b": 2, "0o": 8}.get(digits[:2], 8 if len(digits) > 1 and digits[0] == "0" else 10)
    return sign * int(digits, base)


def _construct_float(loader: KubectlLoader, node: yaml.ScalarNode) -> float | None:
    if node.value.lower().lstrip("+-") in (".nan", ".inf"):
        loader.constants.append((node.value, node.start_mark.line + 1))
        return None
    value = loader.construct_yaml_float(node)
    return float(value)


def _construct_any(loader: KubectlLoader, node: yaml.Node) -> Any:
    """A value with a tag that Kubernetes does not know: the tag is left out of account, as kubectl does."""
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


def _resolve(tag: str, pattern: str, starts: str) -> None:
    KubectlLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(starts))


_resolve("bool", "y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", "yYnNtTfFoO")
_resolve("int", r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)", "-+0123456789")
_resolve(
    "float",
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    "-+.0123456789",
)
_resolve("null", "~|null|Null|NULL", "~nN")
KubectlLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
_resolve("merge", "<<", "<")
KubectlLoader.bool_values = dict.fromkeys(("y", "yes", "true", "on"), True) | dict.fromkeys(
    ("n", "no", "false", "off"), False
)
KubectlLoader.yaml_constructors = {
    tag: yaml.CSafeLoader.yaml_constructors[f"tag:yaml.org,2002:{name}"]
    for name, tag in ((n, f"tag:yaml.org,2002:{n}") for n in ("null", "bool", "str", "seq"))
}
KubectlLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)
KubectlLoader.add_constructor("tag:yaml.org,2002:float", _construct_float)
KubectlLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
KubectlLoader.add_constructor(None, _construct_any)
