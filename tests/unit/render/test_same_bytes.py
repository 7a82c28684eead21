"""Every format gives the same bytes in any time zone, language of the system and order of hashing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLACES = (
    {"TZ": "UTC", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "0", "HOME": "/nowhere"},
    {"TZ": "Asia/Shanghai", "LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN.UTF-8", "PYTHONHASHSEED": "4711"},
)
PROGRAM = """
import hashlib, json
from migrator.locale import LANGS
from migrator.render import FORMATS
from migrator.runbook.schedule import with_times
from tests.unit.render.samples import runbook
book = with_times(runbook("节点-web"))
made = {f"{name}-{lang}": wanted.render(book, lang) for name, wanted in FORMATS.items() for lang in LANGS}
print(json.dumps({name: hashlib.sha256(content).hexdigest() for name, content in made.items()}))
"""


def digests(place: dict[str, str]) -> dict[str, str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **place}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_format_is_the_same_everywhere() -> None:
    here, there = map(digests, PLACES)

    assert here == there
    assert len(here) >= 8
    assert hashlib.sha256().hexdigest() not in here.values()
