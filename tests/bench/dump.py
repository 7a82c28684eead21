"""Writes the large cluster as ``kubectl get -o json`` and ``-o yaml`` print it: one ``List``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from tests.bench.cluster import objects

_QUOTED = re.compile(r"[-+.]?[0-9][0-9_.eExXoO]*|true|false|yes|no|on|off|null|[yn~]|", re.IGNORECASE)


def write_json(path: Path, scale: float) -> None:
    """Four spaces, keys sorted, items twice indented."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{\n    "apiVersion": "v1",\n    "items": [\n')
        for position, body in enumerate(objects(scale)):
            printed = json.dumps(body, indent=4, sort_keys=True, ensure_ascii=False)
            file.write((",\n" if position else "") + "        " + printed.replace("\n", "\n        "))
        file.write('\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n')


def write_yaml(path: Path, scale: float) -> None:
    """Items at column 0, keys sorted, text of several lines as a block, text that looks like a number in quotes."""
    with path.open("w", encoding="utf-8") as file:
        file.write("apiVersion: v1\nitems:\n")
        for body in objects(scale):
            file.write(yaml.dump([body], Dumper=_Dumper, width=2**31 - 1, allow_unicode=True))
        file.write('kind: List\nmetadata:\n  resourceVersion: ""\n')


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if _QUOTED.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
