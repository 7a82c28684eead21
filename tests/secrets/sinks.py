"""Everything that the service keeps or shows, as bytes to search: database, files, logs, answers, pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.secrets.marks import found_in

ROWS = 25  # of one table whose addresses are asked
PAGES = 5  # of one table whose pages are opened in the admin
LOGGERS = ("", "apps", "migrator", "django", "celery", "config")


def database() -> dict[str, set[str]]:
    """The marks in every column of every table."""
    from django.db import connection

    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    if marks := found_in(_bytes(value)):
                        found.setdefault(f"{table}.{column}", set()).update(marks)
    return found


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else str(value).encode()


def files(*folders: Path) -> dict[str, set[str]]:
    """The marks in every file below the folders, their names included."""
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    searched = {str(path): found_in(path.read_bytes()) | found_in(path.name.encode()) for path in paths}
    return {path: marks for path, marks in searched.items() if marks}


class Logged(logging.Handler):
    """Lines as the service writes them, in both of its forms, at the level at which it says most."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        from apps.core.logs import JsonLines, PlainLines

        self.forms = (JsonLines(), PlainLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [form.format(record) for form in self.forms]

    def marks(self) -> set[str]:
        return found_in("\n".join(self.lines).encode())


@contextmanager
def logged() -> Iterator[Logged]:
    handler = Logged()
    before = {name: logging.getLogger(name).level for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for name in ("", "django", "django.server"):  # the latter two pass nothing on
        logging.getLogger(name).addHandler(handler)
    try:
        yield handler
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
        for name in ("", "django", "django.server"):
            logging.getLogger(name).removeHandler(handler)


def answers(client: Any) -> dict[str, set[str]]:
    """The marks in the answer of every address of the API that can be read, by its OpenAPI document."""
    from drf_spectacular.generators import SchemaGenerator

    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    found = {}
    for path in (path for path, methods in paths.items() if "get" in methods):
        for address in _filled(path):
            for query in _DOCUMENTS if address.endswith("/download/") else [{"page_size": "500"}]:
                for language in ("zh-hans", "en"):
                    answer = client.get(address, query, headers={"accept-language": language})
                    assert answer.status_code < 500, address
                    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
                    if marks := found_in(content + str(answer.headers).encode()):
                        found[address] = marks
    return found


_DOCUMENTS = [{"lang": lang, "format": form} for lang in ("zh", "en") for form in ("md", "json")]


def _filled(path: str) -> list[str]:
    """The addresses of a path with the ids of all rows in the place of ``{uid}``.

    Those with two ids are items of lists, whose content the list shows.
    """
    from apps.checklists.models import Assessment, Attestation, Waiver
    from apps.inventory.models import Cluster, Snapshot
    from apps.operations.models import Operation
    from apps.planning.models import Plan
    from apps.runbooks.models import Runbook

    if "{" not in path:
        return [path]
    models = {
        "clusters": Cluster,
        "snapshots": Snapshot,
        "plans": Plan,
        "operations": Operation,
        "assessments": Assessment,
        "attestations": Attestation,
        "waivers": Waiver,
        "runbooks": Runbook,
    }
    model = models.get(path.split("/")[3])
    if model is None or path.count("{") > 1:
        return []
    before, after = path.split("{", maxsplit=1)[0], path.split("}", maxsplit=1)[1]
    return [f"{before}{uid}{after}" for uid in model.objects.values_list("uid", flat=True)[:ROWS]]


def pages(client: Any) -> dict[str, set[str]]:
    """The marks on every list and every page of the admin."""
    from django.contrib import admin
    from django.urls import reverse

    found = {}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"{name}_changelist")]
        addresses += [
            reverse(f"{name}_change", args=[pk]) for pk in model._default_manager.values_list("pk", flat=True)[:PAGES]
        ]
        for address in addresses:
            for language in ("zh-CN", "en"):
                answer = client.get(address, headers={"accept-language": language})
                assert answer.status_code in (200, 302, 403), (address, answer.status_code)
                if marks := found_in(answer.content):
                    found[address] = marks
    return found
