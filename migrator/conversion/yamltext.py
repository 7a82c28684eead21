"""Objects as YAML text that readers of YAML 1.1 and of 1.2 take for the same."""

from __future__ import annotations

import re
from typing import Any

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._/-]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}


def yaml_text(manifest: dict[str, Any]) -> str:
    """The manifest as one YAML document."""
    from migrator.conversion.storage import manifest_text

    return manifest_text(manifest)
