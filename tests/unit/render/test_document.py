"""Blocks of a document: what their builders promise to every layout."""

from __future__ import annotations

import pytest

from migrator.render import document as doc
from tests.hostile import RAW, TEXTS


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
    _, first, told, second = doc.cut(document, 60, "Cut.").body

    assert isinstance(first, doc.Grid)
    assert isinstance(second, doc.Grid)
    assert [doc.said(row[0]) for row in first.rows] == [str(number) for number in range(60)]
    assert told == doc.paragraph("All 100 stand in the workbook.")
    assert len(second.rows) == 100
    assert doc.cut(document, 100, "Cut.") == document


def test_the_outline_holds_the_headings_down_to_a_level() -> None:
    blocks = (doc.heading(1, "a"), doc.paragraph("x"), doc.heading(2, "b"), doc.heading(3, "c"))
    document = doc.Document("en", "Title", "", "", (doc.heading(1, "cover"),), blocks)

    assert [h.text for h in doc.outline(document)] == ["a"]
    assert [h.text for h in doc.outline(document, 2)] == ["a", "b"]


def test_names_that_nobody_reads_to_the_end_are_cut_and_said_to_be() -> None:
    names = ", ".join(f"shop/web-{number}" for number in range(1_000))
    blocks = (doc.grid(["n"], [[doc.line(names)]], elsewhere="x"), *doc.listing([doc.line(str(n)) for n in range(90)]))
    table, told, items, again = doc.cut(doc.Document("en", "Title", "", "", (), blocks), 60, "Cut.").body

    assert isinstance(table, doc.Grid)
    assert isinstance(items, doc.Listing)
    assert doc.said(table.rows[0][0]) == f"{names[:600].rstrip()} …"
    assert told == again == doc.paragraph("Cut.")
    assert len(items.items) == 61
