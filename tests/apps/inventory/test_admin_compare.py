"""Two snapshots compared in the admin: chosen in the list, looked at by section, in pages."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.urls import reverse

from apps.inventory.admin import compare as page_of_comparison
from apps.inventory.models import Snapshot
from apps.inventory.services import import_start_from_paths
from apps.operations.runner import run_operation
from tests.conftest import ROOT

CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN"}
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
DUMPS = ROOT / "tests" / "golden" / "compare"


@pytest.fixture
def pair(cluster, manager, data_folder, no_broker):
    made = []
    for name in ("old.yaml", "new.yaml"):
        operation = import_start_from_paths(cluster=cluster, actor=manager, paths=[DUMPS / name])
        assert run_operation(str(operation.uid))
        made.append(Snapshot.objects.get(operation=operation))
    cache.clear()
    yield made
    cache.clear()


def address(old, new, **query) -> str:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return f"{reverse('admin:inventory_snapshot_compare')}?old={old.pk}&new={new.pk}{more}"


def test_two_chosen_snapshots_are_compared_the_earlier_one_first(admin_pages, pair):
    old, new = pair
    listed = reverse("admin:inventory_snapshot_changelist")
    answer = admin_pages.post(listed, {"action": "compare", "_selected_action": [new.pk, old.pk]})
    assert answer.url == address(old, new)
    one = admin_pages.post(listed, {"action": "compare", "_selected_action": [new.pk]}, follow=True, **ENGLISH)
    assert "Choose two snapshots to compare." in one.content.decode()
    before = admin_pages.get(reverse("admin:inventory_snapshot_compare_with_previous", args=[new.pk]))
    assert before.url == address(old, new)
    first = admin_pages.get(
        reverse("admin:inventory_snapshot_compare_with_previous", args=[old.pk]), follow=True, **ENGLISH
    )
    assert "there is none to compare it with" in first.content.decode()


def test_the_page_shows_numbers_and_the_entries_of_a_section(admin_pages, pair):
    old, new = pair
    english = admin_pages.get(address(old, new, section="workloads"), **ENGLISH).content.decode()
    assert "replicas: 2 → 3" in english
    assert "CronJob 1 → not read" in " ".join(english.split())
    assert "cannot be told" in english
    chinese = admin_pages.get(address(old, new, section="workloads", change="changed"), **CHINESE).content.decode()
    assert "副本数：2 → 3" in chinese
    assert "legacy-report" not in chinese
    assert "未导出" in chinese


def test_entries_are_found_by_name_and_shown_in_pages(admin_pages, pair, monkeypatch):
    old, new = pair
    monkeypatch.setattr(page_of_comparison, "_ROWS", 2)
    assert [line["key"] for line in admin_pages.get(address(old, new, section="workloads")).context["lines"]] == [
        "shop/Deployment/report",
        "shop/Deployment/legacy-report",
    ]
    second = admin_pages.get(address(old, new, section="workloads", p=2)).context["lines"]
    assert [line["key"] for line in second] == ["shop/Deployment/web", "pay/CronJob/settle"]
    found = admin_pages.get(address(old, new, section="workloads", q="legacy")).context["lines"]
    assert [line["key"] for line in found] == ["shop/Deployment/legacy-report"]


def test_a_snapshot_compared_with_itself_has_no_difference(admin_pages, pair):
    page = admin_pages.get(address(pair[0], pair[0]), **ENGLISH).content.decode()
    assert "No difference" in page


@pytest.mark.parametrize("query", ["", "?old=1", "?old=x&new=y", "?old=999999&new=999999"])
def test_snapshots_that_are_not_there_are_not_found(admin_pages, pair, query):
    assert admin_pages.get(reverse("admin:inventory_snapshot_compare") + query).status_code == 404


def test_an_odd_section_or_page_is_left_out(admin_pages, pair):
    old, new = pair
    assert "lines" not in admin_pages.get(address(old, new, section="nothing")).context
    assert admin_pages.get(address(old, new, section="nodes", p="x", change="moved")).status_code == 200


def test_without_the_permission_nothing_is_shown(client, manager, pair):
    client.force_login(manager)
    assert client.get(address(*pair)).status_code == 403


def test_the_page_needs_few_queries(admin_pages, pair, django_assert_max_num_queries):
    admin_pages.get(address(*pair, section="workloads"))
    with django_assert_max_num_queries(6):
        admin_pages.get(address(*pair, section="workloads"))


def test_snapshots_say_which_sections_were_read(admin_pages, pair):
    listed = admin_pages.get(reverse("admin:inventory_snapshot_changelist"), **ENGLISH).content.decode()
    assert "not exported" in listed
    shown = admin_pages.get(reverse("admin:inventory_snapshot_change", args=[pair[1].pk]), **CHINESE).content.decode()
    assert "未导出" in shown
