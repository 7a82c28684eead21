"""Objects as YAML text."""

from __future__ import annotations

import re
from typing import Any

import yaml

Manifest = dict[str, Any]


class _Dumper(yaml.CSafeDumper):
    """Block style, and quotes round every text that a YAML 1.1 or 1.2 reader could take for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*|/[A-Za-z0-9._/-]+|\d+(Ki|Mi|Gi|Ti|Pi)")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def manifest_text(*objects: Manifest) -> str:
    """The objects as one YAML text of several documents; keys stay in their order, equal objects give equal bytes."""
    return "---\n".join(
        yaml.dump(o, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096)
        for o in objects
    )
