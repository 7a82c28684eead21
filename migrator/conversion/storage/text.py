"""Several objects as one YAML text."""

from __future__ import annotations

from typing import Any

from migrator.conversion.yamltext import yaml_text

Manifest = dict[str, Any]


def manifest_text(*objects: Manifest) -> str:
    """The objects as documents of one text, written as in the files of a bundle: equal objects give equal bytes."""
    return "---\n".join(map(yaml_text, objects))
