"""The one list of checks: filled by ``@check`` and ``@object_check`` in ``rules``, complete after the first look.

The order is the checklist's: the five categories as the course has them, inside a category by code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from pkgutil import iter_modules

import msgspec

from migrator.catalog.model import Catalog
from migrator.checks import rules
from migrator.checks.objects import Content
from migrator.checks.spec import Category, CheckContext, CheckSpec, Evaluate, Yield

Judge = Callable[[CheckContext, Content], Iterable[Yield]]

_CODE = re.compile(r"(CLU|WKL|STO|NET|OPS|API|PRE)\d{3}")
OWN_CODE = re.compile(r"USR\d{3}")  # of checks that people write
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PLACE = {category: place for place, category in enumerate(Category)}


class RegisteredCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check ready to run: its data and its judgement, of the whole at once or of each object of ``kinds``."""

    spec: CheckSpec
    evaluate: Evaluate | None = None
    judge: Judge | None = None
    kinds: frozenset[str] = frozenset()  # unknown where none of them was looked at; "*": every kind


class Registry:
    """Checks by code and slug. A malformed or taken name is a defect of our own: ``ValueError`` at import."""

    def __init__(self) -> None:
        self._by_code: dict[str, RegisteredCheck] = {}
        self._by_slug: dict[str, RegisteredCheck] = {}
        self._frozen = False

    def check(self, spec: CheckSpec, *kinds: str) -> Callable[[Evaluate], Evaluate]:
        """Register the decorated function as the judgement of ``spec``, which needs objects of ``kinds`` looked at."""

        def register(evaluate: Evaluate) -> Evaluate:
            self._enter(RegisteredCheck(spec=spec, evaluate=evaluate, kinds=frozenset(kinds)))
            return evaluate

        return register

    def object_check(self, spec: CheckSpec, *kinds: str) -> Callable[[Judge], Judge]:
        """Register the decorated function as the judgement of ``spec`` over each object of ``kinds`` (``*``: all)."""
        if not kinds:
            raise ValueError(f"{spec.code}: names no kind of object")

        def register(judge: Judge) -> Judge:
            self._enter(RegisteredCheck(spec=spec, judge=judge, kinds=frozenset(kinds)))
            return judge

        return register

    def freeze(self) -> tuple[RegisteredCheck, ...]:
        """Close the registry and return the checks in the order of the checklist."""
        self._frozen = True
        return tuple(sorted(self._by_code.values(), key=lambda c: (_PLACE[c.spec.category], c.spec.code)))

    def find(self, name: str) -> RegisteredCheck | None:
        """The check of that code or slug."""
        return self._by_code.get(name.upper()) or self._by_slug.get(name.lower())

    def _enter(self, entry: RegisteredCheck) -> None:
        self._admit(entry.spec)
        self._by_code[entry.spec.code] = self._by_slug[entry.spec.slug] = entry

    def _admit(self, spec: CheckSpec) -> None:
        if self._frozen:
            raise ValueError(f"{spec.code}: the registry is frozen; a check is registered when its module is loaded")
        if not _CODE.fullmatch(spec.code) or not _SLUG.fullmatch(spec.slug):
            raise ValueError(f"{spec.code} {spec.slug}: code or slug is malformed")
        if spec.code in self._by_code or spec.slug in self._by_slug:
            raise ValueError(f"{spec.code} {spec.slug}: code or slug is taken; they are given once and for ever")


_REGISTRY = Registry()
check = _REGISTRY.check
object_check = _REGISTRY.object_check


@cache
def all_checks() -> tuple[RegisteredCheck, ...]:
    """Every check of the product, in the order of the checklist."""
    for module in sorted(iter_modules(rules.__path__), key=lambda m: m.name):
        import_module(f"{rules.__name__}.{module.name}")
    return _REGISTRY.freeze()


def find_check(name: str) -> RegisteredCheck | None:
    """The check of that code (``CLU001``) or slug, None where there is none; case does not matter."""
    all_checks()
    return _REGISTRY.find(name)


def code_of(name: str) -> str | None:
    """The code of the check of that code or slug, None where there is none.

    Of what may be a person's own check only its form is looked at; whether there is one, its assessment knows.
    """
    if OWN_CODE.fullmatch(name.upper()):
        return name.upper()
    found = find_check(name)
    return found.spec.code if found else None


def ruleset_digest(catalog: Catalog, own: Sequence[msgspec.Struct] = ()) -> str:
    """``sha256:<hex>`` over all that decides a verdict: specs, code and sentences of the checks, and the catalog.

    ``own`` are the checks that a person wrote and that take part.

    The same on every machine: names are relative, line ends are made one, nothing depends on where the package lies.
    """
    told = f"{_code_digest()}\n{catalog.digest}".encode()
    if own:
        told += b"\n" + msgspec.json.encode(own, order="deterministic")
    return "sha256:" + hashlib.sha256(told).hexdigest()


@cache
def _code_digest() -> str:
    digest = hashlib.sha256(msgspec.json.encode([c.spec for c in all_checks()], order="deterministic"))
    sources = dict(_python_files(files("migrator.checks"), ""))
    for file in files("migrator.locale").iterdir():
        if file.name.startswith("checks") and file.name.endswith(".yaml"):
            sources[f"locale/{file.name}"] = file
    for name in sorted(sources):
        text = sources[name].read_text("utf-8").replace("\r\n", "\n")
        digest.update(f"\0{name}\0{text}".encode())
    return digest.hexdigest()


def _python_files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            found += _python_files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".py"):
            found.append((prefix + entry.name, entry))
    return found
