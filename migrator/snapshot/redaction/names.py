"""Which names stand for a credential: of keys, variables, options, headers, parameters.

A name is taken apart into its words (``dbPassword`` is "db", "password"). It holds a credential where one of its words
does, unless the words behind say that it tells something *about* one: its name, place, lifetime, kind.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]++(?![a-z])|[A-Z]{1,60}(?=[A-Z][a-z])|[A-Z]?[a-z]++|\d++|[\u4e00-\u9fff]++")

# As a word anywhere in the name, or at the end of a longer word that nobody parted (``mysqlpassword``).
_STRONG = (
    *("password", "passwords", "passwd", "passphrase", "passcode", "pwd", "pswd", "passwort"),
    *("secret", "secrets", "token", "tokens", "credential", "credentials"),
    *("accesskey", "secretkey", "privatekey", "apikey", "authkey", "sharedkey", "accountkey", "masterkey", "userkey"),
    *("密码", "口令", "密钥", "令牌"),
)
_STRONG_WORDS = frozenset(
    (*_STRONG, *("creds", "psw", "ak", "sk", "requirepass", "masterauth", "dockerconfigjson", "dockercfg", "pgpass"))
)
# Too common to mean a credential unless the name ends with them.
_WEAK_WORDS = frozenset(("auth", "auths", "authorization", "pass", "jwt", "htpasswd", "salt", "hmac"))
_COOKIE_OF = frozenset(("erlang", "auth", "session"))
# "key" behind one of these.
_KEY_OF = frozenset(
    (
        *("access", "secret", "private", "api", "auth", "encryption", "encrypt", "encryptor", "crypto", "cipher"),
        *("signing", "sign", "signature", "security", "master", "jwt", "token", "shared", "account", "storage"),
        *("aes", "des", "rsa", "hmac", "tls", "ssl", "client", "user", "license", "webhook", "cookie", "session"),
        *("subscription", "unseal", "recovery", "tsig", "app", "server"),
    )
)
_UNPARTED = re.compile(rf"(?:{'|'.join(_STRONG)}|(?:{'|'.join(sorted(_KEY_OF))})key)$")
# Keys of these are no credentials, however they look.
_OPEN_KEY_OF = frozenset(
    (
        *("public", "pub", "ssh", "host", "cache", "hash", "partition", "primary", "foreign", "object", "row", "sort"),
        *("routing", "message", "map", "label", "topology"),
    )
)
_DRAWN_KEY = re.compile(r"[A-Za-z0-9]{16,4096}|[A-Za-z0-9+/]{10,4096}={1,2}")
_ACCESS_IDS = frozenset(("access", "api", "app"))  # their key's id is one half of a login: AK of AK/SK
# What stands last in a name that tells something about a credential and does not hold it.
_ABOUT = frozenset(
    (
        *("name", "names", "namespace", "namespaces", "ref", "refs", "reference", "selector", "label", "annotation"),
        *("file", "files", "filename", "path", "paths", "dir", "directory", "folder", "location", "mount", "volume"),
        *("url", "urls", "uri", "uris", "endpoint", "endpoints", "host", "hostname", "address", "addr", "port"),
        *("server", "service", "provider", "issuer", "audience", "audiences", "realm", "scheme", "store", "backend"),
        *("type", "types", "kind", "mode", "class", "format", "encoding", "version", "algorithm", "alg", "method"),
        *("methods", "header", "headers", "param", "parameter", "field", "fields", "prefix", "suffix", "separator"),
        *("ttl", "expiry", "expiration", "expires", "expire", "expired", "validity", "lifetime", "lifespan", "age"),
        *("seconds", "secs", "minutes", "hours", "days", "duration", "interval", "timeout", "period", "time", "at"),
        *("rotation", "renewal", "refresh", "length", "len", "size", "limit", "limits", "max", "min", "count", "rate"),
        *("enabled", "enable", "disabled", "disable", "required", "require", "optional", "allowed", "policy"),
        *("strategy", "manager", "controller", "operator", "reviewer", "reviews", "requests", "validator", "encoder"),
        *("filter", "plugin", "script", "command", "cmd", "role", "roles", "scope", "scopes", "grant", "status"),
        *("review", "cache", "bucket", "rule", "rules", "attempts", "retries", "hint", "question", "history"),
        *("id", "ids", "create", "keys", "provisioner", "driver", "creation", "request", "template", "groups"),
        *("policies", "spec", "specs", "ca", "cert", "certs", "certificate", "certificates", "crt", "encryption"),
        *("signin", "signout", "by", "from", "for", "on"),
    )
)
# "max tokens" counts them.
_COUNTING = frozenset(("max", "min", "num", "number", "count", "total", "used", "limit"))
# Directives of nginx that end in "pass" and pass something on; digests of certificates and of Secrets; the name of a
# Secret, as charts and custom resources call it.
_OTHER = re.compile(
    r"(?i)(?:proxy|fastcgi|grpc|uwsgi|scgi|memcached|by|tls)[-_]?pass|checksum/.{0,200}|.{0,200}cert[-_.]?hash"
    r"|.{0,200}(?:existing|serving|tls|ssl|ca|cert|image|pull|credentials?|password|default|from)[-_.]?secrets?"
)

# Options of a volume have short names for keys that are common words anywhere else.
_SHARE_OPTIONS = frozenset(("sig", "key", "sas", "pass"))

_SWITCH = frozenset(
    ("true", "false", "yes", "no", "on", "off", "0", "1", "none", "null", "nil", "enabled", "disabled", "optional")
)
# A reference to a value that stands elsewhere: a variable, a template, a file, a vault; or a mask.
_REFERENCE = re.compile(
    r"\$\(\w{1,100}\)|\$\{[\w.-]{1,200}\}|\$[A-Z_][A-Z0-9_]{0,100}|%s|%\(\w{1,100}\)s|%\w{1,100}%"
    r"|\{\{.{1,300}\}\}|<%.{1,300}|<[\w .-]{1,60}>|__[A-Z0-9_]{1,80}__|[*xX]{3,64}"
    r"|(?:file://)?/(?:etc|run|var|opt|usr|home|root|mnt|tmp|data|apps?|srv|www|work|workspace|go|builds|secrets?|vault)"
    r"(?:/[\w./-]{0,300})?"
    r"|(?:vault|ref\+\w{1,30}|secretref|gcp-sm|arn):[\w/.:#+-]{1,300}"
)
_WITH_DEFAULT = re.compile(r"\$\{[\w.]{1,100}:[-=?]?(?P<default>[^{}\n]{0,400})\}")
_KIND_OF_LOGIN = frozenset(("basic", "digest", "oauth", "oauth2", "oidc", "jwt", "ldap", "saml", "token", "kerberos"))


@lru_cache(maxsize=16384)
def is_secret_name(name: str) -> bool:
    """Whether a key, variable or option of this name holds a credential (and not merely its name or place)."""
    if _OTHER.fullmatch(name):
        return False
    words = [w.lower() for w in _WORDS.findall(name) if not w.isdigit()]
    last = max((i for i in range(len(words)) if _is_secret_word(words, i)), default=-1)
    if last < 0:
        return False
    return not _counts(words) if last == len(words) - 1 else words[-1] not in _ABOUT


def is_named_credential(name: str, value: str) -> bool:
    """Whether ``value``, the whole of what stands under ``name``, is a credential.

    By a name that says so; or by one that ends in "key", be it of whatever, and a value that looks like one.
    """
    return is_value(value) if is_secret_name(name) else is_key_name(name) and is_drawn_key(value)


@lru_cache(maxsize=16384)
def is_key_name(name: str) -> bool:
    """Whether a name ends in "key", whatever it is the key of (``AZUREQUEUEKEY``); "key" alone is that of a map."""
    words = [w.lower() for w in _WORDS.findall(name)]
    return words not in ([], ["key"]) and words[-1].endswith("key") and _OPEN_KEY_OF.isdisjoint(words)


def is_drawn_key(value: str) -> bool:
    """Whether a value is one run of letters and digits, as keys are: of 16 and more, or padded as base64 is."""
    return _DRAWN_KEY.fullmatch(value) is not None and not value.isalpha() and not value.isdigit()


def _is_secret_word(words: list[str], position: int) -> bool:
    word = words[position]
    if word in _STRONG_WORDS or _UNPARTED.search(word) is not None:
        return True
    if word in ("key", "keys") and position and words[position - 1] in _KEY_OF:
        return True
    if word == "id":
        before = words[max(0, position - 2) : position]
        return before[-1:] == ["secret"] or (before[1:] == ["key"] and before[0] in _ACCESS_IDS)
    if word == "cookie":
        return position > 0 and words[position - 1] in _COOKIE_OF
    return word in _WEAK_WORDS and position == len(words) - 1


def _counts(words: list[str]) -> bool:
    return words[-1] == "tokens" and not _COUNTING.isdisjoint(words)


def is_secret_option(name: str) -> bool:
    """``is_secret_name`` for options of a volume or a mount."""
    return name.lower() in _SHARE_OPTIONS or is_secret_name(name)


def is_value(value: str) -> bool:
    """Whether what stands under a secret name is a credential: no switch, no reference to another place, not empty."""
    lower = value.lower()
    if (default := _WITH_DEFAULT.fullmatch(value)) is not None:
        return is_value(default["default"])
    if not value or lower in _SWITCH or lower in _KIND_OF_LOGIN or _REFERENCE.fullmatch(value) is not None:
        return False
    return not (value.isupper() and "_" in value and is_secret_name(value))  # a placeholder, or the name of a variable
