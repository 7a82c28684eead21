"""Which sentence keys the code names: as whole literals, as families built from a value, as codes of errors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = ("migrator", "apps", "config")
_KEY = re.compile(r"[a-z_]+(\.[a-z0-9_-]+)+")
_ANY = r"[a-z0-9_.-]+"
_ERRORS = re.compile(r"\w*(Error|Refused|Problem)")


class Named:
    """Everything in the code that can be a key."""

    def __init__(self, first_parts: set[str]) -> None:
        self.literals: dict[str, str] = {}  # key -> where it stands
        self.families: dict[str, str] = {}  # pattern -> where it stands
        self.errors: dict[str, str] = {}  # error code -> where it stands
        self.parts: set[str] = set()  # patterns of built text that may be a part of a key
        self.words: set[str] = set()  # every string of the code
        for file in sources():
            self._scan(file, first_parts)
        self._families = re.compile("|".join(f"(?:{p})" for p in sorted(self.families)) or "(?!)")
        self._parts = re.compile("|".join(f"(?:{p})" for p in sorted(self.parts)) or "(?!)")

    def _scan(self, file: Path, first_parts: set[str]) -> None:
        tree = ast.parse(file.read_text("utf-8"))
        pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if id(node) in pieces:
                continue
            place = f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.words.add(node.value)
                if _KEY.fullmatch(node.value) and node.value.partition(".")[0] in first_parts:
                    self.literals[node.value] = place
            elif isinstance(node, ast.JoinedStr):
                pattern = "".join(_pattern(part) for part in node.values)
                if re.fullmatch(r"[a-z0-9_.-]+", pattern.replace(_ANY, "").replace("\\", "")):
                    self.parts.add(pattern)
                if pattern.replace("\\", "").partition(".")[0] in first_parts and "." in pattern:
                    self.families[pattern] = place
            elif isinstance(node, ast.Call) and (code := _error_code(node)):
                self.errors[code] = place

    def built(self, key: str) -> bool:
        """Whether a family of the code can give ``key``."""
        return self._families.fullmatch(key) is not None

    def part(self, value: str) -> bool:
        """Whether the code writes or builds ``value`` as a part of a key."""
        return value in self.words or self._parts.fullmatch(value) is not None


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _pattern(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return re.escape(str(part.value)).replace("\\-", "-").replace("\\_", "_")
    return _ANY


def _error_code(call: ast.Call) -> str:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    first = call.args[0] if call.args else None
    if (
        _ERRORS.fullmatch(name)
        and name[0].isupper()
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
    ):
        return first.value if re.fullmatch(r"[a-z_]+", first.value) else ""
    return ""
