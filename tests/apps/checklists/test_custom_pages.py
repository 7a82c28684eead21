"""Checks that people write, in the admin: form, trial, on and off, files, and where their titles are shown."""

from __future__ import annotations

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.checklists import custom
from apps.checklists.models import CustomCheck
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from tests.apps.checklists.test_custom import FIELDS, assessed, made, switched_on, tried
from tests.conftest import CHINESE, ENGLISH

ADD = reverse("admin:checklists_customcheck_add")
LIST = reverse("admin:checklists_customcheck_changelist")


def posted(**changes) -> dict:
    fields = {**FIELDS, "kinds": "Deployment, StatefulSet", "severity": "blocker", "category": "workload"}
    return {**fields, "strategies": ["upgrade", "migrate"], **changes}


def page_of(check, name="try") -> str:
    return reverse(f"admin:checklists_customcheck_{name}", args=(check.pk,))


def test_the_form_writes_a_draft_and_offers_the_next_code(admin_client, manager):
    made(manager)
    empty = admin_client.get(ADD, **ENGLISH).context["adminform"].form
    assert empty.initial["code"] == "USR002"
    assert empty["strategies"].value() == ["upgrade", "migrate"]
    done = admin_client.post(ADD, posted(code="USR002", slug="b"), **ENGLISH)
    assert done.status_code == 302
    row = CustomCheck.objects.get(code="USR002")
    assert (row.kinds, row.severity, row.state) == (["Deployment", "StatefulSet"], "blocker", "draft")
    assert row.created_by.username == "admin"
    admin_client.post(page_of(row, "change"), posted(code="USR002", slug="b", kinds="Pod"), **ENGLISH)
    row.refresh_from_db()
    assert row.kinds == ["Pod"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"expression": "object."}, "expression", "line 1, column 8"),
        ({"expression": "objct == 1"}, "expression", 'no variable or function "objct"'),
        ({"code": "X1"}, "code", "USR001"),
        ({"slug": "bare-pod"}, "slug", "bare-pod"),
        ({"kinds": "a"}, "kinds", "Deployment"),
        ({"applies": "x"}, "applies", "x"),
        ({"message_en": "", "message_zh": ""}, "message_zh", "Chinese or English"),
    ],
)
def test_the_form_refuses_in_its_fields(admin_client, changes, field, said):
    page = admin_client.post(ADD, posted(**changes), **ENGLISH)
    (error,) = page.context["adminform"].form.errors[field]
    assert said in error
    assert not CustomCheck.objects.exists()


def test_tried_and_switched_on_from_its_page(admin_client, manager, shop):
    check = made(manager)
    assert b"Switch on" not in admin_client.get(page_of(check), **ENGLISH).content
    refused = admin_client.post(page_of(check, "state"), {"state": "on"}, follow=True, **ENGLISH)
    assert b"has not been tried without an error" in refused.content
    led = admin_client.post(page_of(check), {"cluster": shop.cluster.pk, "target": "1.25"}, **ENGLISH)
    operation = Operation.objects.get(kind=custom.TRY)
    assert led["Location"] == reverse("admin:operations_operation_change", args=(operation.pk,))
    assert run_operation(str(operation.uid))
    assert page_of(check) in admin_client.get(led["Location"], **ENGLISH).content.decode()
    shown = admin_client.get(page_of(check), **CHINESE)
    assert shown.context["found"] == [("Deployment shop/web", "")]
    assert "查看 1 个对象" in shown.content.decode()
    assert "启用" in shown.content.decode()
    admin_client.post(page_of(check, "state"), {"state": "on"}, **ENGLISH)
    check.refresh_from_db()
    assert check.state == "on"
    admin_client.post(page_of(check, "state"), {"state": "off"}, **ENGLISH)
    check.refresh_from_db()
    assert check.state == "off"


def test_the_trial_shows_what_could_not_be_judged(admin_client, manager, shop):
    check = made(manager, expression="object.spec.gone > 1")
    tried(check, shop.cluster)
    page = admin_client.get(page_of(check), **ENGLISH)
    ((name, problem),) = page.context["problems"]
    assert (name, "gone" in problem) == ("Deployment shop/web", True)
    assert 'has no field "' in problem
    assert page.context["said"] in admin_client.get(LIST, **ENGLISH).content.decode()


def test_who_may_only_look_starts_and_changes_nothing(client, manager, shop, django_user_model):
    from django.contrib.auth.models import Permission

    check = made(manager)
    reader = django_user_model.objects.create_user("reader", password="x", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_customcheck"))
    client.force_login(reader)
    assert client.get(page_of(check)).status_code == 200
    assert client.post(page_of(check), {"cluster": shop.cluster.pk, "target": "1.25"}).status_code == 403
    assert client.post(page_of(check, "state"), {"state": "on"}).status_code == 403
    assert client.get(reverse("admin:checklists_customcheck_import")).status_code == 403


def test_a_file_is_taken_in_and_given_out(admin_client, manager):
    made(manager)
    exported = admin_client.get(reverse("admin:checklists_customcheck_export_all"))
    entries = yaml.safe_load(exported.content)
    entries[0]["title"]["en"] = "From the file"
    page = reverse("admin:checklists_customcheck_import")
    file = SimpleUploadedFile("checks.yaml", yaml.safe_dump(entries).encode())
    assert admin_client.post(page, {"file": file}, **ENGLISH).status_code == 302
    assert CustomCheck.objects.get().title_en == "From the file"
    wrong = admin_client.post(page, {"file": SimpleUploadedFile("a.yaml", b"- {code: USR001}")}, **ENGLISH)
    assert "check 1" in wrong.context["form"].errors["file"][0]


def test_pages_show_it_by_its_own_words(admin_client, plan, manager):
    check = switched_on(manager, plan.cluster)
    row = assessed(plan, manager)
    check.delete()
    pages = [
        reverse("admin:checklists_assessment_change", args=(row.pk,)),
        f"{reverse('admin:checklists_finding_changelist')}?assessment__id__exact={row.pk}&check_code=USR001",
        reverse("admin:checklists_finding_change", args=(row.findings.get(check_code="USR001").pk,)),
    ]
    for page in pages:
        shown = admin_client.get(page, **CHINESE).content.decode()
        assert "副本太少" in shown or "至少三个副本" in shown, page


def test_an_own_check_can_be_chosen_for_answers_and_waivers(admin_client, manager, shop):
    switched_on(manager, shop.cluster)
    for kind in ("attestation", "waiver"):
        assert (
            "USR001 Too few replicas"
            in admin_client.get(reverse(f"admin:checklists_{kind}_add"), **ENGLISH).content.decode()
        )
