"""Which names stand for a credential: several hundred of both sorts."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.snapshot.redaction.names import is_named_credential, is_secret_name, is_secret_option, is_value

HERE = Path(__file__).parent
CREDENTIALS = (HERE / "names_of_credentials.txt").read_text("utf-8").split()
OTHERS = (HERE / "names_of_other_things.txt").read_text("utf-8").split()


def test_names_of_credentials() -> None:
    assert [name for name in CREDENTIALS if not is_secret_name(name)] == []


def test_names_of_other_things() -> None:
    assert [name for name in OTHERS if is_secret_name(name)] == []


def test_short_options_of_volumes() -> None:
    assert all(map(is_secret_option, ("sig", "key", "sas", "sharedKey", "accountkey")))
    assert not any(map(is_secret_name, ("sig", "key", "sas")))


@pytest.mark.parametrize(
    "value",
    [
        *("", "yes", "no", "true", "False", "on", "OFF", "0", "1", "none", "null", "enabled", "basic", "oauth2"),
        *("$(DB_PASSWORD)", "${DB_PASSWORD}", "$DB_PASSWORD", "{{ .Values.password }}", "{{password}}", "%s", "%(pw)s"),
        *("<password>", "<your token here>", "<masked>", "****", "xxxx", "/run/secrets/db", "/etc/x/token", "/app"),
        *("file:///etc/x/token", "vault:secret/data/db#password", "ref+vault://a/b", "arn:aws:secretsmanager:x:1:s"),
    ],
)
def test_what_stands_under_a_secret_name_and_is_none(value: str) -> None:
    assert not is_value(value)


@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "123456",
        "$ecret",
        "/Zx9+w==",
        "changeme",
        "p@ss word",
        "${DB_PASSWORD:hunter2}",
        "${X:-hunter2}",
        "密码1",
    ],
)
def test_what_stands_under_a_secret_name_and_is_one(value: str) -> None:
    assert is_value(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AZUREQUEUEKEY", "abcd1234abcd1234=="),
        ("queueKey", "0f3c9a7be21d4c55"),
        ("eventhub.key", "c2VjcmV0dmFsdWU="),
        ("password", "a"),
    ],
)
def test_a_key_of_anything_is_told_by_its_value(name: str, value: str) -> None:
    assert is_named_credential(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("queueKey", "orders-created-2021-01"),
        ("queueKey", "customerordersqueue"),
        ("routingKey", "orderscreated2021x"),
        ("cacheKey", "d41d8cd98f00b204e9800998ecf8427e"),
        ("sshKey", "KeyPair0123456789"),
        ("key", "applicationprod2021"),
        ("topologyKey", "kubernetes.io/hostname"),
        ("monkey", "no"),
    ],
)
def test_a_key_that_opens_nothing(name: str, value: str) -> None:
    assert not is_named_credential(name, value)
