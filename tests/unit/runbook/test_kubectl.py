"""Commands: names as words, long lists in portions, full resource names."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.runbook.kubectl import (
    WORK,
    Context,
    copy_objects,
    declare,
    file_word,
    kubectl,
    named,
    program_of,
    resource,
    short_resource,
    word,
    write_files,
    write_input,
)


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), min_size=1, max_size=40))
def test_any_name_is_one_word(name: str) -> None:
    assert shlex.split(word(name)) == [name]


@given(st.lists(st.text("abc-./;$ \n'\"", min_size=1, max_size=8), min_size=1, max_size=20))
def test_any_list_of_names_stays_that_list(names: list[str]) -> None:
    words = shlex.split(named(names).replace("\\\n    ", ""))
    assert [w for w in words if w != "--"] == [n for n in names if n != "--"]


def test_a_name_that_looks_like_an_option_is_none() -> None:
    assert named(["-rf"]).startswith("-- ")


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_file_word_has_nothing_to_interpret(a: str, b: str) -> None:
    assert set(file_word(a, b)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


@pytest.mark.parametrize(
    ("kind", "api_version", "full", "short"),
    [
        ("Deployment", "extensions/v1beta1", "deployments.v1beta1.extensions", "deployments"),
        ("Deployment", "apps/v1", "deployments.v1.apps", "deployments"),
        ("Ingress", "networking.k8s.io/v1", "ingresses.v1.networking.k8s.io", "ingresses.networking.k8s.io"),
        ("Service", "v1", "services", "services"),
        ("Widget", "example.com/v1", "widget.v1.example.com", "widget.example.com"),
    ],
)
def test_resource_names(kind: str, api_version: str, full: str, short: str) -> None:
    assert (resource(kind, api_version), short_resource(kind, api_version)) == (full, short)


def test_context_and_namespace_are_always_written() -> None:
    assert kubectl("old", "get pods", namespace="a b") == "~/cce-migration/kubectl-old -n 'a b' get pods"


def test_each_cluster_has_a_program_that_no_setting_of_the_shell_turns_to_the_other(tmp_path: Path) -> None:
    """Both kubeconfigs of CCE use the same names, and variables die with the shell: nothing may depend on either."""
    clusters: tuple[Context, ...] = ("old", "new")
    tools = tmp_path / "cce-migration" / "bin"
    tools.mkdir(parents=True)
    for cluster in clusters:
        tool = tools / f"kubectl-for-{cluster}"
        tool.write_text(f'#!/bin/sh\necho "{cluster} $*"\n')
        tool.chmod(0o700)
    environment = {**os.environ, "HOME": str(tmp_path), "KUBECONFIG": "/somewhere/else"}

    def told(script: str) -> str:
        return subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout

    told("\n".join(program_of(cluster) for cluster in clusters))
    for cluster in clusters:
        file = f"{tmp_path}/cce-migration/{cluster}.json"
        assert told(kubectl(cluster, "get pods", "'a b'")) == f"{cluster} --kubeconfig {file} get pods a b\n"


# A cluster of one object: create refuses what is there, replace what is not.
_ONE_OBJECT = """#!/bin/sh
there="$HOME/there"
case "$*" in *--dry-run*) echo '{"kind": "Secret"}'; exit;; esac
case "$1$3" in create*|"-ncreate") test ! -e "$there" || { echo AlreadyExists >&2; exit 1; };;
replace*|"-nreplace") test -e "$there" || { echo NotFound >&2; exit 1; };; esac
test "${*%-}" = "$*" || cat > "$there"
test "${*%.yaml}" = "$*" || cp "$HOME/a.yaml" "$there"
"""


@pytest.mark.parametrize("write", ["apply", "apply --server-side", "create"])
@pytest.mark.parametrize(
    ("made", "content"),
    [
        (lambda write: f"printf '%s' '[1, 2]' | {write_input('new', write, 'shop')}", "[1, 2]"),
        (lambda write: write_files("new", write, f'-f "{WORK}/a.yaml"'), "kind: Secret"),
        (lambda write: declare("secret generic x", 17, write), '{"kind": "Secret"}'),
    ],
    ids=["pipe", "files", "words"],
)
def test_what_is_there_already_is_written_again(
    tmp_path: Path, made: Callable[[str], str], content: str, write: str
) -> None:
    (tmp_path / "cce-migration").mkdir()
    program = tmp_path / "cce-migration" / "kubectl-new"
    program.write_text(_ONE_OBJECT)
    program.chmod(0o700)
    (tmp_path / "a.yaml").write_text("kind: Secret\n")
    for _ in range(2):
        subprocess.run(
            ["bash", "-ec", made(write)], env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, check=True
        )
        assert (tmp_path / "there").read_text().strip() == content
        (tmp_path / "there").write_text("edited")


def test_a_cluster_that_refuses_both_ends_the_command_with_its_error(tmp_path: Path) -> None:
    (tmp_path / "cce-migration").mkdir()
    program = tmp_path / "cce-migration" / "kubectl-new"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o700)
    for command in (write_input("new", "create"), write_files("new", "create", "-f a.yaml")):
        ended = subprocess.run(
            ["bash", "-c", command], env={**os.environ, "HOME": str(tmp_path)}, input="{}", text=True, check=False
        )
        assert ended.returncode == 1


def test_many_names_become_several_commands() -> None:
    text = copy_objects("configmaps", [f"c{i}" for i in range(250)], program="objects.jq", namespace="n")
    assert text.count("~/cce-migration/kubectl-old -n n get configmaps") == 3
    assert text.count("| ~/cce-migration/kubectl-new -n n apply -f -") == 3
    assert all(f"c{i}" in text for i in (0, 119, 120, 249))
