"""Typed readers of environment variables that fail loudly, and secrets from files.

``NAME_FILE`` names a file whose content is used for ``NAME`` (Docker and Kubernetes secrets); giving both is an error.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

_reader = environ.Env()
_KEY_NAME = re.compile(r"[\w-]{1,40}", re.ASCII)
_KEY_BYTES = 32


def text(name: str, default: str = "") -> str:
    """The variable, or the content of the file that ``<name>_FILE`` names; surrounding blanks are taken off."""
    value, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if value and file:
        raise ImproperlyConfigured(f"Set either {name} or {name}_FILE, not both.")
    if file:
        try:
            value = Path(file).read_text("utf-8")
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {file}: {error.strerror}.") from error
    return value.strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    known = {"": default, "1": True, "true": True, "yes": True, "on": True}
    known |= {"0": False, "false": False, "no": False, "off": False}
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no, on, off; it is {value!r}.")
    return known[value]


def number(name: str, default: float, *, least: float = 0) -> float:
    raw = os.environ.get(name, "").strip()
    try:
        value = float(raw) if raw else float(default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number; it is {raw!r}.") from error
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least:g}; it is {value:g}.")
    return value


def whole(name: str, default: int, *, least: int = 0) -> int:
    value = number(name, default, least=least)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value:g}.")
    return int(value)


def words(name: str) -> list[str]:
    """A comma-separated list; empty parts are dropped."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def choice(name: str, default: str, known: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}; it is {value!r}.")
    return value


def mysql(url: str) -> dict[str, object]:
    """The parts of a ``mysql://user:password@host:port/name`` address as Django wants them."""
    parts = _reader.db_url_config(url)
    if not parts.get("ENGINE", "").endswith("mysql") or not parts.get("NAME"):
        raise ImproperlyConfigured("DATABASE_URL must look like mysql://user:password@host:3306/database.")
    return dict(parts)


def key_ring(name: str) -> dict[str, bytes]:
    """Keys of 32 bytes by name, from ``name:base64`` in lines or between commas; empty where nothing is set."""
    keys: dict[str, bytes] = {}
    for entry in text(name).replace(",", "\n").split():
        label, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not _KEY_NAME.fullmatch(label) or len(key) != _KEY_BYTES or label in keys:
            # The entry itself is a secret and is not repeated.
            raise ImproperlyConfigured(
                f"{name}: entry {len(keys) + 1} must be name:key, the name up to 40 letters, digits, - or _ and used "
                "once, the key 32 bytes in base64, as printed by: openssl rand -base64 32"
            )
        keys[label] = key
    return keys


def kept_secret(file: Path) -> str:
    """The secret in ``file``; drawn at the first call and readable by its owner alone.

    Two processes that start at the same time agree: the file is linked into place only where there is none.
    """
    if not file.exists():
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as output:
            output.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text("ascii").strip()
