"""The verdict as JUnit XML for pipelines: a suite for each category, a case for each check.

A blocker or warning that no waiver accepts fails the case; a check that nobody could decide is an error, never a pass;
one that does not apply is skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from migrator.checks.assessment import Assessment
from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.checks.waivers import answer_key
from migrator.locale import Lang, say, text
from migrator.render.escape import visible
from migrator.render.words import check_title, is_open, question, sentence, subject


def junit(assessment: Assessment, lang: Lang) -> bytes:
    """The document as UTF-8; what XML cannot hold, such as control characters, is written visibly."""
    root = Xml.Element("testsuites", name="migrator assess")
    for category in Category:
        results = [r for r in assessment.results if r.category is category]
        if results:
            root.append(_suite(category, results, assessment.accepted, lang))
    Xml.indent(root)
    return str(Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n").encode()


def _suite(category: Category, results: Sequence[CheckResult], accepted: frozenset[str], lang: Lang) -> Xml.Element:
    cases = [_case(result, accepted, lang) for result in results]
    counts = {name: sum(case.find(tag) is not None for case in cases) for name, tag in _COUNTED.items()}
    suite = Xml.Element("testsuite", name=text(f"category.{category.value}", lang), tests=str(len(cases)))
    for name, count in counts.items():
        suite.set(name, str(count))
    suite.extend(cases)
    return suite


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _case(result: CheckResult, accepted: frozenset[str], lang: Lang) -> Xml.Element:
    name = f"{result.check} {check_title(result.slug, lang)}"
    case = Xml.Element("testcase", classname=result.slug, name=name)
    serious = [f for f in result.findings if f.severity is not Severity.INFO and f.key not in accepted]
    refused = result.attestation is not None and result.attestation.answer is Outcome.FAIL
    if result.outcome is Outcome.NOT_APPLICABLE:
        Xml.SubElement(case, "skipped", message=visible(say(result.reason, lang)))
    elif serious or (refused and answer_key(result.check) not in accepted):
        failure = Xml.SubElement(
            case, "failure", type=_worst(serious, result), message=visible(say(result.reason, lang))
        )
        failure.text = visible("\n".join(f"{subject(f.subject, lang)}: {sentence(f, lang)}" for f in serious))
    elif is_open(result):
        Xml.SubElement(case, "error", type=result.outcome.value, message=visible(question(result, lang)))
    accepted_here = [f for f in result.findings if f.key in accepted]
    if accepted_here:
        output = Xml.SubElement(case, "system-out")
        output.text = visible(
            "\n".join(f"{text('render.junit.accepted', lang)} {sentence(f, lang)}" for f in accepted_here)
        )
    return case


def _worst(findings: Sequence[Finding], result: CheckResult) -> str:
    found = {f.severity for f in findings}
    return next((s.value for s in Severity if s in found), result.severity.value)
