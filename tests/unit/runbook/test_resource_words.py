"""Kinds and groups come from a dump as names do: a shell must take them as text."""

from __future__ import annotations

import shlex

import pytest

from migrator.runbook.kubectl import resource, short_resource


@pytest.mark.parametrize("kind", ["Foo;touch PWNED", "a'; rm -rf / #", "$(id)", "`id`", "A B", "x\ny"])
@pytest.mark.parametrize("api_version", ["v1", "policy/v1", "x.example.com;id/v1"])
def test_a_hostile_kind_or_group_stays_one_word(kind: str, api_version: str) -> None:
    for made in (resource(kind, api_version), short_resource(kind, api_version)):
        assert len(shlex.split(made)) == 1


def test_ordinary_kinds_stay_as_they_are() -> None:
    assert resource("Deployment", "extensions/v1beta1") == "deployments.v1beta1.extensions"
    assert resource("ConfigMap", "v1") == "configmaps"
    assert short_resource("Promotion", "mall.example.com/v1") == "promotion.mall.example.com"
