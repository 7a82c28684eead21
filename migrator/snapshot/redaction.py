"""Credentials: found and masked while reading, so that none reaches a fact.

Two halves: ``mask_*`` clean the few free texts that a fact keeps (annotations, volume attributes, the Corefile);
``*_notices`` say where in an object a credential stood, never what it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from migrator.snapshot.values import Body, annotations_of, dig, environment, mapping, mappings, sequence, text, text_map

MASK = "<masked>"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_WORD = r"(?:pass(?:word|wd|phrase)?|pwd|secrets?|tokens?|credentials?|auth|ak|sk)"
_COMPOUND = r"(?:access|secret|private|api|auth|encryption|signing)[-_. ]?keys?"
_COMPOUND += r"|rest[-_.]?user[-_.]?key|password|passwd"
_SECRET_NAME = re.compile(rf"(?i)(?:^|[^a-z]){_WORD}(?:$|[^a-z])|{_COMPOUND}|(?:token|secret|pwd)$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# A name or place of a credential is no credential: secretName, TOKEN_URL, passwordFile, tokenExpiry.
_HARMLESS_NAME = re.compile(
    r"(?i)[-_. ]?(?:names?|namespaces?|ref|file|path|dir|url|uri|endpoint|type|mode|ttl|expiry|expiration"
    r"|enabled?|header|realm|method|key[-_.]?id)$"
)

_URL_LOGIN = re.compile(r"//[^/\s:@'\"]*:[^/\s@'\"]+@")  # also of a share, which has no scheme
_URL_QUERY = re.compile(r"(?i)(?P<name>[?&;](?:sig|signature|key|shared_?key|sas)=)[^\s&;,'\"]+")
_TEXT_SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\b[Bb](?:earer|asic)\s+[\w+/=.~-]{8,}",
    re.DOTALL,
)
_ASSIGNMENT_MARKS = ("passw", "passphrase", "pwd", "secret", "token", "access", "private", "api")
_ASSIGNMENT = re.compile(
    r"(?i)(?P<word>passw(?:or)?d|passphrase|pwd|secret|token|(?:access|private|api)[-_.]?key)(?P<rest>[\w-]{0,20})"
    r"(?P<link>[\"']?\s*(?:[=:]\s*|\s(?=\S))[\"']?)(?P<value>[^\s\"',;&]+)"
)
_NAME_BEFORE = re.compile(r"[\w.-]{0,40}\Z")
_ARGUMENT = re.compile(
    r"(?i)^-{0,2}[\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|access[-_]?key|private[-_]?key|api[-_]?key)[\w-]*(?:=(?P<value>.+))?$"
)
_COREFILE_LOGIN = re.compile(
    r"(?mi)((?:^|[\s{])(?:credentials|(?:aws_)?(?:access|secret)_key|client_secret|(?:api_?)?token|password|key)[ \t])"
    r"[^\n}]*"
)
_SHARE_KEYS = frozenset(("sig", "key", "sharedkey", "shared_key", "accountkey", "account_key"))
_SNIPPET = re.compile(r"(?i)snippet|headers$|-lua")
_NAMES_A_SECRET = re.compile(r"nginx\.ingress\.kubernetes\.io/[\w-]*-secret")  # "namespace/name", not the content
_SWITCH = frozenset(("true", "false", "yes", "no", "on", "off", "0", "1"))


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a key, variable or option of this name holds a credential (and not merely its name or place)."""
    spaced = _CAMEL.sub("_", name)
    return _SECRET_NAME.search(spaced) is not None and _HARMLESS_NAME.search(spaced) is None


def holds_secret(value: str) -> bool:
    """Whether a text carries a URL with a login, a private key, a token or the like."""
    if "//" in value and _URL_LOGIN.search(value) is not None:
        return True
    if "=" in value and _URL_QUERY.search(value) is not None:
        return True
    # Most text has none of the words that the pattern begins with; ``in`` tells that much faster.
    if "PRIVATE KEY-----" in value or "eyJ" in value or "AKIA" in value or "asic" in value or "earer" in value:
        return _TEXT_SECRETS.search(value) is not None
    return False


def mask_text(value: str) -> str:
    """``value`` without logins in URLs, private keys, tokens and assigned passwords."""
    value = _URL_QUERY.sub(rf"\g<name>{MASK}", _URL_LOGIN.sub(f"//{MASK}@", value))
    value = _TEXT_SECRETS.sub(MASK, value)
    return _ASSIGNMENT.sub(lambda m: value[m.start() : m.start("value")] + MASK if _assigns_secret(m) else m[0], value)


def _assigns_secret(found: re.Match[str]) -> bool:
    before = _NAME_BEFORE.search(found.string, max(0, found.start() - 40), found.start())
    return is_secret_name((before[0] if before else "") + found["word"] + found["rest"])


def _assigns(content: str) -> bool:
    """Whether a configuration text sets a password or the like."""
    lower = content.lower()
    for mark in _ASSIGNMENT_MARKS:
        position = lower.find(mark)
        while position >= 0:
            found = _ASSIGNMENT.match(content, position)
            if found is not None and _assigns_secret(found):
                return True
            position = lower.find(mark, position + len(mark))
    return False


def mask_map(values: dict[str, str]) -> dict[str, str]:
    """Options or attributes with every credential masked, by their key and by their content."""
    return {k: MASK if v and _is_secret_option(k) else mask_text(v) for k, v in values.items()}


def _is_secret_option(name: str) -> bool:
    """Options of a volume have short names for keys that are common words anywhere else."""
    return name.lower() in _SHARE_KEYS or is_secret_name(name)


def mask_annotations(values: dict[str, str]) -> dict[str, str]:
    """Annotations to keep: as ``mask_map``, and configuration snippets are dropped whole."""
    masked = {k: MASK if _SNIPPET.search(k) else v for k, v in mask_map(values).items()}
    return {k: values[k] if _NAMES_A_SECRET.fullmatch(k) else v for k, v in masked.items()}


def mask_corefile(value: str) -> str:
    return _COREFILE_LOGIN.sub(rf"\g<1>{MASK}", mask_text(value))


def secret_notices(body: Body) -> Iterator[str]:
    """The fields of a Secret, one for each key."""
    for field in ("data", "stringData"):
        for key in sorted(map(str, mapping(body.get(field)))):
            yield f"{field}.{key}"
    if LAST_APPLIED in annotations_of(body):
        yield f"metadata.annotations.{LAST_APPLIED}"


def config_notices(body: Body) -> Iterator[str]:
    """The keys of a ConfigMap whose value looks like a credential or holds one."""
    for key, value in text_map(body.get("data")).items():
        if _named_secret(key, value) or holds_secret(value) or _assigns(value):
            yield f"data.{key}"


def _named_secret(name: str, value: str) -> bool:
    """Whether a value stands under a secret name and is more than a switch (``ALLOW_EMPTY_PASSWORD=yes``)."""
    return bool(value) and is_secret_name(name) and value.lower() not in _SWITCH


def pod_notices(pod_spec: Body) -> Iterator[str]:
    """Environment variables and arguments of a pod template that carry a credential in clear text."""
    for container in (*mappings(pod_spec.get("initContainers")), *mappings(pod_spec.get("containers"))):
        name = text(container.get("name"))
        for variable_name, value in environment(container):
            if _named_secret(variable_name, value) or holds_secret(value):
                yield f"env {variable_name} of container {name}"
        for field in ("command", "args"):
            if _arguments_hold_secret([text(a) for a in sequence(container.get(field))]):
                yield f"{field} of container {name}"


def _arguments_hold_secret(arguments: list[str]) -> bool:
    for position, argument in enumerate(arguments):
        if holds_secret(argument) or (" " in argument and _assigns(argument)):
            return True
        found = _ARGUMENT.match(argument)
        if found and is_secret_name(argument.partition("=")[0].lstrip("-")):
            following = arguments[position + 1] if position + 1 < len(arguments) else ""
            if found["value"] or (following and argument.startswith("-") and not following.startswith("-")):
                return True
    return False


def map_notices(values: dict[str, str], field: str) -> Iterator[str]:
    """The keys of options or annotations that ``mask_annotations`` masks."""
    masked = mask_annotations(values)
    for key in sorted(values):
        if masked[key] != values[key] and key != LAST_APPLIED:
            yield f"{field}.{key}"


def tree_notices(value: Any, path: str) -> Iterator[str]:
    """The fields at any depth of ``value`` with a secret name and a content (used for the JSON of the CCE API)."""
    if isinstance(value, dict):
        for key in sorted(value, key=str):
            below = f"{path}.{key}" if path else str(key)
            if is_secret_name(str(key)) and _has_content(value[key]):
                yield below
            else:
                yield from tree_notices(value[key], below)
    elif isinstance(value, list):
        for item in value:
            yield from tree_notices(item, f"{path}[]")


def _has_content(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_content(v) for v in value.values())
    if isinstance(value, list):
        return any(map(_has_content, value))
    return isinstance(value, str) and bool(value)


def cce_notices(body: Body) -> Iterator[str]:
    """Logins of nodes, keys of the authenticating proxy and secret values of add-ons in CCE API objects."""
    seen = set()
    for field in tree_notices(body.get("spec"), "spec"):
        if field not in seen:
            seen.add(field)
            yield field
    if _has_content(dig(body, "spec", "authentication", "authenticatingProxy")):
        yield "spec.authentication.authenticatingProxy"
