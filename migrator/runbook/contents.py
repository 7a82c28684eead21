"""What the kept content of workloads tells beside their facts: containers, requests, declared logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import orjson

from migrator.snapshot.model import Snapshot
from migrator.snapshot.values import dig, mappings, text

LOG_PILOT = "aliyun_logs_"
_POD = {"CronJob": ("spec", "jobTemplate", "spec", "template", "spec"), "Pod": ("spec",)}
_TEMPLATE = ("spec", "template", "spec")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Of one workload; empty where the input held its name only."""

    containers: tuple[str, ...] = ()
    without_requests: tuple[str, ...] = ()  # containers that ask for no CPU or no memory
    logs: tuple[tuple[str, str], ...] = ()  # name and path that Log-Pilot was told by the environment


def contents_of(snapshot: Snapshot) -> Mapping[str, Content]:
    """``Workload.key`` -> its content, for the business's workloads whose manifest was kept."""
    mine = {(w.ref.kind, w.ref.namespace, w.ref.name): w.key for w in snapshot.user_workloads}
    found = {}
    for manifest in snapshot.manifests:
        ref = manifest.ref
        key = mine.get((ref.kind, ref.namespace, ref.name))
        if key is not None:
            pods = dig(orjson.loads(bytes(manifest.body)), *_POD.get(ref.kind, _TEMPLATE))
            found[key] = _content(mappings(dig(pods, "containers")))
    return found


def _content(containers: list[dict[str, object]]) -> Content:
    return Content(
        containers=tuple(text(c.get("name")) for c in containers),
        without_requests=tuple(
            text(c.get("name"))
            for c in containers
            if not (dig(c, "resources", "requests", "cpu") and dig(c, "resources", "requests", "memory"))
        ),
        logs=tuple(pair for c in containers for pair in _declared(c)),
    )


def _declared(container: dict[str, object]) -> Iterator[tuple[str, str]]:
    for variable in mappings(container.get("env")):
        name = text(variable.get("name"))
        if name.startswith(LOG_PILOT) and "_" not in name.removeprefix(LOG_PILOT):
            yield name.removeprefix(LOG_PILOT), text(variable.get("value")) or "—"
