"""Every word of the admin and of choices stands in the Chinese catalogue, and the compiled catalogue is current."""

from __future__ import annotations

import gettext
import io
import re

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation import gettext as translated

from tests.conftest import ROOT

CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
TEMPLATE_WORD = re.compile(r"""\{%\s*trans(?:late)?\s+"([^"]+)"|_\("([^"]+)"\)""")


def read():
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def words_used() -> set[str]:
    python = {
        message[2]
        for folder in ("apps", "config")
        for message in extract_from_dir(
            ROOT / folder, method_map=[("**.py", "python")], keywords={"_": None, "gettext_lazy": None}
        )
    }
    templates = {
        found[1] or found[2]
        for path in (ROOT / "apps").rglob("templates/**/*.html")
        for found in TEMPLATE_WORD.finditer(path.read_text("utf-8"))
    }
    return {word for word in python | templates if isinstance(word, str)}


def test_every_word_is_translated():
    known = {m.id for m in read() if m.id and m.string and not m.fuzzy}
    assert sorted(words_used() - known) == []


def test_no_word_is_left_over():
    ours = {m.id for m in read() if m.id and "theme" not in m.auto_comments}
    assert sorted(ours - words_used()) == []


def test_placeholders_agree():
    placeholders = re.compile(r"\{(\w+)\}|%\((\w+)\)s")
    for message in read():
        ids, texts = (x if isinstance(x, tuple) else (x,) for x in (message.id, message.string))
        for text in texts:
            assert set(placeholders.findall(text)) == set(placeholders.findall(ids[-1])), message.id


def test_the_compiled_catalogue_is_current():
    compiled = io.BytesIO()
    write_mo(compiled, read())
    compiled.seek(0)
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        stored = gettext.GNUTranslations(file)._catalog
    expected = gettext.GNUTranslations(compiled)._catalog
    assert stored | {"": ""} == expected | {"": ""}, "run: make messages"  # the header holds the time of writing


def test_the_admin_speaks_chinese_by_default_and_english_when_asked(admin_pages):
    assert "集群清单" in admin_pages.get("/admin/").content.decode()
    english = admin_pages.get("/admin/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Inventory" in english
    assert "集群清单" not in english
    with translation.override("zh-hans"):
        assert translated("kernel parameter") == "内核参数"
