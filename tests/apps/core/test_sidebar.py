"""The admin's navigation: every link opens, and shows only what the person may see."""

from __future__ import annotations

from config.sidebar import NAVIGATION


def test_every_link_opens(admin_pages):
    for group in NAVIGATION:
        for item in group["items"]:
            assert admin_pages.get(str(item["link"])).status_code == 200, item["link"]


def test_only_what_may_be_seen_is_shown(client, manager):
    from django.contrib.auth.models import Permission

    manager.user_permissions.add(Permission.objects.get(codename="view_cluster"))
    client.force_login(manager)
    page = client.get("/admin/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "/admin/inventory/cluster/" in page
    assert "/admin/auth/user/" not in page
