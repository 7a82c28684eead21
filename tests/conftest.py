"""What tests of the service share: its data folder, people, clients, a cluster, a small dump.

The folder is chosen here, before the settings are read, so that no test touches the data of an installation.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OWN_DATA = "DATA_DIR" not in os.environ
if _OWN_DATA:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="migrator-tests-")

import pytest  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent

SMALL_DUMP = b"""apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata: {name: node-1, uid: n1}
  status:
    addresses: [{type: InternalIP, address: 10.0.0.11}, {type: ExternalIP, address: 203.0.113.7}]
    nodeInfo: {kubeletVersion: v1.13.10-r0, containerRuntimeVersion: "docker://18.9.0"}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web, namespace: shop, uid: d1}
  spec:
    replicas: 2
    selector: {matchLabels: {app: web}}
    template:
      metadata: {labels: {app: web}}
      spec:
        containers:
        - {name: web, image: "nginx:1.15", env: [{name: DB_PASSWORD, value: plain-marker-7f3a}]}
- apiVersion: v1
  kind: Secret
  metadata: {name: db, namespace: shop, uid: s1}
  type: Opaque
  data: {password: cGxhaW4tbWFya2VyLTdmM2E=}
"""
# Stands in SMALL_DUMP as a value of an environment variable and, in base64, of a Secret.
MARKED_SECRET = b"plain-marker-7f3a"
MARKED_SECRET_BASE64 = b"cGxhaW4tbWFya2VyLTdmM2E="


@pytest.fixture(scope="session", autouse=True)
def _data_folder() -> Iterator[None]:
    yield
    if _OWN_DATA:
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)


@pytest.fixture
def data_folder(settings, tmp_path) -> Path:
    """A spool folder of this test alone."""
    settings.SPOOL_DIR = tmp_path / "spool"
    return tmp_path


@pytest.fixture
def fresh_cache() -> Iterator[None]:
    """Counters of the login's throttle start from nothing."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def manager(db):
    """A solution manager: may use the API, and the admin as far as permissions are given."""
    from django.contrib.auth.models import User

    return User.objects.create_user("manager", password="correct horse battery", is_staff=True)


@pytest.fixture
def administrator(db):
    from django.contrib.auth.models import User

    return User.objects.create_superuser("administrator", password="correct horse battery")


@pytest.fixture
def anonymous_api():
    from rest_framework.test import APIClient

    return APIClient(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def api(manager):
    """The API as the manager sees it, in English."""
    from rest_framework.test import APIClient

    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.force_authenticate(manager)
    return client


@pytest.fixture
def admin_pages(administrator, client):
    client.force_login(administrator)
    return client


@pytest.fixture
def cluster(manager):
    from apps.inventory.services import cluster_create

    return cluster_create(actor=manager, name="old-cluster", region="cn-sh1")


@pytest.fixture
def small_dump(tmp_path) -> Path:
    """A file with one node, one Deployment and one Secret, whose value is ``MARKED_SECRET``."""
    path = tmp_path / "dump" / "all.yaml"
    path.parent.mkdir()
    path.write_bytes(SMALL_DUMP)
    return path


@pytest.fixture
def no_broker(monkeypatch, db):
    """Announcements are noted instead of sent; the list holds the ids."""
    from apps.operations.tasks import run

    announced: list[str] = []
    monkeypatch.setattr(run, "apply_async", lambda args: announced.append(args[0]))
    return announced


@pytest.fixture
def imported(cluster, manager, small_dump, data_folder, no_broker):
    """The snapshot of ``small_dump``, imported by the runner as a worker would."""
    from apps.inventory.models import Snapshot
    from apps.inventory.services import import_start_from_paths
    from apps.operations.runner import run_operation

    operation = import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    assert run_operation(str(operation.uid))
    return Snapshot.objects.get(operation=operation)
