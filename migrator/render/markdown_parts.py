"""The pieces of a Markdown document: tables, paragraphs, references to steps; the order is not theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from migrator.checks.spec import Finding
from migrator.locale import Lang, Msg, text
from migrator.render.escape import cell, prose
from migrator.render.words import all_steps, words
from migrator.runbook.model import Runbook, Step, Table

BLANK = "_" * 20  # a line to write on


class Refs(msgspec.Struct, frozen=True):
    """What the parts of one runbook refer to in each other."""

    lang: Lang
    steps: dict[str, Step]  # by key
    positions: dict[str, int]  # of a step in the document, by key
    findings: dict[str, Finding]  # by key
    answered_by: dict[str, list[Step]]  # steps by the key of the finding they answer
    slugs: dict[str, str]  # slug of a check by its code

    @classmethod
    def of(cls, runbook: Runbook, lang: Lang) -> Refs:
        steps = all_steps(runbook)
        answered: dict[str, list[Step]] = defaultdict(list)
        for step in steps:
            for key in step.answers:
                answered[key].append(step)
        return cls(
            lang=lang,
            steps={s.key: s for s in steps},
            positions={s.key: i for i, s in enumerate(steps)},
            findings={f.key: f for r in runbook.results for f in r.findings},
            answered_by=dict(answered),
            slugs={r.check: r.slug for r in runbook.results},
        )

    def word(self, key: str, **values: object) -> str:
        """The sentence of ``key``, escaped."""
        return prose(text(key, self.lang, **values))

    def say(self, message: str | Msg) -> str:
        """A message or plain text, escaped."""
        return prose(words(message, self.lang))


def anchor(number: str) -> str:
    """Where a link to the phase or step with this number leads."""
    return "s" + number.replace(".", "-")


def link(number: str) -> str:
    return f"[{number}](#{anchor(number)})"


def step_links(steps: Iterable[Step], refs: Refs, most: int = 0) -> str:
    """Links to steps in document order; neighbours are drawn together ("3.1–3.4"), a dash where there are none.

    ``most`` limits the ranges written out; an ellipsis stands for the rest.
    """
    ordered = sorted(steps, key=lambda s: refs.positions[s.key])
    runs: list[list[Step]] = []
    for step in ordered:
        if (
            runs
            and runs[-1][-1].phase == step.phase
            and refs.positions[runs[-1][-1].key] + 1 == refs.positions[step.key]
        ):
            runs[-1].append(step)
        else:
            runs.append([step])
    shown = [part for run in (runs[:most] if most else runs) for part in _run(run)]
    if most and len(runs) > most:
        shown.append("…")
    return text("render.listed", refs.lang, names=shown) or "—"


def _run(steps: list[Step]) -> list[str]:
    if len(steps) > 2:
        return [f"{link(steps[0].number)}–{link(steps[-1].number)}"]
    return [link(step.number) for step in steps]


def grid(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """A table of cells that are escaped already; ``right`` names the columns set to the right."""
    rule = " | ".join("---:" if i in right else "---" for i in range(len(columns)))
    head = [f"| {' | '.join(columns)} |", f"| {rule} |"]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows), ""]


def facts(rows: Iterable[tuple[str, str]], refs: Refs) -> list[str]:
    """A two-column table of names and contents; contents are escaped already."""
    head = (refs.word("render.cover.item"), refs.word("render.cover.content"))
    return grid(head, [(f"**{refs.word(name)}**", content) for name, content in rows])


def table(given: Table, refs: Refs) -> list[str]:
    """A table of the runbook; columns of figures stand to the right."""
    if not given.rows:
        return [refs.word("render.nothing"), ""]
    rows = [[cell(words(value, refs.lang)) for value in row] for row in given.rows]
    right = [i for i in range(len(given.columns)) if _figures([row[i] for row in rows])]
    return grid([cell(text(c, refs.lang)) for c in given.columns], rows, right=right)


def _figures(cells: list[str]) -> bool:
    """Whether a column holds numbers and nothing else but gaps."""
    filled = [value for value in cells if value != "—"]
    return bool(filled) and all(value.isdigit() for value in filled)


def quote(label: str, content: str) -> list[str]:
    """A boxed remark with a bold label; both escaped already."""
    return [f"> **{label}** {content}".rstrip(), ""]


def bullets(lines: Iterable[str]) -> list[str]:
    """A list of escaped lines, followed by an empty line; nothing at all for no lines."""
    items = [f"- {line}" for line in lines]
    return [*items, ""] if items else []
