"""Whatever a name holds, a reader sees the name and nothing else."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from migrator.render.escape import cell, code, fence, one_line, prose, visible
from tests.unit.render.samples import HOSTILE

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.tags: set[str] = set()

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


def read(html: str) -> tuple[str, set[str]]:
    """The text and the tags of a piece of HTML."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.seen), reader.tags


def squeezed(value: str) -> str:
    return " ".join(value.split())


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_running_text_shows_the_name_as_it_is(value: str) -> None:
    text, tags = read(MARKDOWN.render(f"before {prose(value)} after"))

    assert squeezed(text) == squeezed(f"before {visible(value)} after")
    assert tags == {"p"}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_paragraph_that_begins_with_the_name_stays_a_paragraph(value: str) -> None:
    text, tags = read(MARKDOWN.render(prose(value)))

    assert squeezed(text) == squeezed(visible(value))
    assert tags == {"p"}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_cell_holds_the_name_and_the_row_keeps_its_cells(value: str) -> None:
    html = MARKDOWN.render(f"| a | b | c |\n| --- | --- | --- |\n| {cell(value)} | `x` | last |\n")
    text, tags = read(html.replace("<br>", "\n"))

    assert html.count("<td>") == 3
    assert squeezed(text) == squeezed(f"a b c {visible(value)} x last")
    assert tags == {"table", "thead", "tbody", "tr", "th", "td", "code"}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_code_span_holds_the_name(value: str) -> None:
    text, tags = read(MARKDOWN.render(f"before {code(value)} after"))

    assert text.strip() == f"before {one_line(value)} after"
    assert tags == {"p", "code"}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_block_of_code_ends_where_it_should(value: str) -> None:
    tokens = MARKDOWN.parse("\n".join([*fence(value, "yaml"), "", "after"]))

    assert [t.type for t in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[0].content == visible(value).rstrip("\n") + "\n"


@given(st.text(max_size=60))
def test_any_text_survives_as_running_text(value: str) -> None:
    text, tags = read(MARKDOWN.render(f"x{prose(value)}x"))

    shown = " ".join(part.strip() for part in visible(value).split("\n") if part.strip())
    assert squeezed(text) == squeezed(f"x{shown}x")
    assert tags == {"p"}


def test_invisible_characters_are_written_out() -> None:
    assert visible("a\u202eb\x1b[0m\ufeff") == "a\\u202eb\\u001b[0m\\ufeff"


def test_line_ends_become_one_kind() -> None:
    assert visible("a\r\nb\rc\n") == "a\nb\nc\n"


def test_chinese_and_arabic_stay_as_they_are() -> None:
    assert prose("节点 خدمة") == "节点 خدمة"


def test_names_with_underscores_and_versions_stay_readable() -> None:
    assert prose("my_app_v1.25-r0 (1.5 GiB)") == "my_app_v1.25-r0 (1.5 GiB)"


def test_an_empty_cell_shows_a_dash() -> None:
    assert cell("") == "—"
    assert cell(" \n ") == "—"
