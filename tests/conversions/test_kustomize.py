"""What kustomize makes of bundles: every folder builds, and nothing runs before somebody lets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.conversion.bundle import convert_all
from migrator.conversion.waves import ONCE
from migrator.snapshot.read import read_paths
from migrator.versions import Version
from tests.conversions.kustomize import built, identity, objects_of, valid_objects, write
from tests.conversions.support import POD, TEMPLATE, an

SAMPLE = Path(__file__).parents[2] / "docs" / "sample" / "yunhe-mall"


@pytest.mark.parametrize("target", ["1.22", "1.25", "1.29", "1.32"])
def test_every_folder_of_the_sample_builds(tmp_path: Path, target: str) -> None:
    bundle = convert_all(read_paths([SAMPLE]), Version.parse("1.15"), Version.parse(target), shipped_catalog())
    write(bundle, tmp_path)

    folders = sorted(p.parent for p in tmp_path.rglob("kustomization.yaml"))
    found = {folder: {identity(m) for m in built(folder)} for folder in folders}

    assert found[tmp_path] | found.get(tmp_path / ONCE, set()) == valid_objects(bundle)
    for folder, objects in found.items():
        below = {identity(m) for path, m in objects_of(bundle) if folder in (tmp_path / path).parents}
        assert folder == tmp_path or objects == below


NAMES = ("on", "1e3", "null", "0x1f", "a" * 253, "web.v1", "con")
CRON_JOB_NAMES = tuple(name[:52] for name in NAMES)


@pytest.mark.parametrize("namespace", ["shop", "true", "12"])
def test_names_that_yaml_reads_otherwise(converted: Any, tmp_path: Path, namespace: str) -> None:
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
    job = {"spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}}
    deployments = [an("Deployment", "apps/v1", name, namespace=namespace, spec=spec) for name in NAMES]
    cron_jobs = [
        an("CronJob", "batch/v1beta1", name, namespace=namespace, spec={"schedule": "@daily", "jobTemplate": job})
        for name in CRON_JOB_NAMES
    ]
    _, bundle = converted(*deployments[:1], "1.29", *deployments[1:], *cron_jobs)
    write(bundle, tmp_path / "bundle")

    objects = built(tmp_path / "bundle")

    assert {m["metadata"]["name"] for m in objects if m["kind"] == "Deployment"} == set(NAMES)
    assert {m["metadata"]["name"] for m in objects if m["kind"] == "CronJob"} == set(CRON_JOB_NAMES)
    assert {m["spec"]["replicas"] for m in objects if m["kind"] == "Deployment"} == {0}
    assert {m["spec"]["suspend"] for m in objects if m["kind"] == "CronJob"} == {True}
    assert {m["spec"]["replicas"] for _, m in objects_of(bundle) if m["kind"] == "Deployment"} == {3}
