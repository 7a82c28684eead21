"""Names of downloads: nothing of a cluster's name is cut off, and every program finds one that it can read."""

from __future__ import annotations

import pytest

from apps.core.downloads import disposition, safe_name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("old-shop", "old-shop"),
        ("云河商城/生产", "云河商城-生产"),
        ('a "b": c?', "a -b- c"),
        ("..\\..\\x", "x"),
        ("line\r\nSet-Cookie: x", "line-Set-Cookie- x"),
        ("///", "cluster"),
        ("x" * 400, "x" * 150),
    ],
)
def test_a_name_is_safe_on_every_file_system(given: str, expected: str) -> None:
    assert safe_name(given) == expected


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("shop-r1-runbook-en.md", 'attachment; filename="shop-r1-runbook-en.md"'),
        (
            "云河-r1-runbook-zh.md",
            "attachment; filename=\"r1-runbook-zh.md\"; filename*=utf-8''%E4%BA%91%E6%B2%B3-r1-runbook-zh.md",
        ),
    ],
)
def test_the_header_has_a_name_in_ascii_beside_the_name_itself(name: str, header: str) -> None:
    assert disposition(name) == header
