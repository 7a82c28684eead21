"""Errors of the domain core.

Every error has a stable ``code``; the sentence a person reads is ``error.<code>`` in ``migrator/locale/errors.yaml``
and says what is wrong, where, and what to do about it.
"""

from __future__ import annotations

from migrator.locale import DEFAULT_LANG, Lang, text


class MigratorError(Exception):
    """A problem that the person who gave the input can mend.

    Args:
        code: stable identifier, ``snake_case``; the key of the sentence.
        values: the parts of the sentence (file, document, version...). Never a secret value.
    """

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code, values)

    def message(self, lang: Lang = DEFAULT_LANG) -> str:
        return text(f"error.{self.code}", lang, **self.values)

    def __str__(self) -> str:
        return self.message("en")


class InputError(MigratorError):
    """The dump cannot be read: names the file and, where known, the document in it."""


class VersionError(MigratorError):
    """A version is not understood, not known, or not allowed as source or target."""


class PathError(MigratorError):
    """There is no way from the source to the target; ``values['reasons']`` lists why."""


class CatalogError(MigratorError):
    """The catalog is broken: ``values['problems']`` lists every problem with file and field."""
