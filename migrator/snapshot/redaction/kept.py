"""What facts keep of maps and free texts, cleaned: annotations, labels, options, the Corefile."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from migrator.snapshot.model import Fact, ObjectRef, SecretNotice
from migrator.snapshot.redaction.names import is_named_credential, is_secret_name, is_secret_option, is_value
from migrator.snapshot.redaction.texts import MASK, mask_text

_F = TypeVar("_F", bound=Fact)

_SNIPPET = re.compile(r"(?i)snippet|-lua|config(?:uration)?-template")
_HEADERS = re.compile(r"(?i)headers$")
_HEADER_NAMES = re.compile(r"[\w*-]{1,80}(?:[ ,/]{1,3}[\w.*-]{1,80}){0,100}")  # or "namespace/name" of a ConfigMap
# Annotations that name a Secret ("namespace/name") and do not hold its content.
_NAMES_A_SECRET = re.compile(r"(?:[\w.-]{1,100}ingress\.kubernetes\.io|haproxy\.org|konghq\.com)/[\w-]{0,80}-secret")
_NAME_OF_OBJECT = re.compile(r"[a-z0-9.-]{1,253}(?:/[a-z0-9.-]{1,253})?")
_SHORTEST_LABEL = 4
_COREFILE_LOGIN = re.compile(
    r"(?mi)((?:^|[\s{])(?:credentials|(?:aws_)?(?:access|secret)_key|client_secret|(?:api_?)?token|password|secret"
    r"|key(?![ \t]{1,8}(?:file|directory|aws)))[ \t])[^\n}]*+"
)


def mask_map(values: dict[str, str]) -> dict[str, str]:
    """Options or attributes with every credential masked, by their key and by their content."""
    return {k: MASK if is_secret_option(k) and is_value(v) else mask_text(v) for k, v in values.items()}


def mask_option(key: str, value: str) -> str:
    """The value of one option, parameter or variable of the name ``key``."""
    return MASK if is_named_credential(key, value) else mask_text(value)


def mask_labels(values: dict[str, str]) -> dict[str, str]:
    """Labels, selectors and taints: short words, of which a credential is told by its key; the same map if none is."""
    for key, value in values.items():
        if len(value) >= _SHORTEST_LABEL and (is_secret_name(key) or ":" in value or "@" in value or "=" in value):
            return {k: mask_option(k, v) for k, v in values.items()}
    return values


def mask_annotations(values: dict[str, str]) -> dict[str, str]:
    """Annotations to keep: as ``mask_map``, and snippets of configuration and headers are dropped whole."""
    return {k: mask_annotation(k, v) for k, v in values.items()}


def mask_annotation(key: str, value: str) -> str:
    match _sort_of(key):
        case _Sort.PLAIN:
            return mask_text(value)
        case _Sort.SNIPPET:
            return MASK
        case _Sort.HEADERS:
            return value if _HEADER_NAMES.fullmatch(value) else MASK
        case _Sort.NAME_OF_SECRET:
            return value if _NAME_OF_OBJECT.fullmatch(value) else MASK
        case _Sort.CREDENTIAL:
            return MASK if is_value(value) else value


class _Sort(Enum):
    PLAIN = 0
    SNIPPET = 1
    HEADERS = 2
    NAME_OF_SECRET = 3
    CREDENTIAL = 4


@lru_cache(maxsize=4096)
def _sort_of(key: str) -> _Sort:
    if _NAMES_A_SECRET.fullmatch(key):
        return _Sort.NAME_OF_SECRET
    if _SNIPPET.search(key):
        return _Sort.SNIPPET
    if _HEADERS.search(key):
        return _Sort.HEADERS
    return _Sort.CREDENTIAL if is_secret_name(key) else _Sort.PLAIN


def mask_corefile(value: str) -> str:
    return _COREFILE_LOGIN.sub(rf"\g<1>{MASK}", mask_text(value))


def mask_fact(fact: _F) -> _F:
    """A fact that a reader finished itself, every text and map of it cleaned; names of objects are left alone."""
    if isinstance(fact, ObjectRef | SecretNotice):
        return fact
    fields = {name: getattr(fact, name) for name in fact.__struct_fields__}
    changed = {name: cleaned for name, value in fields.items() if (cleaned := _cleaned(value)) != value}
    if is_secret_name(str(fields.get("key", ""))) and is_value(str(fields.get("value", ""))):  # of a setting
        changed["value"] = MASK
    return msgspec.structs.replace(fact, **changed) if changed else fact


def mask_values(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a message: names and parser's words in which a piece of the input may have come along."""
    return {key: _texts_in(value) for key, value in values.items()}


def _texts_in(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return mask_values(value)
    return [_texts_in(v) for v in value] if isinstance(value, list | tuple) else value


def _cleaned(value: Any) -> Any:
    if type(value) is str:  # members of an enumeration are no free text
        return mask_text(value)
    if isinstance(value, dict):
        return mask_map(value)
    if isinstance(value, tuple):
        return tuple(map(_cleaned, value))
    return mask_fact(value) if isinstance(value, Fact) else value
