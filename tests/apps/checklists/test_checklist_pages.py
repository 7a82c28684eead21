"""The checklist in the admin: the page of an assessment, its workbook out and in, and assessing again."""

from __future__ import annotations

import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.checklists.models import Attestation
from apps.checklists.services import attestation_create, today, waiver_create
from apps.operations.models import Operation
from migrator.checks.registry import all_checks
from migrator.locale import text
from migrator.paths.model import Strategy
from tests.conftest import CHINESE, ENGLISH
from tests.filled import filled_in, rows_of

ASKING = [c.spec.code for c in all_checks() if c.spec.asks and Strategy.MIGRATE in c.spec.strategies]


def page_of(client, assessment, **headers) -> str:
    address = reverse("admin:checklists_assessment_change", args=(assessment.pk,))
    answer = client.get(address, **(headers or ENGLISH))
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_check_once_in_the_five_categories_of_the_course(admin_pages, assessment):
    page = page_of(admin_pages, assessment, **CHINESE)
    heads = re.findall(r'<section id="checklist-\w+".*?<h2[^>]*>([^<]*)</h2>', page, re.DOTALL)
    assert heads == ["集群", "工作负载", "存储", "网络", "运维"]
    shown = re.findall(r'<tr id="([A-Z0-9]+)">', page)
    assert sorted(shown) == sorted(c.spec.code for c in all_checks())


def test_open_questions_stand_first_and_what_does_not_apply_is_folded(admin_pages, assessment):
    page = page_of(admin_pages, assessment)
    for section in re.findall(r"<section .*?</section>", page, re.DOTALL):
        groups = re.findall(r'<details class="checklist-group"( open)?>\s*<summary[^>]*>([^(<]*) \(', section)
        names = [name for _, name in groups]
        assert names == [n for n in ("To be settled", "Fail", "Pass", "Not applicable") if n in names]
        assert {name for is_open, name in groups if not is_open} <= {"Pass", "Not applicable"}
    waiting = assessment.results.filter(unanswered=True).first()
    assert text(f"check.{waiting.slug}.question", "en").split("\n")[0][:30] in page


def test_the_number_of_findings_leads_to_them(admin_pages, assessment):
    row = assessment.results.filter(finding_count__gt=0).first()
    address = f"{reverse('admin:checklists_finding_changelist')}?assessment__id__exact={assessment.pk}"
    link = f"{address}&amp;check_code={row.code}"
    assert link in page_of(admin_pages, assessment)
    listed = admin_pages.get(link.replace("&amp;", "&")).context["cl"]
    assert {f.check_code for f in listed.result_list} == {row.code}
    assert listed.result_count == row.finding_count


def test_a_remark_where_something_changed_since(admin_pages, manager, plan, assessment):
    assert "assess again" not in page_of(admin_pages, assessment)
    attestation_create(actor=manager, cluster=plan.cluster, check=ASKING[0], answer="pass", evidence="<b>x</b>")
    waiver_create(actor=manager, cluster=plan.cluster, check="CLU001", reason="x", until=today(), name="x")
    page = page_of(admin_pages, assessment)
    assert "Answers given since this assessment: 1." in page
    assert "Waivers given since this assessment: 1." in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_assessing_again_starts_an_operation_and_only_by_post(admin_pages, assessment):
    address = reverse("admin:checklists_assessment_again", args=(assessment.pk,))
    before = Operation.objects.count()
    assert admin_pages.get(address).status_code == 405
    answer = admin_pages.post(address)
    operation = Operation.objects.latest("created_at")
    assert answer["Location"] == reverse("admin:operations_operation_change", args=(operation.pk,))
    assert Operation.objects.count() == before + 1


def uploaded(client, assessment, content: bytes):
    address = reverse("admin:checklists_assessment_answers", args=(assessment.pk,))
    return client.post(address, {"file": SimpleUploadedFile("f.xlsx", content)}, follow=True, **ENGLISH)


def test_the_workbook_goes_out_and_comes_back(admin_pages, assessment):
    address = reverse("admin:checklists_assessment_checklist", args=(assessment.pk,))
    workbook = admin_pages.get(address, **CHINESE).content
    wrong = uploaded(admin_pages, assessment, filled_in(workbook, **{ASKING[0]: {"answer": "pass"}}))
    row = list(rows_of(workbook)).index(ASKING[0]) + 2
    assert f"row {row}" in wrong.content.decode()
    assert not Attestation.objects.exists()
    right = filled_in(workbook, **{ASKING[0]: {"answer": "pass", "evidence": "x"}})
    assert "Answers stored: 1; already there: 0." in uploaded(admin_pages, assessment, right).content.decode()
    assert Attestation.objects.get().check_code == ASKING[0]
    assert "no sound workbook" in uploaded(admin_pages, assessment, b"x").content.decode()


def test_who_may_only_look_is_offered_nothing_else(client, django_user_model, assessment):
    from django.contrib.auth.models import Permission

    viewer = django_user_model.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_assessment"))
    client.force_login(viewer)
    assert "Assess again" not in page_of(client, assessment)
    for name in ("again", "answers"):
        assert client.post(reverse(f"admin:checklists_assessment_{name}", args=(assessment.pk,))).status_code == 403


def test_an_assessment_of_another_version_says_that_it_cannot_be_shown(admin_pages, assessment):
    assessment.results.all().update(reason_key="gone.sentence")
    assert page_of(admin_pages, assessment).count("checklist-changed") == 1
