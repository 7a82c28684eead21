"""Names of objects as names of files: safe on every file system, never outside the bundle, no two the same."""

from __future__ import annotations

import hashlib
import re

_RESERVED = r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)"  # names of devices on Windows
_PLAIN = re.compile(rf"(?!{_RESERVED})[a-z0-9](?:[a-z0-9.-]{{0,98}}[a-z0-9])?")
_UNSAFE = re.compile(r"[^a-z0-9.-]+")


def safe_name(name: str) -> str:
    """The name itself where it is short and plain, else what is readable of it and a digest.

    An underscore, which no plain name holds, keeps both apart.
    """
    if _PLAIN.fullmatch(name):
        return name
    readable = _UNSAFE.sub("-", name.lower()).strip(".-")[:60].strip(".-")
    return f"{readable}_{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


class Paths:
    """Gives out paths, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._beginnings: dict[tuple[str, str, str, str], str] = {}

    def of(self, wave: str, namespace: str, kind: str, group: str, name: str) -> str:
        """``wave/namespace/kind-name.yaml``; of a custom resource ``kind.group-name``."""
        beginning = self._beginnings.get((wave, namespace, kind, group))
        if beginning is None:
            folder = f"{wave}/{safe_name(namespace)}" if namespace else wave
            prefix = safe_name(f"{kind.lower()}.{group}" if group else kind.lower())
            beginning = self._beginnings[wave, namespace, kind, group] = f"{folder}/{prefix}-"
        path = f"{beginning}{safe_name(name)}.yaml"
        if path in self._taken:  # two kinds and names that read the same when put together
            path = f"{path[:-5]}_{_digest('/'.join((kind, group, name)))}.yaml"
        self._taken.add(path)
        return path
