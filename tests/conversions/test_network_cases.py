"""Published Services and Ingresses of CCE for several targets and both kinds of load balancers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from migrator.conversion.model import Options
from migrator.conversion.network import Converted, convert_ingress, convert_service
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths
from migrator.versions import Version

pytestmark = pytest.mark.cases


def all_converted(snapshot: Snapshot, target: str, options: Options) -> list[Converted]:
    services = {(s.namespace, s.name): s for s in snapshot.services}
    ingresses = {(i.ref.namespace, i.ref.name): i for i in snapshot.ingresses}
    found = []
    for manifest in snapshot.manifests:
        ref, body = manifest.ref, orjson.loads(memoryview(manifest.body))
        place, version = (ref.namespace, ref.name), Version.parse(target)
        if ref.kind == "Service":
            facts: Any = services[place]
            made = convert_service(ref, body, version, options, kind=facts.load_balancer, public=facts.public)
        elif ref.kind == "Ingress":
            facts = ingresses[place]
            made = convert_ingress(ref, body, version, options, kind=facts.load_balancer, public=facts.public)
        else:
            continue
        found.append(made)
    return found


@pytest.mark.parametrize("balancer", ["shared", "dedicated"])
@pytest.mark.parametrize("target", ["1.17", "1.22", "1.25", "1.29", "1.32"])
def test_services_and_ingresses_of_published_pages(real_inputs: Path, target: str, balancer: Any) -> None:
    """One file after the other, because the pages use the same names again and again."""
    kinds: Counter[str] = Counter()
    for file in sorted((real_inputs / "B14-otc-elb-services-ingress").rglob("*.yaml")):
        snapshot = read_paths([file])
        options = Options(balancer=balancer)
        for made in all_converted(snapshot, target, options):
            kinds[made.body["kind"]] += 1
            annotations = made.body["metadata"].get("annotations", {})
            balanced = made.body["kind"] == "Ingress" or made.body["spec"]["type"] == "LoadBalancer"
            if balanced:
                assert ("kubernetes.io/elb.id" in annotations) != ("kubernetes.io/elb.autocreate" in annotations)
                assert annotations["kubernetes.io/elb.class"] in ("union", "performance")
            if "kubernetes.io/elb.autocreate" in annotations:
                json.loads(annotations["kubernetes.io/elb.autocreate"])
            if "FILL-IN" in str(made.body):
                assert any(note.open for note in made.notes), file.name
            assert not {"status", "property", "loadBalancerIP"} & _fields(made.body), file.name
    assert kinds == {"Service": 24, "Ingress": 38}


def _fields(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_fields(v) for v in value.values()))
    return set().union(*(_fields(v) for v in value)) if isinstance(value, list) else set()


def test_an_ingress_without_paths_and_with_a_default_backend(real_inputs: Path) -> None:
    snapshot = read_paths([real_inputs / "A01-gke114-get-all"])
    made = {c.body["metadata"]["name"]: c for c in all_converted(snapshot, "1.25", Options())}["book-web-ingress"]
    assert made.body["spec"]["defaultBackend"]["service"]["name"]
    for rule in made.body["spec"].get("rules", []):
        for path in rule["http"]["paths"]:
            assert (path["path"], path["pathType"]) == ("/", "ImplementationSpecific")
