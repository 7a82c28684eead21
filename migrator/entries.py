"""Lists of entries that people write into a file of YAML or JSON, every mistake named with file and entry.

All scalars are read as text: ``on: 2026-03-01`` and ``answer: yes`` stay what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from migrator.errors import InputError, unquoted
from migrator.locale import msg

_MOST_BYTES = 1_000_000


class Entries:
    """Reads one kind of file.

    Args:
        unreadable: code of the error that names ``file`` and ``problem``.
        wrong: code of the error that names ``file``, ``entry`` and ``problem`` besides.
    """

    def __init__(self, unreadable: str, wrong: str) -> None:
        self._unreadable = unreadable
        self._wrong = wrong

    def content(self, path: Path) -> bytes:
        """The bytes of the file; raises the ``unreadable`` error."""
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise self.unreadable(path.name, "entries.os", detail=error.strerror or type(error).__name__) from error
        if len(data) > _MOST_BYTES:
            raise self.unreadable(path.name, "entries.too_large", most=_MOST_BYTES)
        return data

    def document(self, data: bytes, name: str) -> Any:
        """Lists, mappings and text; ``name`` is the file that errors speak of. Raises the ``unreadable`` error."""
        try:
            return yaml.load(data.decode("utf-8-sig"), Loader=_Loader)  # noqa: S506 - builds text only
        except UnicodeDecodeError as error:
            raise self.unreadable(name, "entries.encoding") from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or type(error).__name__
            raise self.unreadable(
                name, "entries.syntax", line=mark.line + 1 if mark else 1, detail=unquoted(problem)
            ) from error

    def texts(
        self,
        entry: Any,
        name: str,
        number: int,
        *,
        keys: Sequence[str],
        required: Sequence[str],
        lists: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The entry as stripped text by key, without what is empty; raises the ``wrong`` error.

        Args:
            keys: all that may stand in an entry.
            lists: keys whose value may be a list of text as well, or empty; they are given back as they are.
        """
        if not isinstance(entry, dict):
            raise self.wrong(name, number, "entries.no_mapping", keys=list(required))
        for key, value in entry.items():
            if key not in keys:
                raise self.wrong(name, number, "entries.unknown_key", key=str(key), keys=list(keys))
            if not isinstance(value, str) and not (key in lists and _is_texts(value)):
                raise self.wrong(name, number, "entries.no_text", key=key)
        given = {key: value for key, value in entry.items() if key in lists}
        given |= {key: value.strip() for key, value in entry.items() if key not in lists and value.strip()}
        for key in required:
            if key not in given:
                raise self.wrong(name, number, "entries.missing_key", key=key)
        return given

    def day(self, given: Mapping[str, str], key: str, name: str, number: int) -> str:
        """The value of ``key`` if it is a day written as YYYY-MM-DD, or empty; raises the ``wrong`` error."""
        value = given.get(key, "")
        try:
            if value and (len(value) != 10 or not date.fromisoformat(value)):
                raise ValueError
        except ValueError:
            raise self.wrong(name, number, "entries.date", key=key, value=value[:40]) from None
        return value

    def unreadable(self, name: str, problem: str, **values: object) -> InputError:
        return InputError(self._unreadable, file=name, problem=msg(problem, **values))

    def wrong(self, name: str, number: int, problem: str, **values: object) -> InputError:
        return InputError(self._wrong, file=name, entry=number, problem=msg(problem, **values))


class _Loader(yaml.BaseLoader):
    """Text only, and no key twice: PyYAML would keep the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key twice: {twice[0]}", node.start_mark)
        return super().construct_mapping(node, deep)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
