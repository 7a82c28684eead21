"""Settings, their readers, system checks, log lines and the health page."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.core import checks
from apps.core.logs import JsonLines, PlainLines
from config import env
from tests.conftest import ROOT


def settings_of(tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Reads the settings in a process of its own with nothing but the given environment."""
    code = (
        "import json; from config import settings as s\n"
        "print(json.dumps({'engine': s.DATABASES['default']['ENGINE'], 'broker': s.CELERY_BROKER_URL,"
        " 'cache': s.CACHES['default'], 'hosts': s.ALLOWED_HOSTS, 'key': s.SECRET_KEY,"
        " 'options': s.DATABASES['default']['OPTIONS'], 'log': s.LOG_FORMAT}))"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_an_environment_it_is_embedded(tmp_path):
    told = json.loads(settings_of(tmp_path).stdout)
    assert told["engine"] == "django.db.backends.sqlite3"
    assert told["broker"].startswith("filesystem://")
    assert told["options"]["transaction_mode"] == "IMMEDIATE"
    assert (tmp_path / "secret_key").read_text() == told["key"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert json.loads(settings_of(tmp_path).stdout)["key"] == told["key"], "the key is kept"


def test_two_addresses_make_it_production(tmp_path):
    key = tmp_path / "key"
    key.write_text("k" * 50 + "\n")
    told = json.loads(
        settings_of(
            tmp_path,
            DATABASE_URL="mysql://u:p%40ss@db:3306/migrator",
            CELERY_BROKER_URL="redis://redis:6379/0",
            SECRET_KEY_FILE=str(key),
            ALLOWED_HOSTS="a.example, b.example",
        ).stdout
    )
    assert told["engine"] == "django.db.backends.mysql"
    assert told["options"]["isolation_level"] == "read committed"
    assert told["cache"] == {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://redis:6379/1",
    }
    assert told["key"] == "k" * 50
    assert told["hosts"][:2] == ["a.example", "b.example"]
    assert told["log"] == "json"
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"DATABASE_URL": "mysql://u:p@db/x"}, "SECRET_KEY"),
        ({"DATABASE_URL": "postgres://u:p@db/x", "SECRET_KEY": "k" * 50}, "DATABASE_URL"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
        ({"TASK_TIME_LIMIT": "soon"}, "TASK_TIME_LIMIT"),
        ({"OPERATION_ATTEMPTS": "1.5"}, "OPERATION_ATTEMPTS"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
        ({"SECRET_KEY": "a", "SECRET_KEY_FILE": "/b"}, "SECRET_KEY_FILE"),
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE"),
        ({"KEEP_ORIGINALS": "30"}, "ORIGINALS_KEYS"),
        ({"ORIGINALS_KEYS": "2026:c2hvcnQ="}, "ORIGINALS_KEYS"),
    ],
)
def test_nonsense_stops_the_start_and_names_the_variable(tmp_path, environment, named):
    done = settings_of(tmp_path, **environment)
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert named in done.stderr.splitlines()[-1]


def test_a_number_below_its_least_is_refused(monkeypatch):
    monkeypatch.setenv("SOME_NUMBER", "0")
    with pytest.raises(ImproperlyConfigured, match="at least 1"):
        env.number("SOME_NUMBER", 5, least=1)


def test_a_ring_of_keys_is_read_in_its_order(monkeypatch, tmp_path):
    new, old = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    (tmp_path / "ring").write_text(f"2026-07:{new}\n2025-01:{old}\n")
    monkeypatch.setenv("RING_FILE", str(tmp_path / "ring"))
    assert list(env.key_ring("RING").items()) == [("2026-07", b"\1" * 32), ("2025-01", b"\2" * 32)]
    monkeypatch.delenv("RING_FILE")
    monkeypatch.setenv("RING", f"a:{new},b:{old}")
    assert list(env.key_ring("RING")) == ["a", "b"]
    assert env.key_ring("NO_RING") == {}


@pytest.mark.parametrize("entry", ["{key}", "a:{key}x", "a:secret-words", "a b:{key}", ":{key}", "a:{key},a:{key}"])
def test_a_ring_that_makes_no_sense_is_refused_without_repeating_it(monkeypatch, entry):
    key = base64.b64encode(bytes(32)).decode()
    monkeypatch.setenv("RING", entry.format(key=key))
    with pytest.raises(ImproperlyConfigured, match="RING: entry") as caught:
        env.key_ring("RING")
    assert key not in str(caught.value)
    assert "secret-words" not in str(caught.value)


def ids(problems) -> list[str]:
    return [p.id for p in problems]


def test_system_checks_find_what_is_wrong(settings):
    assert ids(checks.secret_key()) == []
    settings.SECRET_KEY = "short"
    assert ids(checks.secret_key()) == ["core.E001"]
    settings.PRODUCTION, settings.CELERY_BROKER_URL = True, "filesystem://"
    assert ids(checks.broker_fits_database()) == ["core.W002"]
    settings.PRODUCTION, settings.CELERY_BROKER_URL = False, "redis://localhost"
    assert ids(checks.broker_fits_database()) == ["core.W003"]
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": settings.CELERY_TASK_TIME_LIMIT}
    settings.CELERY_TASK_SOFT_TIME_LIMIT = settings.CELERY_TASK_TIME_LIMIT
    settings.OPERATION_BEAT_SECONDS = settings.OPERATION_LEASE_SECONDS
    assert ids(checks.time_limits()) == ["core.E004", "core.E005", "core.E006"]
    assert ids(checks.catalog_loads()) == []


def test_a_ring_beside_what_it_opens_is_found(settings, monkeypatch, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setenv("ORIGINALS_KEYS_FILE", str(tmp_path / "ring"))
    assert ids(checks.keys_lie_elsewhere()) == []
    monkeypatch.setenv("ORIGINALS_KEYS_FILE", str(tmp_path / "data" / "ring"))
    assert ids(checks.keys_lie_elsewhere()) == ["core.E009"]


def test_json_lines_keep_extra_fields_and_the_traceback():
    record = logging.makeLogRecord({"name": "apps.x", "levelname": "INFO", "msg": "claimed %s", "args": ("a",)})
    record.operation = "123"
    record.request = object()
    line = json.loads(JsonLines().format(record))
    assert (line["event"], line["level"], line["operation"]) == ("claimed a", "info", "123")
    assert "request" not in line
    assert PlainLines().format(record).endswith("INFO apps.x claimed a operation=123")


def test_health_is_told_without_a_login(client, db):
    response = client.get("/healthz/")
    assert (response.status_code, set(response.json().values())) == (200, {"OK"})


def test_health_is_bad_when_the_data_folder_is_gone(client, db, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"
    assert client.get("/healthz/").status_code == 500


def test_the_documentation_needs_nothing_from_outside(client, db):
    html = client.get("/api/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/" in html
    assert "http://" not in html.replace("http://testserver", "")
    assert "https://" not in html


def test_pages_of_lists_always_end_with_the_key(db):
    from django.contrib.auth.models import User
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    from apps.core.pagination import Pages

    User.objects.bulk_create([User(username=f"u{n}", first_name="same") for n in range(7)])
    seen = []
    for page in (1, 2, 3):
        request = Request(APIRequestFactory().get("/", {"page": page, "page_size": 3}))
        seen += [u.pk for u in Pages().paginate_queryset(User.objects.order_by("first_name"), request)]
    assert seen == sorted(User.objects.values_list("pk", flat=True))
