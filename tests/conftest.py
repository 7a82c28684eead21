"""What tests of the service share: their own data folder, people, clients, a cluster, a small dump."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

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

# Headers of a request for Django's test clients.
CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN"}
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


def pytest_configure(config: pytest.Config) -> None:
    # Static files are served from the packages here; nobody has collected them.
    config.addinivalue_line("filterwarnings", "ignore:No directory at:UserWarning")


@pytest.fixture(scope="session", autouse=True)
def own_data_folder() -> Iterator[Path | None]:
    """Spool, messages and the SQLite database of this run alone: nothing touches an installation or another run.

    Settings are read before any conftest, so they are changed here; without Django there is nothing to change.
    """
    if "django" not in sys.modules:
        yield None
        return
    from django.conf import settings

    folder = Path(tempfile.mkdtemp(prefix="migrator-tests-"))
    settings.DATA_DIR, settings.SPOOL_DIR, settings.EVIDENCE_DIR = folder, folder / "spool", folder / "evidence"
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        _move_broker(settings.CELERY_BROKER_TRANSPORT_OPTIONS, folder / "broker")
    _move_cache(settings.CACHES["default"])
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _move_broker(options: dict[str, object], folder: Path) -> None:
    from celery import current_app

    for name, part in (("data_folder_in", "queue"), ("data_folder_out", "queue"), ("control_folder", "control")):
        (folder / part).mkdir(parents=True, exist_ok=True)
        options[name] = str(folder / part)
    current_app.conf.broker_transport_options = options


def _move_cache(options: dict[str, str]) -> None:
    """A database of Redis for each process of the run: emptying the cache empties all of its database."""
    from django.core.cache import caches

    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    address, slash, database = options.get("LOCATION", "").rpartition("/")
    if worker and address.startswith(("redis:", "rediss:")) and slash and database.isdigit():
        options["LOCATION"] = f"{address}/{int(database) + 1 + int(worker)}"
        with suppress(AttributeError):  # nothing has used it so far
            del caches["default"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(own_data_folder, request) -> None:
    """The SQLite database of the tests is a file, so that tests with threads meet the locking of the service."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(own_data_folder / "test.sqlite3")
    request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")


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
def quick_passwords(settings) -> None:
    """The shipped hashing is slow on purpose; here it would be most of the time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def manager(db, quick_passwords):
    """A solution manager: works on clusters and plans over REST, and uses the admin as far as its own pages allow."""
    from django.contrib.auth.models import Permission, User

    user = User.objects.create_user("manager", password="correct horse battery", is_staff=True)
    rights = {
        "inventory": ("cluster", "correction", "addressuse", "nodesetting"),
        "planning": ("plan",),
        "checklists": ("attestation", "waiver"),
        "operations": ("operation",),
    }
    for app, models in rights.items():
        kinds = Permission.objects.filter(content_type__app_label=app, content_type__model__in=models)
        user.user_permissions.add(*kinds.filter(codename__regex="^(add|change|delete|view)_"))
    return user


@pytest.fixture
def stranger(db, quick_passwords):
    """May enter the admin, and nothing in it until a test gives a permission."""
    from django.contrib.auth.models import User

    return User.objects.create_user("stranger", password="correct horse battery", is_staff=True)


@pytest.fixture
def administrator(db, quick_passwords):
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
    monkeypatch.setattr(run, "apply_async", lambda args, queue: announced.append(args[0]))
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


@pytest.fixture(scope="session")
def real_inputs() -> Path:
    """The folder of real inputs beside the project."""
    folder = ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip(f"the real inputs are not beside the project ({folder.parent.name}/{folder.name})")
    return folder
