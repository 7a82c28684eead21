"""The HTML runbook: one file without scripts, whose links lead somewhere and whose names stay text."""

from __future__ import annotations

import re
from base64 import b64decode
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from migrator.locale import LANGS, Lang, text
from migrator.render import FORMATS
from migrator.render.escape import one_line
from migrator.runbook.schedule import with_times
from tests.unit.render.samples import HOSTILE, runbook

_VOID = {"meta", "input", "img", "br", "hr", "col"}


class Page(HTMLParser):
    """What a browser would make of it: elements in their order, with their attributes, and the text."""

    def __init__(self, document: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(document.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} ends where it is not open"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.text += data

    def all(self, name: str) -> list[str]:
        """The values of one attribute."""
        return [value or "" for _, attrs in self.elements for key, value in attrs.items() if key == name]


def page(name: str = "web", lang: Lang = "en") -> Page:
    return Page(FORMATS["html"].render(with_times(runbook(name)), lang))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_stays_text(value: str, lang: Lang) -> None:
    hostile, harmless = page(value, lang), page(lang=lang)

    assert hostile.open == []
    tags, expected = (
        [tag for tag, _ in made.elements if tag not in ("br", "colgroup", "col")] for made in (hostile, harmless)
    )
    if len(value) < 600:  # longer ones are cut, which a sentence tells
        assert tags == expected
    assert one_line(value)[:20] in " ".join(hostile.text.split())


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_runs_and_nothing_is_fetched(lang: Lang) -> None:
    made = page(lang=lang)

    assert {tag for tag, _ in made.elements} & {"script", "link", "iframe", "object", "form"} == set()
    assert [name for _, attrs in made.elements for name in attrs if name.startswith("on")] == []
    assert all(source.startswith("data:image/svg+xml;base64,") for source in made.all("src"))
    assert all(re.match("#|https://", target) for target in made.all("href"))
    policy = next(a["content"] for tag, a in made.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "url(" not in FORMATS["html"].render(runbook(), lang).decode()


@pytest.mark.parametrize("lang", LANGS)
def test_every_link_leads_to_one_place(lang: Lang) -> None:
    made = page(lang=lang)
    anchors = made.all("id")

    assert len(set(anchors)) == len(anchors)
    assert {target[1:] for target in made.all("href") if target.startswith("#")} <= set(anchors)
    assert {"#s1", "#s1-1", "#c-checklist"} <= set(made.all("href")), "the contents name chapters, phases and steps"


@pytest.mark.parametrize("lang", LANGS)
def test_steps_can_be_ticked_and_gates_signed(lang: Lang) -> None:
    made = page(lang=lang)
    boxes = [attrs for tag, attrs in made.elements if tag == "input" and attrs.get("type") == "checkbox"]
    lines = [attrs for tag, attrs in made.elements if tag == "input" and attrs.get("type") == "text"]

    assert len(boxes) == 4 + 2, "one for each step, two for the gate"
    assert len(lines) >= 4 * 3 + 3 + 4 * 3
    assert text("document.form.done", lang) in made.text


@pytest.mark.parametrize("lang", LANGS)
def test_pictures_are_inside_and_well_formed(lang: Lang) -> None:
    made = page("a<b>&\"c'", lang)
    pictures = [b64decode(source.partition(",")[2]) for source in made.all("src")]

    assert len(pictures) == 3
    for picture in pictures:
        assert ElementTree.fromstring(picture).tag.endswith("}svg")
    assert all(made.all("alt"))
