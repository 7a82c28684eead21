"""Blocks of a document: what their builders promise to every layout."""

from __future__ import annotations

import pytest

from migrator.locale import text
from migrator.render import document as doc
from tests.hostile import RAW, TEXTS

CUTS = doc.Cuts(rows=60, items=60, code=150, code_shown=40, remarks=20, text=600, names=600)


@pytest.mark.parametrize("value", TEXTS)
def test_no_builder_lets_an_invisible_character_through(value: str) -> None:
    built = [
        doc.plain(value),
        doc.strong(value),
        doc.code(value),
        doc.struck(value),
        doc.link(value, "s1"),
        doc.heading(2, value),
        doc.code_block(value, "bash"),
        doc.paragraph(value),
        doc.grid([value], [[doc.line(value)]]),
    ]

    assert [block for block in built if any(raw in str(block) for raw in RAW)] == []


def test_columns_are_as_wide_as_what_usually_stands_in_them() -> None:
    rows = [[doc.line("1"), doc.line("节点" * 6), doc.line("x" * 500)]] * 20

    assert doc.grid(["No.", "Name", "Text"], rows).weights == (5, 24, 56)
    assert doc.grid(["No.", "A long heading"], []).weights == (5, 16)


def test_long_tables_are_cut_only_where_their_rows_stand_elsewhere() -> None:
    rows = [[doc.line(str(number))] for number in range(100)]
    document = doc.Document(
        "en",
        "Title",
        "",
        "",
        (),
        (
            doc.heading(1, "Part"),
            doc.grid(["n"], rows, elsewhere="All 100 stand in the workbook."),
            doc.grid(["n"], rows),
        ),
    )
    _, first, told, second = doc.cut(document, CUTS).body

    assert isinstance(first, doc.Grid)
    assert isinstance(second, doc.Grid)
    assert [doc.said(row[0]) for row in first.rows] == [str(number) for number in range(60)]
    assert told == doc.paragraph("All 100 stand in the workbook.")
    assert len(second.rows) == 100
    assert (
        doc.cut(document, doc.Cuts(rows=100, items=1, code=1, code_shown=1, remarks=1, text=50, names=50)) == document
    )


def test_the_outline_holds_the_headings_down_to_a_level() -> None:
    blocks = (doc.heading(1, "a"), doc.paragraph("x"), doc.heading(2, "b"), doc.heading(3, "c"))
    document = doc.Document("en", "Title", "", "", (doc.heading(1, "cover"),), blocks)

    assert [h.text for h in doc.outline(document)] == ["a"]
    assert [h.text for h in doc.outline(document, 2)] == ["a", "b"]


def test_names_that_nobody_reads_to_the_end_are_cut_and_said_to_be() -> None:
    names = ", ".join(f"shop/web-{number}" for number in range(1_000))
    blocks = (doc.grid(["n"], [[doc.line(names)]], elsewhere="x"), *doc.listing([doc.line(str(n)) for n in range(90)]))
    table, told, items = doc.cut(doc.Document("en", "Title", "", "", (), blocks), CUTS).body

    assert isinstance(table, doc.Grid)
    assert isinstance(items, doc.Listing)
    assert doc.said(table.rows[0][0]) == f"{names[:600].rstrip()} …"
    assert told == doc.paragraph(text("document.cut_text", "en")), "once below each heading"
    assert len(items.items) == 61


def test_long_code_keeps_its_beginning_and_tells_that_it_is_no_whole() -> None:
    code = doc.code_block("\n".join(f"line {number}" for number in range(1_000)), "bash")
    short = doc.code_block("\n".join(f"line {number}" for number in range(150)), "bash")
    shown, told, whole = doc.cut(doc.Document("en", "Title", "", "", (), (code, short)), CUTS).body

    assert isinstance(shown, doc.Code)
    assert shown.text.splitlines() == [f"line {number}" for number in range(40)]
    assert told == doc.paragraph(text("document.cut_code", "en", count=1_000, shown=40))
    assert whole == short


def test_boxed_remarks_keep_their_first_lines() -> None:
    box = doc.Callout("warning", "Take care:", tuple(doc.line(str(number)) for number in range(90)))
    shown, told = doc.cut(doc.Document("zh", "标题", "", "", (), (box,)), CUTS).body

    assert isinstance(shown, doc.Callout)
    assert [doc.said(line) for line in shown.lines] == [*map(str, range(20)), "…"]
    assert told == doc.paragraph(text("document.cut_text", "zh"))


def test_steps_may_be_cut_more_than_what_stands_around_them() -> None:
    items = doc.listing([doc.line(str(number)) for number in range(9)])
    blocks = (doc.heading(1, "a"), *items, doc.heading(2, "step", "1.1"), *items, doc.heading(2, "x", "A"), *items)
    tight = doc.Cuts(rows=2, items=2, code=1, code_shown=1, remarks=1, text=50, names=50)
    made = doc.cut(doc.Document("en", "Title", "", "", (), blocks), CUTS, tight)

    assert [len(block.items) for block in made.body if isinstance(block, doc.Listing)] == [9, 3, 9]
