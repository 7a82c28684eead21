"""Who may write what over REST: the permissions of the admin hold there too."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from apps.inventory.models import Cluster


def writes(cluster: Any, snapshot: Any) -> list[tuple[str, str, Any]]:
    """Method, address and body of everything that changes a cluster, its registers, or what people answer about it."""
    own = f"/api/v1/clusters/{cluster.uid}/"
    some = "00000000-0000-0000-0000-000000000000"
    answer = {"check": "CLU001", "answer": "pass", "evidence": "compared"}
    return [
        ("post", "/api/v1/clusters/", {"name": "other"}),
        ("patch", own, {"note": "x"}),
        ("delete", own, {}),
        ("post", f"{own}imports/", {}),
        ("post", f"{own}forms/", {"tables": {}}),
        ("post", f"{own}corrections/", {}),
        ("patch", f"{own}corrections/{some}/", {}),
        ("delete", f"{own}corrections/{some}/", {}),
        ("post", f"{own}address-uses/", {"address": "192.0.2.1", "location": "partner"}),
        ("post", f"{own}node-settings/", {}),
        ("post", f"{own}attestations/", answer),
        ("post", f"{own}attestations/bulk/", {"answers": [answer]}),
        ("post", f"{own}attestations/checklist/", {}),
        ("post", f"{own}waivers/", {}),
        ("post", f"/api/v1/operations/{snapshot.operation.uid}/cancellation/", {}),
    ]


@pytest.fixture
def reader(db):
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.force_authenticate(User.objects.create_user("reader", password="correct horse battery"))
    return client


def test_whoever_only_logs_in_changes_nothing(reader, cluster, imported):
    for method, address, body in writes(cluster, imported):
        answer = getattr(reader, method)(address, body, format="json")
        assert answer.status_code == 403, (method, address, answer.content)
        assert answer.json()["code"] == "permission_denied"
    assert Cluster.objects.count() == 1


def test_a_manager_is_not_stopped_by_rights(api, cluster, imported):
    for method, address, body in writes(cluster, imported):
        if method != "delete":
            assert getattr(api, method)(address, body, format="json").status_code != 403, (method, address)


def test_whoever_logs_in_reads(reader, cluster, imported):
    own = f"/api/v1/clusters/{cluster.uid}/"
    for path in ("", "snapshots/", "corrections/", "address-uses/", "node-settings/", "attestations/", "waivers/"):
        assert reader.get(f"{own}{path}").status_code == 200, path
