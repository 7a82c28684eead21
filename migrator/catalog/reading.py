"""Strict reading of one YAML file: every scalar is text, nothing is guessed, nothing is silently dropped.

The usual YAML loaders turn ``1.30`` into ``1.3`` and ``no`` into false, and keep the last of two equal keys. Here a
scalar stays the text that was written; a key given twice, an alias, a merge, an empty value and the words ``null`` and
``~`` are problems (an optional field is left out, never set to null).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec
import yaml

from migrator.locale import Msg, msg

Plain = str | list["Plain"] | dict[str, "Plain"]


class Problems:
    """Collects what is wrong, so that one run shows all of it."""

    def __init__(self) -> None:
        self._found: list[Msg] = []

    def add(self, kind: str, place: Place, **values: object) -> None:
        """One problem; its sentence is ``catalog.problem.<kind>``."""
        self._found.append(msg(f"catalog.problem.{kind}", file=place.file, field=place.field or "-", **values))

    def extend(self, found: Iterable[Msg]) -> None:
        self._found.extend(found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def as_messages(self) -> list[Msg]:
        return list(self._found)


class Place(msgspec.Struct, frozen=True):
    """A file of the catalog and a field in it, such as ``hops[0].target``."""

    file: str
    field: str = ""

    def key(self, name: str) -> Place:
        return Place(self.file, f"{self.field}.{name}" if self.field else name)

    def index(self, number: int) -> Place:
        return Place(self.file, f"{self.field}[{number}]")


def read_yaml(data: bytes, place: Place, problems: Problems) -> Plain | None:
    """The content of one file as text, lists and mappings, not to be changed; None where it cannot be read at all."""
    content, found = _read(data, place)
    problems.extend(found)
    return content


@lru_cache(maxsize=256)
def _read(data: bytes, place: Place) -> tuple[Plain | None, tuple[Msg, ...]]:
    """Content and problems: the same bytes are composed once, however often a catalog is loaded."""
    problems = Problems()
    try:
        root = yaml.compose(data.decode("utf-8"), Loader=yaml.CBaseLoader)
    except UnicodeDecodeError:
        problems.add("not_utf8", place)
        return None, tuple(problems.as_messages())
    except yaml.YAMLError as error:
        problems.add("syntax", place, problem=" ".join(str(error).split()))
        return None, tuple(problems.as_messages())
    if root is None:
        problems.add("empty_file", place)
        return None, tuple(problems.as_messages())
    content = _plain(root, place, problems, set())
    return content, tuple(problems.as_messages())


def _plain(node: yaml.Node, place: Place, problems: Problems, seen: set[int]) -> Plain | None:
    if id(node) in seen:  # the composer gives an alias as the very node it stands for
        problems.add("alias", place)
        return None
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return _text(node, place, problems)
    if isinstance(node, yaml.SequenceNode):
        items = [_plain(item, place.index(number), problems, seen) for number, item in enumerate(node.value)]
        return [item for item in items if item is not None]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, problems, seen)
    raise TypeError(f"unknown YAML node {node!r}")


def _text(node: yaml.ScalarNode, place: Place, problems: Problems) -> str | None:
    value: str = node.value
    plain = not node.style  # written without quotes
    if not value.strip() or (plain and value in {"null", "~"}):
        problems.add("empty_value", place)
        return None
    return value


def _mapping(node: yaml.MappingNode, place: Place, problems: Problems, seen: set[int]) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
        if key in found:
            problems.add("duplicate_key", place.key(key), line=key_node.start_mark.line + 1)
            continue
        value = _plain(value_node, place.key(key), problems, seen)
        if value is not None:
            found[key] = value
    return found
