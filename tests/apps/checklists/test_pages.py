"""Pages of the admin: many answers at once, two assessments compared, an assessment as files."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.html import escape

from apps.checklists import adapters, selectors
from apps.checklists.models import Assessment, Attestation
from apps.checklists.questions import open_questions
from apps.checklists.services import assessment_request, attestations_create
from apps.operations.runner import run_operation
from migrator.locale import say, text

ENGLISH = {"accept-language": "en"}


def assessed(plan, actor) -> Assessment:
    operation = assessment_request(actor=actor, plan=plan)
    assert run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


@pytest.fixture
def address(assessment) -> str:
    return reverse("admin:checklists_attestation_answer", args=(assessment.plan.cluster_id,))


def answered(*rows, code="pass", evidence="seen"):
    return {
        f"{row.code}-{field}": value
        for row in rows
        for field, value in (("answer", code), ("evidence", evidence), ("valid_until", ""))
    }


def reason_of(row, lang):
    return say(adapters.result_of(row.result).reason, lang)


@pytest.mark.parametrize(("header", "lang"), [("zh-CN", "zh"), ("en", "en")])
def test_the_page_asks_every_open_question_in_the_readers_language(admin_client, assessment, address, header, lang):
    page = admin_client.get(address, headers={"accept-language": header})
    rows = page.context["page"].rows
    asked = set(assessment.results.filter(unanswered=True).values_list("code", flat=True))
    assert {row.result.code for row in rows} == asked | set(
        assessment.results.filter(outcome="unknown").values_list("code", flat=True)
    )
    for row in rows:
        said = text(f"check.{row.result.slug}.question", lang) if row.result.code in asked else reason_of(row, lang)
        assert row.question == said
    assert sum(len(rows) for _name, rows in page.context["list_of"]) == len(rows)


def test_what_a_question_speaks_of_stands_beside_it(admin_client, assessment, address):
    page = admin_client.get(address, headers={"accept-language": "en"})
    rows = {row.result.code: row for row in page.context["page"].rows}
    told = {code: list(adapters.result_of(row.result).evidence) for code, row in rows.items()}
    assert any(told.values())
    for code, row in rows.items():
        assert row.seen == [say(message, "en") for message in told[code][:50]]
        assert all(escape(line) in page.content.decode() for line in row.seen)


def test_answers_are_saved_together_and_are_asked_no_more(admin_client, plan, manager, assessment, address):
    first, second, *_others = open_questions(assessment)
    done = admin_client.post(address, {**answered(first), **answered(second, code="fail", evidence="no backup")})
    assert done.status_code == 302
    assert {(a.check_code, a.answer, a.evidence) for a in Attestation.objects.all()} == {
        (first.code, "pass", "seen"),
        (second.code, "fail", "no backup"),
    }
    assert {first.code, second.code}.isdisjoint(
        row.result.code for row in admin_client.get(address).context["page"].rows
    )
    later = {r.check: r for r in adapters.assessment_of(assessed(plan, manager)).results}
    assert later[first.code].attestation is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"evidence": " "}, "evidence"), ({"valid_until": "2020-01-01"}, "valid_until"), ({"answer": ""}, "answer")],
)
def test_one_wrong_row_keeps_all_from_being_saved_and_says_so_beside_it(
    admin_client, assessment, address, change, field
):
    first, second, *_others = open_questions(assessment)
    sent = {**answered(first, second), **{f"{second.code}-{name}": value for name, value in change.items()}}
    page = admin_client.post(address, sent)
    assert page.status_code == 200
    wrong = {row.result.code: list(row.errors) for row in page.context["page"].rows if row.errors}
    assert wrong == {second.code: [field]}
    assert not Attestation.objects.exists()
    assert 'value="pass" selected' in page.content.decode()  # what was right need not be typed again


def test_an_empty_page_is_refused(admin_client, assessment, address):
    page = admin_client.post(address, {}, headers=ENGLISH, follow=True)
    assert "No answer was given" in page.content.decode()
    assert not Attestation.objects.exists()


def test_open_questions_are_reached_from_answers_and_assessments(admin_client, assessment, address):
    chosen = admin_client.get(reverse("admin:checklists_attestation_open"))
    assert (chosen.status_code, chosen["Location"]) == (302, address)
    link = reverse("admin:checklists_assessment_answer_open", args=(assessment.pk,))
    assert (
        link in admin_client.get(reverse("admin:checklists_assessment_change", args=(assessment.pk,))).content.decode()
    )
    assert admin_client.get(link)["Location"] == address


def test_many_answers_take_as_many_inserts_as_few(cluster, manager, assessment, django_assert_max_num_queries):
    answers = [{"check": row.code, "answer": "pass", "evidence": "x"} for row in open_questions(assessment)[:4]] * 20
    assert len(answers) >= 60
    with django_assert_max_num_queries(8):
        made = attestations_create(actor=manager, cluster=cluster, answers=answers)
    assert [row.check_code for row in made] == [a["check"] for a in answers]
    assert all(row.pk for row in made)


def test_two_assessments_side_by_side(admin_client, plan, manager, assessment):
    later = assessed(plan, manager)
    chosen = {"action": "compare_chosen", "_selected_action": [assessment.pk, later.pk]}
    led = admin_client.post(reverse("admin:checklists_assessment_changelist"), chosen)
    before = admin_client.get(reverse("admin:checklists_assessment_compare_before", args=(later.pk,)))
    assert led["Location"] == before["Location"]
    page = admin_client.get(led["Location"], headers=ENGLISH)
    counts = {name: count for name, _word, _label, count in page.context["counts"]}
    assert list(counts.items()) == [
        ("new", 0),
        ("fixed", 0),
        ("not_comparable", 0),
        ("unchanged", assessment.findings.count()),
    ]
    assert len(page.context["lines"]) == assessment.findings.count()
    assert admin_client.get(f"{led['Location']}&change=new").context["lines"] == []
    alone = admin_client.get(reverse("admin:checklists_assessment_compare_before", args=(assessment.pk,)))
    assert alone["Location"] == reverse("admin:checklists_assessment_change", args=(assessment.pk,))


@pytest.mark.parametrize("query", [{}, {"old": "x", "new": "1"}, {"old": "0", "new": "0"}])
def test_no_page_without_two_assessments(admin_client, assessment, query):
    assert admin_client.get(reverse("admin:checklists_assessment_compare"), query).status_code == 404


@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
def test_an_assessment_as_files_from_its_page(admin_client, assessment, form):
    link = reverse(f"admin:checklists_assessment_download_{form}", args=(assessment.pk,))
    page = admin_client.get(reverse("admin:checklists_assessment_change", args=(assessment.pk,)))
    assert link in page.content.decode()
    answer = admin_client.get(link, headers=ENGLISH)
    assert answer["Content-Disposition"].startswith("attachment")
    expected = (
        selectors.assessment_document(assessment, "en")
        if form == "json"
        else selectors.assessment_report(assessment, form, "en")
    )
    assert answer.content == expected
    assert admin_client.get(reverse(f"admin:checklists_assessment_download_{form}", args=(0,))).status_code == 404


def test_who_may_not_answer_is_refused(client, stranger, assessment, address):
    client.force_login(stranger)
    for page in (address, reverse("admin:checklists_attestation_open")):
        assert client.get(page).status_code == 403
    assert client.post(address, {}).status_code == 403
