"""An application's form over HTTP and in the admin: the same runbook, Dockerfile and manifests as by command line."""

from __future__ import annotations

import io
import zipfile
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.runbooks.models import Runbook
from migrator.engine import compile_application
from migrator.locale import text
from migrator.render import FORMATS, render_all
from migrator.runbook.application.compiler import application_files
from migrator.runbook.application.form import parse_form

FORM = """\
name: clinic
runtime: python
version: "1.0.0"
port: 8000
files: [app, start.sh]
registry: swr.example.com
organisation: hospital
namespace: hospital
database: {address: 192.168.0.10, old_address: 192.168.0.9}
secrets: [API_KEY]
host: clinic.example.com
"""


def asked(client, plan, **body):
    return client.post(f"/api/v1/plans/{plan.uid}/runbooks/", body, format="json")


def made_by(operation: Operation) -> Runbook:
    assert run_operation(str(operation.uid))
    return Runbook.objects.get(operation=operation)


@pytest.fixture
def clinic(api, plan) -> Runbook:
    answer = asked(api, plan, playbook="containerise", form=FORM)
    assert answer.status_code == 202, answer.content
    return made_by(Operation.objects.get(uid=answer.json()["uid"]))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_documents_are_those_of_the_command_line(api, clinic, lang):
    form = parse_form(FORM.encode(), "form.yaml")
    runbook = compile_application(form, "1.25")
    files = application_files(form, runbook.target)
    expected = render_all(runbook, [(kind, lang) for kind in FORMATS.values()], beside=files)
    for name in FORMATS:
        answer = api.get(f"/api/v1/runbooks/{clinic.uid}/download/?format={name}&lang={lang}")
        assert answer.content == expected[f"runbook-{lang}.{name}"], name
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "Dockerfile" in names
    assert "manifests/40-workload.yaml" in names


def test_no_cluster_was_checked_for_it(api, clinic):
    assert clinic.readiness == "no_checks"
    assert clinic.operation.result["readiness"] == "no_checks"
    assert api.get(f"/api/v1/runbooks/{clinic.uid}/").json()["readiness"] == "no_checks"
    for wanted, found in (("no_checks", 1), ("ready", 0)):
        assert api.get(f"/api/v1/runbooks/?readiness={wanted}").json()["count"] == found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_say_that_no_cluster_was_checked(admin_pages, clinic, language):
    headers = {"accept-language": language}
    said = text("readiness.no_checks", "zh" if language == "zh-hans" else "en")
    listed = admin_pages.get(
        reverse("admin:runbooks_runbook_changelist"), {"readiness__exact": "no_checks"}, headers=headers
    )
    assert list(listed.context["cl"].result_list) == [clinic]
    shown = admin_pages.get(reverse("admin:runbooks_runbook_change", args=(clinic.pk,)), headers=headers)
    for answer in (listed, shown):
        assert said in answer.content.decode()
    none = admin_pages.get(reverse("admin:runbooks_runbook_changelist"), {"readiness__exact": "ready"})
    assert not none.context["cl"].result_list


def test_rows_of_before_are_corrected_by_the_migration(clinic, runbook):
    kept = Runbook.objects.get(pk=runbook.pk).readiness
    Runbook.objects.filter(pk=clinic.pk).update(readiness="ready")
    migration = import_module("apps.runbooks.migrations.0006_readiness_without_checks")
    for step, told in ((migration.tell_unchecked, "no_checks"), (migration.forget, "ready")):
        step(apps, None)
        assert Runbook.objects.get(pk=clinic.pk).readiness == told
        assert Runbook.objects.get(pk=runbook.pk).readiness == kept


def test_its_files_are_listed_and_downloaded(api, clinic):
    listed = api.get(f"/api/v1/runbooks/{clinic.uid}/manifests/").json()
    assert {"Dockerfile", "manifests/60-ingress.yaml"} <= {row["path"] for row in listed["results"]}
    assert clinic.manifest_count == listed["count"]
    file = api.get(f"/api/v1/runbooks/{clinic.uid}/manifests/file/?path=Dockerfile")
    assert file.content.startswith(b"FROM ") or b"\nFROM " in file.content


def test_the_next_revision_takes_the_form_of_the_last(api, clinic):
    answer = asked(api, clinic.plan, playbook="containerise")
    again = made_by(Operation.objects.get(uid=answer.json()["uid"]))
    assert (again.number, again.digest, again.bundle_digest) == (2, clinic.digest, clinic.bundle_digest)


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        ({"playbook": "containerise"}, "application_form_missing", 409),
        ({"playbook": "retirement", "form": FORM}, "application_form_unasked", 422),
        ({"playbook": "containerise", "form": FORM + "colour: red\n"}, "form_unknown_field", 422),
        ({"playbook": "containerise", "form": FORM.replace("8000", "80")}, "form_value", 422),
        ({"playbook": "containerise", "form": FORM + "start: run --password=Xk29vTq81mZ\n"}, "text_secret", 422),
        ({"playbook": "containerise", "form": FORM + "env: {DSN: 'mysql://u:Xk29vTq81mZ@db/x'}\n"}, "form_value", 422),
    ],
)
def test_what_is_refused_starts_nothing(api, plan, body, code, status):
    before = Operation.objects.count()
    answer = asked(api, plan, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "Xk29vTq81mZ" not in answer.content.decode()
    assert Operation.objects.count() == before


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_form_is_filled_in_on_a_page_of_the_plan(admin_pages, plan, language):
    headers = {"accept-language": language}
    address = reverse("admin:planning_plan_containerise", args=(plan.pk,))
    assert "runtime: python" in admin_pages.get(address, headers=headers).content.decode()
    wrong = admin_pages.post(address, {"form": FORM.replace("8000", "80")}, headers=headers).content.decode()
    assert text("form.rule.unprivileged", "zh" if language == "zh-hans" else "en") in wrong
    assert "swr.example.com" in wrong  # what was typed is still there
    assert admin_pages.post(address, {"form": FORM}, headers=headers).status_code == 302
    made = made_by(Operation.objects.filter(kind="runbooks.compile").order_by("-id").first())
    assert made.playbook == "containerise"
    assert "hospital" in admin_pages.get(address, headers=headers).content.decode()
    shown = admin_pages.get(reverse("admin:runbooks_runbook_change", args=(made.pk,)), headers=headers)
    assert shown.status_code == 200
