"""The whole way of a runbook in a real browser with a worker: edited, written anew, commented, sent back, approved."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from migrator.render import FORMATS
from tests.e2e.browser import log_in
from tests.e2e.process import HttpClient, create_user, wait_for, web, worker
from tests.e2e.test_production import ended, imported, login, planned, started

CLUSTER = "yunhe-way"


def signed_in(browser: Browser, site: str, name: str, locale: str) -> Page:
    page = browser.new_context(locale=locale, viewport={"width": 1440, "height": 1000}).new_page()
    log_in(page, site, name)
    return page


def pictures() -> Path:
    """Where the pictures go: ``PICTURES=folder`` keeps them for a person to look at."""
    folder = Path(os.environ.get("PICTURES") or tempfile.mkdtemp(prefix="pictures-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def press(page: Page, action: str) -> None:
    """Send the form that leads to ``action``, and wait for what comes back."""
    with page.expect_navigation():
        page.locator(f"form[action$='{action}'] button[type=submit]").first.click()


def decide(page: Page, decision: str, reason: str = "") -> None:
    page.select_option("select[name=decision]", decision)
    page.fill("form[action$='/review/decide/'] textarea", reason)
    press(page, "/review/decide/")


@pytest.mark.parametrize(("locale", "lang"), [("zh-CN", "zh"), ("en-US", "en")])
def test_from_an_edit_to_a_signed_document(
    browser: Browser, environment: dict[str, str], sample: Path, tmp_path: Path, locale: str, lang: str
) -> None:
    reviewer, cluster = f"reviewer-{lang}", f"{CLUSTER}-{lang}"
    create_user(environment, reviewer)
    with web(environment, tmp_path / "web.log") as site, worker(environment, tmp_path / "worker.log"):
        client = HttpClient(site)
        login(client)
        plan = planned(client, imported(client, cluster, sample))
        first = ended(client, started(client.post(f"/api/v1/plans/{plan}/runbooks/")))["result"]["runbook"]
        step = client.get(f"/api/v1/runbooks/{first}/steps/?key=prepare.backup").json()["results"][0]["number"]

        author = signed_in(browser, site, "admin", locale)
        author.goto(f"{site}/admin/runbooks/runbook/")
        row = author.locator("#result_list tbody tr").filter(has_text=cluster).first
        row.locator("th a, td a").first.click()
        author.wait_for_url("**/runbooks/runbook/*/change/")
        old = author.url
        author.goto(old.replace("change/", f"steps/{step}/change/"))
        author.fill("textarea[name=title]", f"Backup by hand {lang}")
        with author.expect_navigation():
            author.locator("form:has(textarea[name=title]) button[type=submit]").first.click()
        assert f"Backup by hand {lang}" in author.inner_text("table.page-table")
        author.screenshot(path=pictures() / f"way-edits-{lang}.png", full_page=True)
        press(author, "/anew/")
        operation = author.url
        assert "/operations/operation/" in operation
        author.locator("a[href*='/runbooks/runbook/']").filter(has_not_text="arrow").last.wait_for(timeout=60_000)

        listed = f"/api/v1/plans/{plan}/runbooks/"
        wait_for(lambda: client.get(listed).json()["count"] == 2, 60)
        second = next(r for r in client.get(listed).json()["results"] if r["number"] == 2)
        author.goto(f"{site}/admin/runbooks/runbook/")
        author.locator("#result_list tbody tr").filter(has_text=cluster).first.locator("th a, td a").first.click()
        author.wait_for_url("**/runbooks/runbook/*/change/")
        new = author.url
        assert new != old
        author.goto(new.replace("change/", "compare/"))
        author.wait_for_load_state()
        assert f"Backup by hand {lang}" in author.content()
        author.screenshot(path=pictures() / f"way-compare-{lang}.png", full_page=True)

        author.goto(new)
        press(author, "/review/submit/")
        assert author.locator("select[name=decision]").count() == 0, "nobody decides on their own"
        own = client.post(f"/api/v1/runbooks/{second['uid']}/review/decide/", {"decision": "approved"})
        assert own.status_code in (403, 409)

        other = signed_in(browser, site, reviewer, locale)
        other.goto(new.replace("change/", f"steps/{step}/"))
        other.fill("textarea[name=text]", "Where does it lie?")
        press(other, "/review/comment/")
        assert "Where does it lie?" in other.inner_text("#comments")
        other.goto(new)
        decide(other, "changes_requested", "Say where the backup lies.")
        author.goto(new)
        assert "Say where the backup lies." in author.inner_text("#review")
        press(author, "/review/submit/")
        other.goto(new)
        decide(other, "approved")
        other.screenshot(path=pictures() / f"way-approved-{lang}.png", full_page=True)

        author.goto(new)
        for name in FORMATS:
            link = author.locator(f"a[href*='format={name}&lang={lang}']").first
            kept = downloaded(author, client, str(link.get_attribute("href")), name, lang, second["uid"])
            assert kept[0] == f"{cluster}-r2-runbook-{lang}.{name}"
            if name in ("md", "html", "json"):
                shown = kept[1].decode()
                assert second["digest"].removeprefix("sha256:") in shown, name
                assert reviewer in shown, name
                assert f"Backup by hand {lang}" in shown, name
        for page in (author, other):
            page.context.close()


def saved(page: Page) -> None:
    """Send the form of an edit; what is in force is shown then."""
    with page.expect_navigation():
        page.locator("form:has(input[name=tag]) button[type=submit]").first.click()
    assert page.url.endswith("/edits/"), page.inner_text("body")


def product(page: Page, kind: str) -> None:
    """From the page of an operation to what it has made, once it has ended."""
    assert "/operations/operation/" in page.url
    link = page.locator(f"a[href*='/runbooks/{kind}/'][href*='/change/']").last
    link.wait_for(timeout=90_000)
    page.goto(page.url.partition("/admin/")[0] + str(link.get_attribute("href")))


def test_every_kind_of_edit_a_conflict_and_what_the_plan_offers_beside(
    browser: Browser, environment: dict[str, str], sample: Path, tmp_path: Path
) -> None:
    name = f"{CLUSTER}-edits"
    with web(environment, tmp_path / "web.log") as site, worker(environment, tmp_path / "worker.log"):
        client = HttpClient(site)
        login(client)
        plan = planned(client, imported(client, name, sample))
        first = ended(client, started(client.post(f"/api/v1/plans/{plan}/runbooks/")))["result"]["runbook"]
        numbers = {
            step["key"]: step["number"]
            for step in client.get(f"/api/v1/runbooks/{first}/steps/?phase=prepare&page_size=50").json()["results"]
        }
        author = signed_in(browser, site, "admin", "zh-CN")
        author.goto(f"{site}/admin/runbooks/runbook/?q={name}")
        author.locator("#result_list tbody tr").first.locator("th a, td a").first.click()
        author.wait_for_url("**/runbooks/runbook/*/change/**")
        base = author.url.partition("change/")[0]

        def step(key: str, act: str) -> None:
            author.goto(f"{base}steps/{numbers[key]}/{act}/")

        step("prepare.ttl", "move")
        author.select_option("select[name=place]", "before")
        author.select_option("select[name=anchor]", "prepare.images")
        saved(author)
        step("prepare.backup", "add")
        for field in ("title", "why", "expected", "no_rollback_reason"):
            author.fill(f"textarea[name={field}]", f"自定义步骤 {field}")
        author.fill("textarea[name=actions-0-command]", "true")
        author.fill("textarea[name=verify-0-words]", "看过")
        saved(author)
        for key in ("prepare.ttl", "prepare.images"):
            step(key, "exclude")
            author.fill("textarea[name=reason]", f"早已完成 {key}")
            saved(author)
        step("prepare.ttl", "restore")
        saved(author)
        author.goto(f"{base}steps/1.1/change/")
        author.fill("textarea[name=title]", "按工单建集群")
        saved(author)
        assert author.locator("table.page-table tbody tr").count() == 6

        # Another target is compiled in other words: the edit of that step no longer fits.
        author.goto(f"{site}/admin/planning/plan/?q={name}")
        author.locator("#result_list tbody tr").first.locator("th a, td a").first.click()
        author.wait_for_url("**/planning/plan/*/change/**")
        of_plan = author.url.partition("change/")[0]
        author.fill("input[name=target]", "1.29")
        author.fill("textarea[name=registries]", "swr.cn-sh1.ctyun.cn/yunhe = swr.example.com/yunhe")
        author.select_option("select[name=balancer]", "dedicated")
        author.screenshot(path=pictures() / "edits-plan.png", full_page=True)
        with author.expect_navigation():
            author.locator("button[name=_continue], input[name=_continue]").first.click()
        kept = client.get(f"/api/v1/plans/{plan}/").json()
        assert (kept["target"], kept["balancer"]) == ("1.29", "dedicated")
        assert "swr.example.com" in kept["registries"]
        author.goto(f"{base}edits/")
        press(author, "/anew/")
        product(author, "runbook")
        author.screenshot(path=pictures() / "edits-conflict.png", full_page=True)
        base = author.url.partition("change/")[0]
        assert author.locator("form[action$='/review/submit/']").count() == 0, "with a conflict nothing is submitted"
        shown = author.inner_text("body")
        assert "自定义步骤 title" in shown
        author.goto(f"{base}edits/")
        conflict = author.locator("table.page-table tbody tr").filter(has_text="按工单建集群")
        assert "v1.29" in conflict.inner_text()
        author.screenshot(path=pictures() / "edits-list.png", full_page=True)
        author.goto(f"{base}manifests/?q=deployment")
        author.locator("a[href*='path=']").first.click()
        author.wait_for_url("**path=**")
        assert "kind: Deployment" in author.inner_text("body")
        author.screenshot(path=pictures() / "edits-manifests.png")
        author.goto(f"{base}compare/")
        assert "自定义步骤 title" in author.inner_text("body")
        author.screenshot(path=pictures() / "edits-compare.png", full_page=True)

        imported(client, f"{name}-new", sample)
        author.goto(f"{of_plan}reconcile/")
        option = author.locator("select[name=choice] option").filter(has_text=f"{name}-new").first
        author.select_option("select[name=choice]", str(option.get_attribute("value")))
        with author.expect_navigation():
            author.locator("form:has(select[name=choice]) button[type=submit]").first.click()
        product(author, "reconciliation")
        assert "StatefulSet" in author.inner_text("body")
        author.screenshot(path=pictures() / "edits-reconciliation.png", full_page=True)
        author.goto(f"{of_plan}containerise/")
        with author.expect_navigation():
            author.locator("form:has(textarea[name=form]) button[type=submit]").first.click()
        product(author, "runbook")
        assert "my-app" in author.inner_text("body")
        author.screenshot(path=pictures() / "edits-containerise.png", full_page=True)
        author.context.close()


def downloaded(page: Page, client: HttpClient, address: str, name: str, lang: str, runbook: str) -> tuple[str, bytes]:
    """Name and content of a document from the admin, which are those of the API."""
    wanted = f"/api/v1/runbooks/{runbook}/download/?format={name}&lang={lang}"
    answer = client.get(wanted)
    if answer.status_code == 202:  # a worker writes it
        ended(client, answer["Location"])
        answer = client.get(wanted)
    with page.expect_download() as download:
        page.locator(f"a[href='{address}']").first.click()
    content = Path(download.value.path()).read_bytes()
    assert hashlib.sha256(content).digest() == hashlib.sha256(answer.content).digest(), name
    return download.value.suggested_filename, content
