"""Which function does which kind of operation. Each app registers its own in its ``operations.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import Model

if TYPE_CHECKING:
    from apps.operations.models import Operation
    from apps.operations.runner import Run

Handler = Callable[["Run"], None]
Ended = Callable[["Operation"], None]
Housekeeping = Callable[[], object]


@dataclass(frozen=True)
class Product:
    """Where what an operation has made can be looked at: the words of the link, and its address for a result."""

    label: Any
    page: Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Kind:
    """``ended`` is called in the very transaction that ends the operation, whichever way it ends."""

    name: str
    label: Any
    handler: Handler
    ended: Ended | None = None
    product: Product | None = None


_kinds: dict[str, Kind] = {}
_housekeeping: list[Housekeeping] = []
_targets: dict[str, type[Model]] = {}


def operation_kind(
    name: str, *, label: Any, ended: Ended | None = None, product: Product | None = None
) -> Callable[[Handler], Handler]:
    """Register ``handler(run)`` for operations of kind ``name``.

    The handler reads and computes without a transaction, then enters ``with run.outcome() as outcome:`` once, writes
    its rows there and may set ``outcome.result``. It may be called again after a lost worker, so nothing outside of
    that block may have an effect that lasts.
    """

    def register(handler: Handler) -> Handler:
        if name in _kinds:
            raise ValueError(f"operation kind {name} is registered twice")
        _kinds[name] = Kind(name, label, handler, ended, product)
        return handler

    return register


def operation_target(word: str, model: type[Model]) -> None:
    """What ``word:<uid>`` stands for as the target of an operation: the row of that ``uid``."""
    _targets[word] = model


def target_of(target: str) -> Model | None:
    """What an operation works on; None where it is gone, or nothing is registered under its word."""
    word, _, uid = target.partition(":")
    model = _targets.get(word)
    try:
        return None if model is None else model._default_manager.filter(uid=uid).first()
    except ValidationError:  # no uid
        return None


def housekeeping(task: Housekeeping) -> Housekeeping:
    """Register something the sweeper does now and then, such as removing files that nobody knows any more."""
    _housekeeping.append(task)
    return task


def kind_of(name: str) -> Kind | None:
    return _kinds.get(name)


def kind_label(name: str) -> str:
    kind = _kinds.get(name)
    return str(kind.label) if kind else name


def housekeeping_tasks() -> tuple[Housekeeping, ...]:
    return tuple(_housekeeping)
