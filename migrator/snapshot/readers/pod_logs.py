"""The logs of pods that ``kubectl cluster-info dump`` prints between its lists, or into files of their own.

They may hold anything, objects of Kubernetes among it, and nothing of it is a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.snapshot.readers import Event, Format, Problem, Refused

BEGINNING = b"==== START logs for container "
END = re.compile(rb"^==== END logs for container [^\n]*$", re.MULTILINE)
# Such a dump has only some of the kinds, and only the namespaces that were asked for.
REMARK = Problem("input_cluster_info_dump", {})
# Workloads that it leaves out: without them from elsewhere nobody knows all workloads.
NOT_IN_DUMP = (Refused("apps/v1", "StatefulSet"), Refused("batch/v1", "Job"), Refused("batch/v1beta1", "CronJob"))

_BLOCK = re.compile(
    rb"^%s[^\n]*\n.*?^==== END logs for container [^\n]*$" % re.escape(BEGINNING), re.MULTILINE | re.DOTALL
)


def without_logs(data: bytes) -> bytes:
    """``data`` with its logs emptied, lines kept."""
    return _BLOCK.sub(lambda block: b"\n" * block[0].count(b"\n"), data)


def _recognises(content: bytes, name: str) -> bool:
    return content.startswith(BEGINNING)


def _read(content: bytes, name: str) -> Iterator[Event]:
    yield REMARK


POD_LOGS = Format("pod_logs", _recognises, _read)
