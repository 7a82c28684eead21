"""What is to be done about the manifests, what is to be known, and what was left out: Markdown beside them."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.conversion.model import Bundle, Note
from migrator.locale import Lang, say, text
from migrator.render.escape import code, prose
from migrator.snapshot.model import ObjectRef


def manifest_notes(bundle: Bundle, lang: Lang) -> str:
    """The notes of the bundle, those that call for a person first."""
    parts = [f"# {text('render.manifests.title', lang)}", ""]
    parts += _section("open", _told((n for n in bundle.notes if n.open), bundle, lang), lang)
    parts += _section("known", _told((n for n in bundle.notes if not n.open), bundle, lang), lang)
    parts += _section(
        "left", [f"- {code(str(left.ref))}: {prose(say(left.reason, lang))}" for left in bundle.left_out], lang
    )
    return "\n".join(parts)


def _section(name: str, lines: list[str], lang: Lang) -> list[str]:
    heading = f"## {text(f'render.manifests.{name}', lang, count=len(lines))}"
    return [heading, "", *(lines or [text("render.manifests.none", lang)]), ""]


def _told(notes: Iterable[Note], bundle: Bundle, lang: Lang) -> list[str]:
    return [f"- {code(str(n.ref))}{_places(n.ref, bundle)}: {prose(say(n.text, lang))}" for n in notes]


def _places(ref: ObjectRef, bundle: Bundle) -> str:
    paths = bundle.paths_of(ref)
    return f" ({', '.join(map(code, paths))})" if paths else ""
