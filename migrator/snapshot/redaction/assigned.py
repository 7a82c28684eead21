"""Credentials that a text assigns to a name: ``password=x``, ``"token": "x"``, ``<secret>x</secret>``, ``密码：x``.

Found from the name, so that any form of configuration is understood: properties, YAML, JSON (also JSON inside JSON),
XML, ini, shell, query strings. Where it is not clear how far a value reaches, more of the text is taken rather than
less. Every pattern looks at a text once: its repeats are bounded, or nothing follows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from migrator.snapshot.redaction.names import is_drawn_key, is_key_name, is_secret_name, is_value

Span = tuple[int, int]
_Reach = Callable[[int], int]  # a limit in, the end of the value out

# In the text in small letters. Behind the name: a closing quote, "=", ":" and their like.
_NAMED = re.compile(
    r"(?:pass|pwd|psw|secret|token|cred|key|auth|jwt|cookie|salt|hmac|(?<![a-z])[as]k(?![a-z])|docker|密码|口令|密钥|令牌)"
    r"(?P<rest>[\w.-]{0,60})"
    r"(?P<quote>\\{0,7}[\"'`]|\]|)[ \t]{0,8}"
    r"(?:=>|:=|=(?!=)|:(?!:)|：|>(?=[^\s=])|为|是)[ \t]{0,8}"
)
# What every name of a credential has in it, beside "ak" and "sk", which half of all words have.
MARKS = (
    *("pass", "pwd", "secret", "token", "key", "auth", "cred", "psw", "jwt", "cookie", "salt", "hmac", "docker"),
    *("密码", "口令", "密钥", "令牌"),
)
_NAME_CHARACTER = re.compile(r"[\w.-]")
_LONGEST_NAME = 80
_LOOK = 512  # of a value, to see whether it is one
_QUOTED = re.compile(r"(\\{0,7})([\"'`])")
_UNQUOTED_END = {
    '"': re.compile(r'(?:[^"\\]|\\.)*+', re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.|'')*+", re.DOTALL),
    "`": re.compile(r"[^`]*+"),
}
_GLUED = re.compile(r"[^\s,;:})\]>&|<]*+")
_IN_QUERY = re.compile(r"[^&#\s\"'<>]*+")
_IN_ELEMENT = re.compile(r"[^<]*+")
_WORD = re.compile(r"(?:(?i:bearer|basic|digest|token|apikey|negotiate)[ \t]{1,8})?\S*+")
_IN_PLACEHOLDER = re.compile(r"[^{}\n]*+")
_LINE = re.compile(r"[^\n\r]*+")
_BLOCK = re.compile(r"[|>][+-]?[1-9]?[+-]?[ \t]*+(?:\r?\n|\Z)")
_BEFORE_NAME = re.compile(r"[\s\"'#;/*\\-]{0,80}(?:(?:export|set|env|setx)[ \t]{1,8})?[\"'\\]{0,8}")
_COMMAND = re.compile(r"\$\(|`|<%")
# Code that fetches the value from somewhere, or the beginning of something nested ("{cipher}x" is none).
_CODE = re.compile(
    r"(?:[\[(]|\{(?!\w{2,12}\}\S)|(?:os|process|System|request|req|self|this|config|conf|settings|args|opts|options|env|cfg|params"
    r"|ctx|Values|secrets|vars|data|lookup|getenv|environ|env_var)[.(\[])"
)

_TYPES = frozenset(("string", "str", "bytes", "text", "password", "required"))

# Name and value as two fields of their own: XML attributes, the env of a container, Hadoop's configuration.
_PAIR = re.compile(
    r"(?:\bname|\bkey|\bid)(?:\\{0,7}[\"'])?\s{0,8}[=:>]\s{0,8}(?:\\{0,7}[\"'])?(?P<name>[\w.-]{2,120})"
    r"(?:\\{0,7}[\"'])?(?:\s{0,8},)?(?:</name>|</key>)?\s{0,40}<?(?:\\{0,7}[\"'])?\bvalue(?:\\{0,7}[\"'])?\s{0,8}[=:>]"
    r"\s{0,8}(?P<quote>\\{0,7}[\"']|)",
    re.IGNORECASE,
)


def assigned(text: str) -> Iterator[Span]:
    """Where the values stand that ``text`` gives to names of credentials, in their order, none inside another."""
    lower = text.lower()
    if len(lower) != len(text):  # one letter of Turkish becomes two
        lower = "".join(c.lower() if c.isascii() else c for c in text)
    found = [*_named(text, lower)]
    if "value" in lower:
        found = sorted({*found, *_pairs(text)})
    end = 0
    for span in found:
        if span[0] >= end:
            yield span
            end = span[1]


def _named(text: str, lower: str) -> Iterator[Span]:
    position = 0
    while (match := _NAMED.search(lower, position)) is not None:
        position = match.end()
        left = _name_begin(text, match.start())
        name = text[left : match.end("rest")]
        is_secret = is_secret_name(name)
        if not is_secret and not is_key_name(name):
            continue
        value = _value(text, left, match.end(), is_element=lower[match.end() - 1] == ">")
        if value is None or (span := _span(text, *value)) is None:
            continue
        if is_secret or is_drawn_key(text[span[0] : span[1]]):
            yield span
            position = max(position, span[1])


def _name_begin(text: str, position: int) -> int:
    limit = max(0, position - _LONGEST_NAME)
    while position > limit and _NAME_CHARACTER.match(text, position - 1):
        position -= 1
    return position


def _span(text: str, start: int, reach: _Reach) -> Span | None:
    """The whole value, unless its beginning shows that it is no credential: so nothing is read again and again."""
    is_quoted = text[start - 1] in "\"'`"
    if not is_credential(text[start : reach(min(len(text), start + _LOOK))], is_quoted=is_quoted):
        return None
    return (start, reach(len(text)))


def _value(text: str, left: int, start: int, *, is_element: bool) -> tuple[int, _Reach] | None:
    """Where the value begins that follows at ``start`` on the name at ``left``, and what tells how far it reaches."""
    before = text[left - 1 : left]
    if is_element:
        return (start, _reach(_IN_ELEMENT, text, start)) if before == "<" else None
    if (quoted := _QUOTED.match(text, start)) is not None:
        return (quoted.end(), partial(_quoted, text, quoted))
    if text[left - 2 : left] == "${":
        return (start, _reach(_IN_PLACEHOLDER, text, start))
    if before and before in "?&":
        return (start, _reach(_IN_QUERY, text, start))
    if (block := _BLOCK.match(text, start)) is not None:
        return (block.end(), _reach(_deeper_lines(text, left), text, block.end()))
    return (start, _reach(_LINE if _begins_line(text, left) else _WORD, text, start))


def _reach(pattern: re.Pattern[str], text: str, start: int) -> _Reach:
    def reach(limit: int) -> int:
        found = pattern.match(text, start, limit)
        return start + len(found[0].rstrip()) if found else start

    return reach


def _quoted(text: str, quote: re.Match[str], limit: int) -> int:
    start = quote.end()
    if quote[1]:
        closing = text.find(quote[0], start, limit)
        return limit if closing < 0 else closing
    end = start + len(_UNQUOTED_END[quote[2]].match(text, start, limit)[0])  # type: ignore[index]
    if end >= limit:
        return limit
    glued = _GLUED.match(text, end + 1, limit)  # the shell joins 'a'"b"
    return glued.end() if glued and glued[0] else end


def _deeper_lines(text: str, left: int) -> re.Pattern[str]:
    """The lines of a block of YAML: those that are indented deeper than its name."""
    before = text[max(text.rfind("\n", max(0, left - 200), left) + 1, left - 200) : left]
    indent = len(before) - len(before.lstrip(" "))
    return re.compile(rf"(?: {{{indent + 1},}}+[^\n]*+(?:\n|\Z)|[ \t]*+\n)*+")


def _begins_line(text: str, left: int) -> bool:
    limit = max(0, left - 200)
    line = text.rfind("\n", limit, left) + 1
    if line == 0 and limit > 0:
        return False
    before = text[line:left]
    return not before.endswith("-") and _BEFORE_NAME.fullmatch(before) is not None


def _pairs(text: str) -> Iterator[Span]:
    position = 0
    while (match := _PAIR.search(text, position)) is not None:
        position = match.end()
        if not is_secret_name(match["name"]):
            continue
        start = match.end()
        if match["quote"] and (quote := _QUOTED.match(text, match.start("quote"))) is not None:
            reach: _Reach = partial(_quoted, text, quote)
        else:
            reach = _reach(_IN_ELEMENT if text[start - 1] == ">" else _LINE, text, start)
        if (span := _span(text, start, reach)) is not None:
            yield span
            position = max(position, span[1])


def is_credential(value: str, *, is_quoted: bool = False) -> bool:
    """Whether what stands behind the name is the credential itself."""
    plain = value.rstrip(",;").strip("\"'\\ ")
    if not is_value(plain) or plain.lower() in _TYPES or plain.startswith("<masked>"):
        return False
    return _COMMAND.match(plain) is None and (is_quoted or _CODE.match(plain) is None)
