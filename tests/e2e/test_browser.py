"""What people see: the admin and the API's pages in a real browser, in Chinese and in English."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import log_in
from tests.e2e.process import HttpClient, wait_for, web, worker
from tests.e2e.test_production import ended, imported, login, planned, started

CLUSTER = "yunhe-mall"


@pytest.fixture(scope="module")
def site(environment: dict[str, str], sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running service that holds the sample cluster with its plan, assessment and runbook."""
    folder = tmp_path_factory.mktemp("browser")
    with web(environment, folder / "web.log") as address:
        client = HttpClient(address)
        login(client)
        with worker(environment, folder / "worker.log"):
            plan = planned(client, imported(client, CLUSTER, sample))
            shown = ended(client, started(client.post(f"/api/v1/plans/{plan}/runbooks/")))
            assert shown["status"] == "succeeded", shown
        yield address


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where the pictures go: ``PICTURES=folder`` keeps them for a person to look at."""
    folder = Path(os.environ.get("PICTURES", str(tmp_path)))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(params=["zh-CN", "en-US"])
def page(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    """A logged-in page whose errors and requests to elsewhere fail the test."""
    context = browser.new_context(locale=request.param, viewport={"width": 1440, "height": 1000})
    shown = context.new_page()
    problems: list[str] = []
    shown.on("pageerror", lambda error: problems.append(str(error)))
    shown.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    shown.on("request", lambda r: problems.append(r.url) if not r.url.startswith((site, "data:", "blob:")) else None)
    log_in(shown, site)
    yield shown
    assert problems == []
    context.close()


def language(page: Page) -> str:
    return str(page.evaluate("document.documentElement.lang"))


def shot(page: Page, pictures: Path, name: str) -> None:
    page.screenshot(path=pictures / f"{name}-{language(page)}.png", full_page=True)


def open_first(page: Page, site: str, app: str, model: str) -> None:
    page.goto(f"{site}/admin/{app}/{model}/")
    # The list may hold rows of other tests; operations do not name the cluster.
    rows = page.locator("#result_list tbody tr")
    ours = rows if model == "operation" else rows.filter(has_text=CLUSTER)
    ours.first.locator("a").first.click()
    page.wait_for_load_state()


WORDS: dict[str, dict[str, Any]] = {
    "zh-hans": {
        "clusters": "集群",
        "start": "开始导入",
        "waits": "等待工作进程",
        "reading": "读取中",
        "unreadable": "无法读取",
        "open": "打开快照",
    },
    "en": {
        "clusters": "Clusters",
        "start": "Start the import",
        "waits": "Waiting for a worker",
        "reading": "being read",
        "unreadable": "unreadable",
        "open": "Open the snapshot",
    },
}


def test_every_page_of_the_route_opens_in_the_reader_s_language(page: Page, site: str, pictures: Path) -> None:
    words = WORDS[language(page)]
    assert words["clusters"].lower() in page.inner_text("body").lower()
    shot(page, pictures, "index")
    for app, model in (
        ("inventory", "cluster"),
        ("inventory", "snapshot"),
        ("planning", "plan"),
        ("checklists", "assessment"),
        ("runbooks", "runbook"),
        ("operations", "operation"),
    ):
        page.goto(f"{site}/admin/{app}/{model}/")
        assert page.locator("#result_list").count() == 1, f"{app} {model}"
        shot(page, pictures, f"{model}-list")
        open_first(page, site, app, model)
        assert CLUSTER in page.content() or model == "operation"
        shot(page, pictures, f"{model}-page")


def test_no_page_is_wider_than_a_narrow_window(page: Page, site: str, pictures: Path) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    for app, model in (
        ("inventory", "snapshot"),
        ("planning", "plan"),
        ("checklists", "assessment"),
        ("runbooks", "runbook"),
    ):
        open_first(page, site, app, model)
        assert page.evaluate("document.documentElement.scrollWidth") <= 420, model
        shot(page, pictures, f"{model}-narrow")


def test_choosing_a_file_of_evidence_is_no_error_of_a_script(page: Page, site: str, tmp_path: Path) -> None:
    (tmp_path / "minutes.txt").write_text("agreed on Monday")
    page.goto(f"{site}/admin/checklists/attestation/add/")
    page.locator("input[type=file]").set_input_files(tmp_path / "minutes.txt")
    assert page.locator("input[type=file]").evaluate("field => field.files.length") == 1


def test_an_import_is_followed_from_the_upload_to_the_snapshot(
    page: Page, site: str, environment: dict[str, str], pictures: Path, tmp_path: Path
) -> None:
    from tests.bench.dump import write_json

    words = WORDS[language(page)]
    client = HttpClient(site)
    login(client)
    name = f"watched {language(page)}"
    client.post("/api/v1/clusters/", {"name": name})
    write_json(tmp_path / "cluster.json", 1.5)  # large enough to be seen while it is read
    (tmp_path / "notes.txt").write_text("taken on Monday")
    page.goto(f"{site}/admin/inventory/cluster/")
    page.locator("#result_list tbody tr").filter(has_text=name).locator("a").first.click()
    page.locator("a[href$='/import/']").first.click()
    page.locator("input[type=file]").set_input_files([tmp_path / "cluster.json", tmp_path / "notes.txt"])

    page.evaluate("document.querySelector('[data-upload]').dataset.total = '1000'")
    page.get_by_role("button", name=words["start"]).click()
    assert "IMPORT_BYTES_MOST" in page.locator("[data-upload-problem]").inner_text(), "told before anything is sent"
    page.evaluate("document.querySelector('[data-upload]').dataset.total = '1000000000'")
    page.get_by_role("button", name=words["start"]).click()
    page.wait_for_url("**/operations/operation/*/change/")
    page.evaluate("window.sameVisit = true")
    assert page.get_by_text(words["waits"]).count() == 1
    shot(page, pictures, "import-waiting")
    with worker(environment, tmp_path / "worker.log") as process:
        row = page.locator(".live-files tbody tr").filter(has_text="cluster.json")
        row.get_by_text(words["reading"]).wait_for(timeout=60_000)
        objects = row.locator("td.live-number").last
        wait_for(lambda: _whole(objects.inner_text()) > 0, 30, process.output)
        first = _whole(objects.inner_text())
        shot(page, pictures, "import-reading")
        wait_for(lambda: _whole(objects.inner_text()) > first, 30, process.output)
        assert page.locator("progress.live-bar").count() == 1
        page.get_by_role("link", name=words["open"]).wait_for(timeout=120_000)
    assert page.locator("progress.live-bar").count() == 0
    assert page.evaluate("window.sameVisit") is True, "the page has never been loaded again"
    assert words["unreadable"] in page.locator(".live-files").inner_text().lower()
    shot(page, pictures, "import-done")
    page.get_by_role("link", name=words["open"]).click()
    page.wait_for_url("**/inventory/snapshot/*/change/")
    assert name in page.content()


def _whole(text: str) -> int:
    """``1536 / 16600`` as 1536."""
    return int(text.partition("/")[0].strip() or 0)


def test_rows_of_a_spreadsheet_are_pasted_into_the_form_of_a_cluster(page: Page, site: str, pictures: Path) -> None:
    open_first(page, site, "inventory", "cluster")
    page.locator("a[href$='/form/']").first.click()
    page.wait_for_selector("[data-sheet=address_uses]")
    sheet = page.locator("[data-sheet=address_uses]")
    before = sheet.locator("tbody tr").count()
    sheet.locator("[data-add]").click()
    assert sheet.locator("tbody tr").count() == before + 1
    mine = language(page)  # the form of the other language is what this one begins with
    lines = ["地址\t引用位置", *(f"10.9.0.{i}\t{mine} whitelist {i}" for i in range(3))]
    sheet.locator("tbody tr:last-child .sheet-cell").first.evaluate(
        """(cell, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        "\r\n".join(lines),
    )
    assert sheet.locator("tbody tr").count() >= before + 3
    values = [cell.input_value() for cell in sheet.locator("[name$=-location]").all()]
    assert values[-4:] == [f"{mine} whitelist 0", f"{mine} whitelist 1", f"{mine} whitelist 2", ""]
    sheet.locator("tbody tr", has=page.locator("[name$=-location]")).nth(before + 1).locator("[data-remove]").click()
    sheet.locator("select.sheet-state").select_option("complete")
    shot(page, pictures, "form")
    page.locator(".sheet-save button").click()
    page.wait_for_url("**/inventory/snapshot/*/change/")
    page.goto(f"{site}/admin/inventory/addressuse/?q={mine}+whitelist")
    body = page.inner_text("#result_list")
    assert f"{mine} whitelist 0" in body
    assert f"{mine} whitelist 1" not in body


def test_documents_are_downloaded_from_the_runbook_s_page(
    page: Page, site: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """Those that are written at once; the others lead to the operation that writes them, and come when it has ended."""
    open_first(page, site, "runbooks", "runbook")
    for name in ("md", "html", "json", "xlsx"):
        for lang in ("zh", "en"):
            downloaded(page, f"a[href*='format={name}&lang={lang}']", f"runbook-{lang}.{name}")
    mine = "zh" if language(page).startswith("zh") else "en"
    page.locator(f"a[href*='format=pdf&lang={mine}']").first.click()
    page.wait_for_url("**/operations/operation/**")
    made = ".live a[href*='format=pdf']"
    with worker(environment, tmp_path / "worker.log"):
        page.locator(made).wait_for(timeout=60_000)
    downloaded(page, made, f"runbook-{mine}.pdf")


def downloaded(page: Page, link: str, ending: str) -> None:
    with page.expect_download() as download:
        page.locator(link).first.click()
    name = download.value.suggested_filename
    assert name.startswith(CLUSTER)
    assert name.endswith(ending)
    assert Path(download.value.path()).stat().st_size > 10_000


def test_api_documentation_works_without_the_internet(page: Page, site: str, pictures: Path) -> None:
    page.goto(f"{site}/api/docs/")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() > 20
    shot(page, pictures, "api-docs")
