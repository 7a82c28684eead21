"""The same marked files through the service: nothing of them in its database, files, logs, answers and pages."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.inventory.models import ImportFile, Snapshot
from apps.operations.models import Operation
from tests.api.route import API, InProcess, accepted, created, log_in, run_here
from tests.secrets import sinks
from tests.secrets.forms import FORMS, each_once
from tests.secrets.marks import found_in, mark

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in(administrator, data_folder, no_broker, fresh_cache):
    client = InProcess()
    log_in(client, "administrator", PASSWORD)
    return client


@pytest.fixture
def import_files(signed_in):
    """Uploads files over the API as one import and runs it; gives the cluster and the operation as it ended."""

    def run(files, name="marked"):
        cluster = created(signed_in, f"{API}/clusters/", {"name": name})["uid"]
        answer = signed_in.post(f"{API}/clusters/{cluster}/imports/", files=files)
        assert answer.status == 202, answer
        waiting = sinks.files(Path(settings_of("SPOOL_DIR")))
        assert waiting == {}, "an upload waits encrypted"
        return cluster, run_here(signed_in, answer.json())

    return run


def settings_of(name):
    from django.conf import settings

    return getattr(settings, name)


@pytest.fixture
def admin_client(administrator, client):
    client.force_login(administrator)
    return client


def everything_kept(signed_in, admin_client, data_folder):
    """Where a mark was found, by the kind of place."""
    return {
        "database": sinks.database(),
        "files": sinks.files(data_folder, Path(settings_of("DATA_DIR"))),
        "answers": sinks.answers(admin_client),
        "pages": sinks.pages(admin_client),
    }


def planned(signed_in, cluster):
    plan = created(signed_in, f"{API}/plans/", {"cluster": cluster, "target": "1.25", "source": "v1.13.10-r0"})["uid"]
    ended = run_here(signed_in, accepted(signed_in, f"{API}/plans/{plan}/runbooks/"))
    assert ended["status"] == "succeeded", ended
    return plan


def test_nothing_of_a_dump_with_every_kind_of_credential_is_kept(signed_in, admin_client, import_files, data_folder):
    with sinks.logged() as log, CaptureQueriesContext(connection) as queries:
        cluster, ended = import_files(dict(each_once()))
        assert ended["status"] == "succeeded", ended
        planned(signed_in, cluster)
        kept = everything_kept(signed_in, admin_client, data_folder)
    assert kept == {"database": {}, "files": {}, "answers": {}, "pages": {}}
    assert log.marks() == set()
    assert log.lines
    assert found_in("\n".join(q["sql"] for q in queries.captured_queries).encode()) == set()
    assert Snapshot.objects.get().files_read > 20
    assert not ImportFile.objects.exclude(key=None).exists()


def test_nothing_is_kept_of_files_that_fail_alone(signed_in, admin_client, import_files, data_folder):
    """An import that fails keeps a problem, which people read."""
    alone = ("broken YAML", "broken JSON", "kubeconfig", "damaged tar.gz", "cluster-info dump in the internal form")
    broken = [form for form in FORMS if form.name in alone]
    with sinks.logged() as log:
        for number, (name, content) in enumerate((n, c) for form in broken for n, c in form.files().items()):
            import_files({name.rpartition("/")[2]: content}, name=f"cluster {number}")
        kept = everything_kept(signed_in, admin_client, data_folder)
    assert kept == {"database": {}, "files": {}, "answers": {}, "pages": {}}
    assert log.marks() == set()
    assert Operation.objects.filter(status="failed").count() > 20


def test_nothing_is_kept_of_an_upload_through_the_admin(signed_in, admin_client, cluster, data_folder):
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])
    files = {
        name: content for form in FORMS if form.name in ("zip", "torn items") for name, content in form.files().items()
    }
    with sinks.logged() as log:
        answer = admin_client.post(
            page, {"files": [SimpleUploadedFile(name, content) for name, content in files.items()]}
        )
        assert answer.status_code == 302
        assert sinks.files(data_folder) == {}
        run_here(signed_in, {"uid": str(Operation.objects.get().uid)})
        assert found_in(admin_client.get(answer.url).content) == set()
        kept = everything_kept(signed_in, admin_client, data_folder)
    assert kept == {"database": {}, "files": {}, "answers": {}, "pages": {}}
    assert log.marks() == set()


def test_a_broken_worker_and_a_broken_request_tell_nothing(
    signed_in, admin_client, cluster, import_files, monkeypatch, data_folder
):
    """Whatever goes wrong may have the content at hand, in a message or in a variable."""

    def broken(*args, **kwargs):
        password = mark("defect of the worker, a variable")
        raise ValueError(f"cannot convert {mark('defect of the worker')}", password)

    with sinks.logged() as log:
        monkeypatch.setattr("migrator.snapshot.build.describe", broken)
        _, ended = import_files({"all.yaml": b"apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"})
        assert ended["problem"]["code"] == "internal_error"
        monkeypatch.setattr("apps.inventory.api.views.selectors.clusters", broken)
        admin_client.raise_request_exception = False
        answer = admin_client.get(f"{API}/clusters/")
        assert answer.status_code == 500
        page = admin_client.get(reverse("admin:inventory_cluster_changelist"))
        assert page.status_code == 500
        assert found_in(answer.content + page.content) == set()
        monkeypatch.setattr("apps.operations.services.operation_claim", broken)
        from apps.operations.tasks import TaskBroken, run

        with pytest.raises(TaskBroken) as caught:
            run(str(Operation.objects.first().uid))
    assert found_in(repr(caught.value).encode()) == set()
    assert caught.value.__suppress_context__, "Celery writes out what a task raises"
    assert log.marks() == set()
    assert any("ValueError" in line and "test_service.py" in line for line in log.lines)
    assert sinks.database() == {}


def test_a_leak_would_be_found_wherever_it_came_to(signed_in, admin_client, import_files, monkeypatch, data_folder):
    """The searches mean something: with masks switched off, every one of them finds marks."""
    monkeypatch.setattr("migrator.snapshot.storage.mask_text", lambda value: value)
    monkeypatch.setattr("migrator.snapshot.workloads._image", lambda value: value)
    monkeypatch.setattr("migrator.snapshot.network.mask_text", lambda value: value)
    monkeypatch.setattr("migrator.snapshot.build.redaction.mask_fact", lambda fact: fact)
    monkeypatch.setattr("migrator.snapshot.readers.node_facts.system.mask_text", lambda value: value)
    forms = [f for f in FORMS if f.name in ("JSON list", "files of nodes")]
    with sinks.logged() as log:
        cluster, _ = import_files({name: content for form in forms for name, content in form.files().items()})
        planned(signed_in, cluster)
        (data_folder / "left behind").write_bytes(mark("a file").encode("utf-16"))
        logging.getLogger("apps.inventory").info("read", extra={"value": mark("a log")})
        kept = everything_kept(signed_in, admin_client, data_folder)
    assert {place: bool(found) for place, found in kept.items()} == dict.fromkeys(kept, True)
    assert log.marks() == {"a log"}
    columns = set(kept["database"])
    assert {"inventory_snapshot.document", "inventory_workload.images", "inventory_volume.volume_id"} <= columns
    assert any(address.endswith("/document/") for address in kept["answers"])
    assert any("/download/" in address for address in kept["answers"])
