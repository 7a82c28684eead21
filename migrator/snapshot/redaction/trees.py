"""A whole object with its credentials masked, in the shape it had: what the notices only name is taken out here."""

from __future__ import annotations

from typing import Any

from migrator.snapshot.redaction.drawn import looks_drawn
from migrator.snapshot.redaction.kept import mask_annotations, mask_corefile, mask_map, mask_option
from migrator.snapshot.redaction.names import is_secret_name, is_value
from migrator.snapshot.redaction.notices import arguments_hold_secret, hides_secret, is_script, named_pair
from migrator.snapshot.redaction.texts import MASK, mask_text
from migrator.snapshot.values import text_map

_ARGUMENTS = frozenset(("command", "args", "mountOptions"))
_OPTIONS = frozenset(("options", "volumeAttributes", "parameters"))  # of drivers, where a name alone is a login


def mask_tree(value: Any, key: str = "") -> Any:
    """``value``, which stands under ``key``, with every credential masked, by the rules that the notices go by.

    Maps and lists are made anew; what holds no credential is the same as before. The depth is bounded by what the JSON
    parser takes.
    """
    if isinstance(value, str):
        is_login = key == "server" and "@" in value  # of a file system: user:password@host
        return MASK if is_login or is_script(key, value) or looks_drawn(value) else mask_option(key, value)
    if isinstance(value, dict):
        return _mapping(value, key)
    if isinstance(value, list):
        return _list(value, key)
    return value


def _mapping(value: dict[str, Any], key: str) -> dict[str, Any]:
    if key == "annotations":
        return {k: MASK if looks_drawn(v) else v for k, v in mask_annotations(text_map(value)).items()}
    if key == "binaryData":
        return {k: MASK if hides_secret(k, v) else v for k, v in text_map(value).items()}
    if key in _OPTIONS and not any(isinstance(v, dict | list) for v in value.values()):
        return {**value, **_changed(text_map(value))}
    masked: dict[str, Any] = {_name(k): mask_tree(below, k) for k, below in value.items()}
    if named_pair(value):
        masked["value"] = MASK
    if is_secret_name(key):  # one credential written as a mapping: {"value": "x"}
        for name in ("value", "data", "plain", "inline"):
            if isinstance(value.get(name), str) and is_value(value[name]):
                masked[name] = MASK
    if isinstance(corefile := value.get("Corefile"), str):
        masked["Corefile"] = mask_corefile(corefile)
    return masked


def _name(key: str) -> str:
    """Keys are names of fields and files; an odd one is a URL."""
    return mask_text(key) if "@" in key or "://" in key else key


def _changed(options: dict[str, str]) -> dict[str, str]:
    """The masked ones alone, so that numbers and switches stay what they are."""
    return {k: v for k, v in mask_map(options).items() if v != options[k]}


def _list(value: list[Any], key: str) -> list[Any]:
    if key in _ARGUMENTS and all(isinstance(v, str) for v in value):
        return _arguments(value)
    if is_secret_name(key):
        return [MASK if isinstance(v, str) and is_value(v) else mask_tree(v) for v in value]
    return [mask_tree(v) for v in value]


def _arguments(arguments: list[str]) -> list[str]:
    """A command line, of which a value may be an argument of its own; in doubt all but the program is taken."""
    masked = [mask_text(a) for a in arguments]
    for place in range(1, len(masked)):
        pair = tuple(masked[place - 1 : place + 1])
        if MASK not in pair[1] and arguments_hold_secret(pair):
            masked[place] = MASK
    if arguments_hold_secret(tuple(masked)):
        return [masked[0], *(MASK for _ in masked[1:])]
    return masked
