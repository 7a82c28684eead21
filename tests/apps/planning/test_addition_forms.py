"""The forms by which administrators add to the catalog: one for each kind, told by the catalog what does not fit."""

from __future__ import annotations

from html import unescape

import pytest

from apps.planning import selectors, services
from apps.planning.adapters import addition_of, record_of
from apps.planning.admin.addition_forms import FORMS
from apps.planning.models import CatalogAddition
from migrator.catalog.additions import extended
from migrator.catalog.loader import shipped_catalog

ADD = "/admin/planning/catalogaddition/add/?kind="
HOP = {
    "name": "letter",
    "enabled": "on",
    "profile": "ctyun",
    "source": "1.17",
    "target": "1.25",
    "modes": ["in_place", "reset"],
    "start": "ticket",
    "rollback": "on_failure",
    "shortest": "20",
    "longest": "25",
    "shortest_per_node": "1",
    "longest_per_node": "3",
    "preconditions": ["latest_patch_first"],
    "impacts": ["api_server_gaps"],
    "changelogs": "https://example.com/changes",
    "sources": "support letter\nticket 4711",
}
RISK = {
    "name": "agent",
    "enabled": "on",
    "risk_name": "our-agent",
    "risk_kind": "precaution",
    "title_zh": "安全代理会阻止升级",
    "title_en": "Our agent stops the upgrade: always",
    "remedy_zh": "先停用",
    "remedy_en": "Switch it off\nand on again",
    "source": "<=1.21",
    "condition": "docker_nodes",
    "profiles": ["ctyun"],
    "sources": "support letter",
}
ADDON = {
    "name": "agent versions",
    "enabled": "on",
    "addon": "our-agent",
    "first": "v2.0.1",
    "last": "2.0.9",
    "first_cluster": "1.17",
    "last_cluster": "1.25",
    "sources": "support letter",
}
GIVEN = {"hop": HOP, "risk": RISK, "addon": ADDON}


@pytest.mark.parametrize("kind", sorted(GIVEN))
def test_what_is_filled_in_is_the_record_and_comes_back_as_it_was(admin_client, kind):
    assert admin_client.get(ADD + kind).status_code == 200
    assert admin_client.post(ADD + kind, GIVEN[kind]).status_code == 302
    row = CatalogAddition.objects.get()
    assert (row.kind, row.enabled, row.created_by.username) == (kind, True, "admin")
    assert extended(shipped_catalog(), [addition_of(row)]).digest == selectors.catalog().digest
    stored = row.text
    form = FORMS[kind](instance=row)
    shown = {name: form.initial[name] for name in GIVEN[kind] if name != "enabled"}
    wanted = {name: value for name, value in GIVEN[kind].items() if name != "enabled"}
    assert shown == {**wanted, **({"first": "2.0.1"} if kind == "addon" else {})}
    address = f"/admin/planning/catalogaddition/{row.pk}/change/"
    assert stored.splitlines()[0] in unescape(admin_client.get(address).content.decode())
    assert admin_client.post(address, {**GIVEN[kind], **shown, "enabled": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.text, row.enabled) == (stored, False)


def test_the_records_are_those_of_the_shipped_files(admin_client):
    for kind, given in GIVEN.items():
        admin_client.post(ADD + kind, given)
    records = {row.kind: record_of(row) for row in CatalogAddition.objects.all()}
    assert records["hop"]["minutes"] == ["20", "25"]
    assert records["hop"]["sources"] == ["support letter", "ticket 4711"]
    assert records["risk"]["title"]["en"] == "Our agent stops the upgrade: always"
    assert "modes" not in records["risk"]
    assert records["addon"] == {
        "addon": "our-agent",
        "versions": ">=2.0.1,<=2.0.9",
        "clusters": ["1.17", "1.25"],
        "sources": ["support letter"],
    }


def test_a_record_written_as_text_stays_to_the_letter_while_no_field_changes(admin_client, manager):
    text = '# as the letter says\naddon: our-agent\nversions: "==2.1"\nclusters: ["1.17", "1.19"]\nsources: [letter]\n'
    row = services.addition_create(actor=manager, name="agent", kind="addon", text=text)
    address = f"/admin/planning/catalogaddition/{row.pk}/change/"
    same = {"name": "renamed", "enabled": "on", "addon": "our-agent", "first": "2.1", "last": "", "sources": "letter"}
    clusters = {"first_cluster": "1.17", "last_cluster": "1.19"}
    assert admin_client.post(address, {**same, **clusters}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.text) == ("renamed", text)
    assert admin_client.post(address, {**same, **clusters, "last_cluster": "1.21"}).status_code == 302
    row.refresh_from_db()
    assert record_of(row)["clusters"] == ["1.17", "1.21"]


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("hop", {"target": "1.15"}, "target"),
        ("hop", {"shortest": "30"}, "shortest"),
        ("hop", {"changelogs": "http://example.com"}, "changelogs"),
        ("hop", {"sources": " "}, "sources"),
        ("hop", {"source": "1.13", "target": "1.15"}, None),
        ("risk", {"risk_name": "Our agent"}, "risk_name"),
        ("risk", {"risk_name": "npd-too-old"}, "risk_name"),
        ("risk", {"source": "old ones"}, "source"),
        ("addon", {"first": "newest"}, "first"),
        ("addon", {"last": "1.9.9"}, "first"),
        ("addon", {"addon": "coredns", "first": "1.30", "last": ""}, "first"),
        ("addon", {"last_cluster": "1.15"}, "first_cluster"),
        ("addon", {"addon": "Our agent"}, "addon"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(admin_client, kind, change, field):
    page = admin_client.post(ADD + kind, {**GIVEN[kind], **change})
    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == [field or "__all__"]
    assert not CatalogAddition.objects.exists()


def test_an_older_addition_that_fits_no_more_is_told_above_the_form(admin_client, manager):
    row = services.addition_create(
        actor=manager,
        name="old",
        kind="addon",
        text='addon: our-agent\nversions: "==2.1"\nclusters: ["1.17", "1.19"]\nsources: [letter]\n',
    )
    CatalogAddition.objects.filter(pk=row.pk).update(text=row.text.replace("==2.1", "newest"))
    page = admin_client.post(ADD + "risk", RISK)
    assert "old" in page.context["adminform"].form.errors["__all__"][0]


def test_the_list_offers_every_kind(admin_client):
    page = admin_client.get("/admin/planning/catalogaddition/").content.decode()
    for name in ("add_hop", "add_risk", "add_addon"):
        address = f"/admin/planning/catalogaddition/{name.replace('_', '-')}"
        assert address in page
    for kind in GIVEN:
        led = admin_client.get(f"/admin/planning/catalogaddition/add-{kind}/")
        assert led["Location"].endswith(f"?kind={kind}")
