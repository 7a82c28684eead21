"""Containerising: a strict form, an image that runs without root, manifests for the target, a runbook in order."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from migrator.conversion.schemas import Schemas
from migrator.engine import compile_application
from migrator.errors import InputError
from migrator.locale import LANGS, Lang, catalogue, text
from migrator.render import FORMATS, render_all
from migrator.runbook.application.compiler import application_files
from migrator.runbook.application.dockerfile import dockerfile
from migrator.runbook.application.form import ApplicationForm, application_form, parse_form
from migrator.runbook.model import Playbook, StepKind
from migrator.snapshot.model import Snapshot
from migrator.versions import Version
from tests.unit.runbook.clusters import by_key, commands, steps_of
from tests.unit.runbook.invariants import (
    before,
    check_commands,
    check_dangers,
    check_fields,
    check_order,
    check_sentences,
)

LEAST = {
    "name": "clinic",
    "runtime": "python",
    "version": "1.0.0",
    "port": 8000,
    "files": ["app", "start.sh"],
    "registry": "swr.example.com",
    "organisation": "hospital",
}
FULL = {
    **LEAST,
    "namespace": "hospital",
    "packages": ["Django==4.2.16", "requests"],
    "database": {"address": "192.168.0.10", "old_address": "192.168.0.9"},
    "cache": {"address": "192.168.0.11"},
    "config": [{"file": "settings.py", "path": "/app/app/settings.py"}],
    "env": {"TZ": "Asia/Shanghai"},
    "secrets": ["API_KEY"],
    "mounts": [{"path": "/app/media"}],
    "health": "/healthz",
    "host": "clinic.example.com",
    "tls": True,
}
FORMS: dict[str, dict[str, Any]] = {
    "least": LEAST,
    "full": FULL,
    "node": {**LEAST, "exposure": "node"},
    "balancer": {**FULL, "exposure": "balancer"},
    "postgresql": {
        **FULL,
        "database": {"address": "db.example.com", "engine": "postgresql", "old_address": "10.0.0.1"},
    },
    "php": {**LEAST, "runtime": "php", "files": ["src"], "packages": ["pdo_mysql", "redis"]},
    "tomcat": {**LEAST, "runtime": "java-tomcat", "files": ["clinic.war"]},
    "spring": {**LEAST, "runtime": "spring-boot", "files": ["pom.xml", "src"], "build": True},
    "disk": {**LEAST, "replicas": 1, "mounts": [{"path": "/data", "storage_class": "csi-disk", "shared": False}]},
}


def form(**values: Any) -> ApplicationForm:
    return parse_form(yaml.safe_dump({**LEAST, **values}).encode(), "form.yaml")


def objects(given: ApplicationForm, target: str) -> dict[str, dict[str, Any]]:
    files = application_files(given, Version.parse(target))
    found = [yaml.safe_load(text) for path, text in files.items() if path.endswith(".yaml")]
    return {o["kind"] + o["metadata"]["name"].removeprefix(given.name): o for o in found}


# --- the form ---


def test_the_template_is_a_form() -> None:
    assert parse_form(application_form().encode(), "form.yaml").name == "my-app"


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        (b"name: [", "form_unreadable", None),
        (b"a: \xc3(", "form_unreadable", None),
        (b"- a", "form_wrong_type", "\u2014"),
        (b"name: x", "form_missing_field", "runtime"),
        (yaml.safe_dump({**LEAST, "nmae": "x"}).encode(), "form_unknown_field", "nmae"),
        (b"name: x\ndatabase: {address: a, password: x}", "form_unknown_field", "database.password"),
        (yaml.safe_dump({**LEAST, "port": "8000"}).encode(), "form_wrong_type", "port"),
        (yaml.safe_dump({**LEAST, "runtime": "perl"}).encode(), "form_value", "runtime"),
    ],
)  # fmt: skip
def test_a_broken_form_is_told_by_its_field(text: bytes, code: str, field: str | None) -> None:
    with pytest.raises(InputError) as caught:
        parse_form(text, "form.yaml")
    assert caught.value.code == code
    assert caught.value.values.get("field") == field
    for lang in LANGS:
        assert "form.yaml" in caught.value.message(lang)


@pytest.mark.parametrize(
    ("values", "field", "rule"),
    [
        ({"name": "My_App"}, "name", "name"),
        ({"version": "a b"}, "version", "tag"),
        ({"registry": "https://swr.example.com"}, "registry", "registry"),
        ({"port": 70000}, "port", "port"),
        ({"port": 80}, "port", "unprivileged"),
        ({"files": []}, "files", "some"),
        ({"files": ["../secret", "a.sh"]}, "files", "file"),
        ({"files": ["app"]}, "start", "start"),
        ({"start": "a\nb"}, "start", "one_line"),
        ({"runtime": "java-tomcat"}, "files", "archive"),
        ({"cpu": "many"}, "cpu", "cpu"),
        ({"memory": "1"}, "memory", "size"),
        ({"replicas": 0}, "replicas", "replicas"),
        ({"database": {"address": "127.0.0.1"}}, "database.address", "not_here"),
        ({"cache": {"address": "localhost"}}, "cache.address", "not_here"),
        ({"env": {"DB_PASSWORD": "x"}}, "env", "no_secret"),
        ({"env": {"URL": "mysql://u:p@db/x"}}, "env", "no_secret"),
        ({"tls": True}, "tls", "host_for_tls"),
        ({"host": "not a host"}, "host", "host"),
        ({"health": "healthz"}, "health", "path"),
        ({"base": "$(id)"}, "base", "image"),
        ({"packages": ["x; rm -rf /"]}, "packages", "package"),
        ({"secrets": ["A-B"]}, "secrets", "variable"),
        ({"mounts": [{"path": "/a", "shared": False}]}, "mounts.shared", "one_holder"),
    ],
)
def test_each_rule_is_told_in_words(values: dict[str, Any], field: str, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        form(**values)
    assert (caught.value.values["field"], caught.value.values["rule"].key) == (field, f"form.rule.{rule}")  # type: ignore[attr-defined]
    assert caught.value.message("zh") != caught.value.message("en")


def test_no_value_of_a_refused_form_is_repeated() -> None:
    with pytest.raises(InputError) as caught:
        form(env={"TOKEN": "s3cr3t-value"})
    assert "s3cr3t-value" not in caught.value.message("en")


def test_every_rule_has_its_sentence() -> None:
    assert sum(key.startswith("form.rule.") for key in catalogue()) >= 24


# --- the image ---


@pytest.mark.parametrize("name", FORMS)
def test_an_image_is_pinned_and_runs_without_root(name: str) -> None:
    lines = dockerfile(form(**FORMS[name])).splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert all(":" in base and not base.endswith(":latest") for base in bases)
    assert "USER 10001" in lines
    assert f"EXPOSE {LEAST['port']}" in lines
    assert lines[-1].startswith("CMD [")
    assert not any("ssword" in line for line in lines)


def test_what_compiles_is_not_in_the_image_that_runs() -> None:
    python, java = dockerfile(form(**FULL)), dockerfile(form(**FORMS["spring"]))
    last = python.rpartition("FROM ")[2]
    assert "gcc" in python
    assert "gcc" not in last
    assert "COPY --from=build /wheels" in last
    assert "maven" in java
    assert "--from=build /src/target/*.jar" in java.rpartition("FROM ")[2]


def test_settings_stay_out_of_the_image() -> None:
    files = application_files(form(**FULL), Version.parse("1.31"))
    assert "settings.py" in files[".dockerignore"].splitlines()
    assert "settings.py" not in files["Dockerfile"]


def test_a_command_of_the_form_replaces_its_shell() -> None:
    assert dockerfile(form(start="gunicorn app.wsgi")).endswith('CMD ["sh", "-c", "exec gunicorn app.wsgi"]\n')


# --- the manifests ---


@pytest.mark.parametrize(
    ("target", "ingress", "budget"),
    [
        ("1.13", "extensions/v1beta1", "policy/v1beta1"),
        ("1.17", "networking.k8s.io/v1beta1", "policy/v1beta1"),
        ("1.21", "networking.k8s.io/v1", "policy/v1"),
        ("1.31", "networking.k8s.io/v1", "policy/v1"),
    ],
)
def test_manifests_are_of_versions_that_the_target_serves(target: str, ingress: str, budget: str) -> None:
    found = objects(form(**FULL), target)
    assert found["Ingress"]["apiVersion"] == ingress
    assert found["PodDisruptionBudget"]["apiVersion"] == budget
    assert found["Deployment"]["apiVersion"] == "apps/v1"
    assert ("ingressClassName" in found["Ingress"]["spec"]) == (target == "1.31")


@pytest.mark.parametrize("target", ["1.22", "1.25", "1.29", "1.32"])
@pytest.mark.parametrize("name", FORMS)
def test_manifests_are_valid_against_the_published_schema(name: str, target: str) -> None:
    schemas = Schemas(Version.parse(target).minor)
    for manifest in objects(form(**FORMS[name]), target).values():
        assert schemas.is_valid(manifest), manifest


@pytest.mark.parametrize("name", FORMS)
def test_parts_of_the_manifests_refer_to_each_other(name: str) -> None:
    found = objects(form(**FORMS[name]), "1.31")
    template = found["Deployment"]["spec"]["template"]
    pods = template["spec"]
    assert template["metadata"]["labels"] == found["Deployment"]["spec"]["selector"]["matchLabels"]
    assert found["Service"]["spec"]["selector"] == template["metadata"]["labels"]
    volumes = {v["name"] for v in pods.get("volumes", [])}
    assert {m["name"] for m in pods["containers"][0].get("volumeMounts", [])} == volumes
    claims = {o["metadata"]["name"] for o in found.values() if o["kind"] == "PersistentVolumeClaim"}
    assert {
        v["persistentVolumeClaim"]["claimName"] for v in pods.get("volumes", []) if "persistentVolumeClaim" in v
    } == claims
    if "Ingress" in found:
        backend = found["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
        assert backend["port"]["number"] == found["Service"]["spec"]["ports"][0]["port"]
    assert (pods["securityContext"]["runAsNonRoot"], pods["securityContext"]["runAsUser"]) == (True, 10001)


def test_the_secret_is_a_template_with_its_keys() -> None:
    assert objects(form(**FULL), "1.31")["Secret"]["stringData"] == {"DB_PASSWORD": "", "API_KEY": ""}


def test_a_disk_is_given_up_before_the_next_pod_takes_it() -> None:
    assert objects(form(**FORMS["disk"]), "1.31")["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}


# --- the runbook ---


@pytest.mark.parametrize("name", FORMS)
def test_the_runbook_is_whole(name: str) -> None:
    runbook = compile_application(form(**FORMS[name]), "1.31")
    steps = steps_of(runbook)
    assert runbook.playbook is Playbook.CONTAINERISE
    check_fields(steps)
    check_order(runbook)
    check_dangers(runbook)
    check_commands(steps, Snapshot())
    check_sentences(runbook)
    made = {p for p in application_files(form(**FORMS[name]), runbook.target) if p.endswith(".yaml")}
    applied = [p for s in steps for p in s.files]
    assert sorted(applied) == sorted(made), "each manifest is applied by one step"


def test_the_order_is_data_image_deployment_switch_acceptance() -> None:
    steps = by_key(compile_application(form(**FULL), "1.31"))
    assert {"app.database", "app.cache", "app.build"} <= before(steps, "app.try")
    assert {"app.try"} <= before(steps, "app.push")
    assert {"app.push", "app.secret", "app.storage", "app.configuration"} <= before(steps, "app.workload")
    assert {"app.ingress", "app.move_data"} <= before(steps, "app.switch")
    assert steps["app.accept"].kind is StepKind.GATE
    assert steps["app.switch"].interrupts


def test_without_data_to_move_nothing_is_interrupted() -> None:
    runbook = compile_application(form(**LEAST), "1.31")
    assert runbook.outages == ()
    assert not by_key(runbook).keys() & {"app.database", "app.cache", "app.secret", "app.storage", "app.ingress"}


def test_the_database_grants_its_own_schema_only() -> None:
    text = commands(by_key(compile_application(form(**FULL), "1.31"))["app.database"])
    assert "GRANT ALL PRIVILEGES ON \\`clinic\\`.* TO 'clinic'@'%'" in text
    assert "grant all on *.*" not in text.lower()


def test_packages_without_a_version_are_told() -> None:
    warnings = by_key(compile_application(form(**FULL), "1.31"))["app.sources"].warnings
    assert [w.values["names"] for w in warnings] == [["requests"]]


@pytest.mark.parametrize(("lang", "said"), [("zh", "未做集群检查"), ("en", "No cluster was checked")])
def test_no_document_calls_a_runbook_ready_for_which_nothing_was_checked(lang: Lang, said: str) -> None:
    runbook = compile_application(form(**FORMS["full"]), "1.25")
    page = next(iter(render_all(runbook, [(FORMATS["md"], lang)]).values())).decode()
    assert f"**{said}**" in page
    assert text("render.readiness.ready", lang) not in page
    document = next(iter(render_all(runbook, [(FORMATS["json"], lang)]).values()))
    assert (runbook.readiness, json.loads(document)["readiness"]) == ("no_checks", "no_checks")
