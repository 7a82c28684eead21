"""Credentials inside a free text: what is recognised by its own form, by the command it is given to, or by its name.

``mask_text`` is the one place where text is cleaned; ``holds_secret`` says whether it would change anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from migrator.snapshot.redaction.assigned import MARKS, Span, assigned, is_credential
from migrator.snapshot.redaction.names import is_secret_name

MASK = "<masked>"
_SHORTEST = 5  # "ak: x"


class _Step(NamedTuple):
    """``needles``: unless one of them is in the text there is nothing to find, which is cheap to see."""

    needles: tuple[str, ...]
    find: Callable[[str], Iterator[Span]]


def mask_text(value: str) -> str:
    """``value`` without private keys, assigned passwords, logins in URLs and commands, tokens."""
    if _may_hold(value):
        for step in _STEPS:
            if _has_any(value, step.needles):
                value = _masked(value, step.find(value))
    return value


def holds_secret(value: str) -> bool:
    """Whether ``mask_text`` would change ``value``."""
    return _may_hold(value) and any(
        next(step.find(value), None) is not None for step in _STEPS if _has_any(value, step.needles)
    )


def _has_any(value: str, needles: tuple[str, ...]) -> bool:
    return any(map(value.__contains__, needles))


def _may_hold(value: str) -> bool:
    """Whether a text has anything at all of what the steps look for; most have not, and are done with here."""
    size = len(value)
    if size < _SHORTEST:
        return False
    lower = value.lower()
    if size >= _SHORTEST_TOKEN and lower != value and _SIGN_OF_TOKEN.search(value):
        return True
    if not _LINK.search(value):
        return False
    return (
        "@" in value
        or "://" in value
        or _MARK.search(lower) is not None
        or ("=" in value and _SIGN_OF_QUERY.search(lower) is not None)
        or (
            " " in value
            and (" -" in value or "%" in value or "'" in value)
            and _SIGN_OF_COMMAND.search(lower) is not None
        )
        or (("ak" in lower or "sk" in lower) and _AK_SK.search(lower) is not None)
    )


def _masked(value: str, spans: Iterable[Span]) -> str:
    parts, position = [], 0
    for start, end in spans:
        parts += [value[position:start], MASK]
        position = end
    return "".join((*parts, value[position:])) if parts else value


# --- private keys -------------------------------------------------------------------------------------------------

_KEY_BEGIN = re.compile(r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-{4,5}|PuTTY-User-Key-File-\d")
_KEY_END = re.compile(r"-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-{4,5}|^Private-MAC:[^\n]*+", re.MULTILINE)


def _private_keys(value: str) -> Iterator[Span]:
    """Keys in PEM, OpenSSH, PGP or PuTTY form; one without its end reaches to the end of the text."""
    position = 0
    while (begin := _KEY_BEGIN.search(value, position)) is not None:
        end = _KEY_END.search(value, begin.end())
        position = end.end() if end else len(value)
        yield (begin.start(), position)


# --- forms that need no name ----------------------------------------------------------------------------------------


def _pattern(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> Callable[[str], Iterator[Span]]:
    """Where the group ``s`` of the pattern stands, or the whole of it; a mask is not found again."""
    compiled = re.compile(pattern, flags)
    group: int | str = "s" if "s" in compiled.groupindex else 0
    PATTERNS.append(compiled)

    def find(value: str) -> Iterator[Span]:
        for match in compiled.finditer(value):
            if MASK not in match[group]:
                yield match.span(group)

    return find


PATTERNS: list[re.Pattern[str]] = []  # for the test that each looks at a text once

_SLASHES = r"(?:\\?/){2}"  # also as JSON may write them
_LOGIN = _SLASHES + r"(?P<s>[^/\s:@'\"<>\\\[]*+:(?!\d{1,5}(?:[/?#\s]|\Z))"
_FORMS = (
    # A login in a URL or a share, up to the last "@" that can end it: a password may hold "@" and, raw, also "/".
    # Digits up to "/" are a port.
    _Step(("@",), _pattern(_LOGIN + r"[^\s@'\"<>](?:[^\s'\"<>]{0,400}[^\s'\"<>/])?)@(?!sha256:)")),
    _Step(("@",), _pattern(_LOGIN + r"[^/\s'\"<>]{0,4000})@(?!sha256:)")),
    # The same where the text was cut off before the "@"; a tag of an image is none.
    _Step(("://",), _pattern(r"(?<!docker:)(?<!pullable:)(?<!oci:)" + _LOGIN + r"[^/\s'\"<>@]{6,4000})\Z")),
    _Step(("@",), _pattern(_SLASHES + r"(?P<s>(?=[\w-]{0,40}\d)(?=[\w-]{0,40}[A-Za-z])[\w-]{20,}+)@")),
    _Step(("@tcp(", "@unix("), _pattern(r"(?<![\w.-])[\w.-]{1,64}:(?P<s>[^\s/'\"]{1,300})@(?:tcp|unix)\(")),
    _Step(("jdbc:oracle",), _pattern(r"jdbc:oracle:\w{1,10}:(?P<s>[^/\s@]{1,128}/[^@\s]{1,300})@")),
    _Step(
        ("?", "&"),
        _pattern(
            r"(?i)[?&;](?:sig|signature|key|shared_?key|sas|hmac|(?:x-amz-|x-obs-|x-oss-)(?:signature|credential"
            r"|security-token)|(?:aws|oss)?accesskeyid)=(?P<s>[^&#;,\s\"'<>]++)"
        ),
    ),
    _Step(
        ("hook", "/bot"),
        _pattern(
            r"(?:hooks\.slack\.com/(?:services|workflows)/|(?:feishu\.cn|larksuite\.com)/open-apis/bot/(?:v2/)?hook/"
            r"|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/webhookb?2?/|api\.telegram\.org/bot)"
            r"(?P<s>[^\s\"'<>?#]++)"
        ),
    ),
    _Step(
        ("asic", "earer", "ASIC", "EARER"),
        _pattern(
            r"(?i:\b(?:bearer|basic))[\s\\]{1,8}(?P<s>(?=[\w+/=.~-]{0,60}[0-9=+/]|[\w+/=.~-]{0,60}[a-z][A-Z])[\w+/=.~-]{8,}+)"
        ),
    ),
    _Step(("eyJ",), _pattern(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)*+")),
    # Base64 of a PEM block that is neither certificate nor public key.
    _Step(
        ("LS0tLS1CRUdJTi",),
        _pattern(r"LS0tLS1CRUdJTi(?!BDRVJUSUZJQ0FU|BQVUJMSUMg|BSU0EgUFVCTElD|BYNTA5IENS|BYNTA5IENF)[\w+/=-]++"),
    ),
    _Step(
        ("$",),
        _pattern(r"\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2(?:id|i|d)|pbkdf2[\w-]{0,20}|scrypt)\$[\w./$=,+-]{20,}+"),
    ),
    _Step(("{SHA", "{SSHA", "{MD5", "{CRYPT"), _pattern(r"\{(?:S?SHA\d{0,3}|S?MD5|CRYPT)\}[\w+/=.$]{16,}+")),
)

# Keys and tokens that begin in a way of their own.
_PREFIXED = {
    "AKIA": r"AKIA[0-9A-Z]{16}",
    "ASIA": r"ASIA[0-9A-Z]{16}",
    "HPUA": r"HPUA[0-9A-Z]{16}",  # Huawei Cloud
    "HST": r"HST[0-9A-Z]W[0-9A-Z]{15}",  # its temporary ones
    "LTAI": r"LTAI[0-9A-Za-z]{12,26}",  # Aliyun
    "AKID": r"AKID[0-9A-Za-z]{32}",  # Tencent Cloud
    "AIza": r"AIza[\w-]{30,}+",
    "ya29": r"ya29\.[\w-]{20,}+",
    **{f"gh{kind}_": rf"gh{kind}_[0-9A-Za-z]{{30,}}+" for kind in "pousr"},
    "github_pat_": r"github_pat_\w{30,}+",
    "glpat-": r"glpat-[\w.-]{16,}+",
    "xox": r"xox[abeoprs]-[\w-]{10,}+",
    "_live_": r"[rs]k_live_[0-9A-Za-z]{16,}+",
    "npm_": r"npm_[0-9A-Za-z]{30,}+",
    "dckr_pat_": r"dckr_pat_[\w-]{20,}+",
    "hvs.": r"hvs\.[\w-]{20,}+",
    "SG.": r"SG\.[\w-]{16,}+\.[\w-]{16,}+",
    "AGE-SECRET-KEY-": r"AGE-SECRET-KEY-1[0-9A-Z]{40,}+",
    "sk-": r"sk-(?:proj-|ant-)?[\w-]{32,}+",
}
_TOKENS = tuple(_Step((needle,), _pattern(rf"(?<![\w-]){form}(?!\w)")) for needle, form in _PREFIXED.items())
# --- commands and directives, which set the value apart by a space --------------------------------------------------

_BLANK = r"[ \t]{1,8}"
_WORD = r"(?P<s>'[^'\n]*+'|\"[^\"\n]*+\"|[^\s\"';|&]\S*+)"
_COMMANDS = {
    ("mysql", "mariadb"): rf"(?:mysql|mariadb)[\w.-]{{0,20}}{_BLANK}[^\n;|]{{0,300}}?(?<=\s)-p(?P<s>[^\s]++)",
    ("sshpass",): rf"sshpass{_BLANK}[^\n;|]{{0,60}}?-p{_BLANK[:-5]}{{0,8}}{_WORD}",
    ("redis-cli",): rf"redis-cli{_BLANK}[^\n;|]{{0,200}}?(?:-a|--pass){_BLANK}{_WORD}",
    (
        "curl",
        "wget",
        "http",
    ): rf"(?:curl|wget|http){_BLANK}[^\n;|]{{0,400}}?(?<=\s)(?:-u|--user|--proxy-user){_BLANK}['\"]?"
    r"[^\s:'\"]{1,128}:(?P<s>[^\s'\"]++)",
    (" login", " helm", "helm "): rf"(?:login|repo{_BLANK}add)\b[^\n;|]{{0,300}}?(?<=\s)-p{_BLANK}{_WORD}",
    ("mongo",): rf"mongo[\w-]{{0,10}}{_BLANK}[^\n;|]{{0,300}}?(?<=\s)-p{_BLANK}{_WORD}",
    ("ldap",): rf"ldap[\w-]{{1,12}}{_BLANK}[^\n;|]{{0,300}}?(?<=\s)-w{_BLANK}{_WORD}",
    ("smb", "cifs", "mount"): r"(?:-U|user(?:name)?=)[ ]?[^\s%,]{1,64}%(?P<s>[^\s\"']++)",
    ("htpasswd",): rf"htpasswd{_BLANK}-\w{{0,8}}b\w{{0,8}}{_BLANK}(?:\S{{1,200}}{_BLANK})?\S{{1,64}}{_BLANK}{_WORD}",
    ("chpasswd", "echo "): r"echo[ \t]{1,8}(?:-\w{1,3}[ \t]{1,8})?[\"']?"
    r"(?:[\w.-]{1,64}:(?=[^\n|]{1,300}\|[^\n]{0,40}chpasswd)|root:(?=[^\n|]{1,300}\Z))(?P<s>[^\n|]{1,300})",
    ("passwd",): r"echo[ \t]{1,8}(?:-\w{1,3}[ \t]{1,8})?(?P<s>[^\n|]{1,300})\|[^\n]{0,40}\bpasswd\b",
    ("user ",): r"(?m)^[ \t]{0,20}user[ \t]{1,8}\S{1,60}[ \t][^\n]{0,200}?(?<=[ \t])>(?P<s>\S++)",  # of Redis
}
_DIRECTIVE = (
    r"(?im)^[ \t]{0,40}(?:requirepass|masterauth|auth[-_]pass|(?:secret|access|api)[-_]?key|access_token|client_secret"
    r"|sentinel[ \t]{1,8}auth-pass[ \t]{1,8}\S{1,60}|(?-i:password|passwd|secret|token)(?=[ \t]{1,20}\S{0,60}[^\sa-z]))"
    r"[ \t]{1,20}(?P<s>\"[^\"\n]{1,400}\"|'[^'\n]{1,400}'|[^\s\"':={(][^\s]{0,400});?[ \t]{0,20}\r?$"
)
_LOGIN_LINE = r"(?i)\blogin\s{1,8}\S{1,200}\s{1,8}password\s{1,8}(?P<s>\S++)"  # .netrc
_SQL = (
    r"(?i)(?:identified\s{1,4}(?:with\s{1,4}\S{1,60}\s{1,4})?(?:by|as)(?:\s{1,4}password)?|\bpassword)\s{0,4}\(?\s{0,4}"
    r"'(?P<s>[^'\n]++)"
)
_OPTION = re.compile(
    r"(?<![^\s\"'=(\[,])--?(?P<name>[A-Za-z][\w.-]{1,60})[\"']?(?:\s{1,8}|,\s{0,8})(?:-\s{1,8})?"
    r"(?P<s>\"[^\"\n]*+|'[^'\n]*+|[^\s\"'-][^\s\"']*+)"
)
_HEADER = re.compile(
    r"(?i)header(?:\s{1,4}(?:add|set|append|always|request|response)){0,3}\s{1,4}[\"']?(?P<name>[\w-]{2,60})[\"']?\s{1,4}"
    r"(?P<s>\"[^\"\n]*+|'[^'\n]*+|[^\s\"';]++)"
)
_NGINX_VARIABLE = re.compile(r"\"?'?\$\w{1,60}\"?'?;?")


def _named(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    """Values of the group ``s`` whose name tells that they are credentials."""
    PATTERNS.append(pattern)

    def find(value: str) -> Iterator[Span]:
        for match in pattern.finditer(value):
            given = match["s"]
            if is_secret_name(match["name"]) and is_credential(given) and not _NGINX_VARIABLE.fullmatch(given):
                start, end = match.span("s")
                yield (start + (given[0] in "\"'"), end)

    return find


def _credentials(pattern: str) -> Callable[[str], Iterator[Span]]:
    """As ``_pattern``, without references to a value that stands elsewhere."""
    find = _pattern(pattern)

    def found(value: str) -> Iterator[Span]:
        return (span for span in find(value) if is_credential(value[span[0] : span[1]]))

    return found


_SPACED = (
    _Step(("-",), _named(_OPTION)),
    _Step(("eader",), _named(_HEADER)),
    *(_Step(needles, _credentials(pattern)) for needles, pattern in _COMMANDS.items()),
    _Step((" ", "\t"), _credentials(_DIRECTIVE)),
    _Step(("login",), _credentials(_LOGIN_LINE)),
    _Step(("'",), _credentials(_SQL)),
)

# --- what nearly every text is spared the steps by ------------------------------------------------------------------


def _any_of(*words: str) -> re.Pattern[str]:
    """One pattern for many words goes over a short text several times faster than a look for each of them."""
    return re.compile("|".join(map(re.escape, words)))


_SHORTEST_TOKEN = 14  # "Basic " and 8 characters; all of them have letters of both sizes
_SIGN_OF_TOKEN = _any_of(
    *("PRIVATE KEY", "PuTTY-", "asic", "earer", "hook", "/bot", *(n for s in _TOKENS for n in s.needles)),
    *("eyJ", "LS0tLS1CRUdJTi", "$", "{SHA", "{SSHA", "{MD5", "{CRYPT", "_live_"),
)
_LINK = re.compile(r"[ =:@>\t：为是]")
_MARK = _any_of(*MARKS)
_AK_SK = re.compile(r"(?<![a-z])[as]k(?![a-z])")
_SIGN_OF_QUERY = _any_of("sig", "sas", "key")
_SIGN_OF_COMMAND = _any_of(*(n for needles in _COMMANDS for n in needles), "identified")

_STEPS = (
    _Step(("PRIVATE KEY", "PuTTY-"), _private_keys),
    _Step(("=", ":", ">", "：", "为", "是"), assigned),
    *_SPACED,
    *_FORMS,
    *_TOKENS,
)
