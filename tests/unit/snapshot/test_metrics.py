"""The API server's metrics: which deprecated APIs were asked for."""

from __future__ import annotations

import pytest

from migrator.errors import InputError
from migrator.snapshot.model import ApiUse, ApiUseSource, ObjectRef, Section, Snapshot
from tests.unit.snapshot.helpers import kube, read

HEAD = """# HELP aggregator_unavailable_apiservice [ALPHA] Gauge of APIServices which are marked as unavailable.
# TYPE aggregator_unavailable_apiservice gauge
aggregator_unavailable_apiservice{name="v1."} 0
"""
STORED = 'etcd_object_counts{resource="pods"} 31\n'


def series(group: str, version: str, resource: str, removed_release: str, value: int = 1, subresource: str = "") -> str:
    labels = {
        "group": group,
        "removed_release": removed_release,
        "resource": resource,
        "subresource": subresource,
        "version": version,
    }
    given = ",".join(f'{name}="{text}"' for name, text in labels.items())
    return f"apiserver_requested_deprecated_apis{{{given}}} {value}\n"


INGRESSES = series("extensions", "v1beta1", "ingresses", "1.22")
SERIES = (
    "# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested.\n"
    "# TYPE apiserver_requested_deprecated_apis gauge\n"
    + INGRESSES
    + series("policy", "v1beta1", "pods", "1.25", subresource="eviction")
    + series("", "v1", "componentstatuses", "")
    + series("batch", "v1beta1", "cronjobs", "1.25", value=0)
)


def looked(snapshot: Snapshot) -> bool:
    return snapshot.covers(Section.API_REQUESTS)


@pytest.mark.parametrize("text", [HEAD + STORED + SERIES, SERIES, INGRESSES + SERIES])
def test_deprecated_apis_that_were_asked_for(text: str) -> None:
    found = read(metrics=text)
    assert found.api_uses == (
        ApiUse(
            ref=ObjectRef(api_version="extensions/v1beta1", kind="ingresses"),
            source=ApiUseSource.METRICS,
            place="1.22",
            file="metrics.yaml",
        ),
        ApiUse(
            ref=ObjectRef(api_version="policy/v1beta1", kind="pods/eviction"),
            source=ApiUseSource.METRICS,
            place="1.25",
            file="metrics.yaml",
        ),
        ApiUse(
            ref=ObjectRef(api_version="v1", kind="componentstatuses"),
            source=ApiUseSource.METRICS,
            file="metrics.yaml",
        ),
    )
    assert [(i.status, i.format) for i in found.inputs] == [("read", "metrics")]
    assert looked(found)


def test_a_server_that_was_asked_for_none_was_still_looked_at() -> None:
    found = read(kube("Node", "n"), metrics=HEAD + STORED)
    assert found.api_uses == ()
    assert looked(found)
    assert [i.status for i in found.inputs] == ["read", "read"]


def test_metrics_of_other_programs_are_no_input() -> None:
    found = read(kube("Node", "n"), metrics=HEAD)
    assert not looked(found)
    assert found.inputs[1].status == "not_recognised"


@pytest.mark.parametrize(
    "text",
    ["replicas: 3\nnote: apiserver_requested_deprecated_apis\n", "{}\n# apiserver_storage_objects 1\n", "# only\n"],
)
def test_text_that_only_speaks_of_metrics_is_none(text: str) -> None:
    with pytest.raises(InputError):
        read(metrics=text)


def test_labels_that_no_api_has_are_left_out() -> None:
    odd = 'apiserver_requested_deprecated_apis{group="a\\"b",resource="x y",version="v1"} 1\n'
    assert read(metrics=INGRESSES + odd).api_uses == read(metrics=INGRESSES).api_uses
