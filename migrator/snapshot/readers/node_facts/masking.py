"""Credentials in command lines and options of a node: masked before anything is kept."""

from __future__ import annotations

import re

from migrator.snapshot.redaction import MASK, is_secret_name, mask_text

# Options of common programs whose value is a password, beside those whose name says so.
_COMMAND_SECRETS = re.compile(
    r"(?:\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|sshpass)\b[^|;&\n]*?\s-p\s?"
    r"|\b(?:redis-cli)\b[^|;&\n]*?\s-a\s+"
    r"|\b(?:mongo|mongodump|ldapsearch|ldapmodify|smbclient)\b[^|;&\n]*?\s-(?:p|w)\s+"
    r"|\b(?:curl|wget|lftp)\b[^|;&\n]*?\s(?:-u|--user)[ =]?[^\s:'\"]+:"
    r"|--?[\w-]*(?:password|passwd|token|secret)[\w-]*\s+)"
    r"(?P<value>'[^']*'|\"[^\"]*\"|[^\s;|&'\"]+)"
)


def mask_line(line: str) -> str:
    """A command line without the passwords in it."""
    masked = _COMMAND_SECRETS.sub(lambda m: m[0][: m.start("value") - m.start()] + MASK, line)
    return mask_text(masked)


def mask_option(key: str, value: str) -> str:
    """The value of an option without a credential: the whole of it where its name says that it is one."""
    return MASK if value and is_secret_name(key) else mask_line(value)
