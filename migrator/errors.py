"""Errors of the domain core.

Every error has a stable ``code``; the sentence a person reads is ``error.<code>`` in ``migrator/locale/errors.yaml``
and says what is wrong, where, and what to do about it.
"""

from __future__ import annotations

import re

from migrator.locale import DEFAULT_LANG, Lang, text

_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def unquoted(problem: str) -> str:
    """What a parser says of a file, without the parts of the file that it quotes."""
    return _QUOTED.sub("...", problem)


class MigratorError(Exception):
    """A problem that the person who gave the input can mend.

    Args:
        code: stable identifier, ``snake_case``; the key of the sentence.
        values: the parts of the sentence (file, document, version...). Never a secret value.

    Attributes:
        field: of a form or request, where whoever asked on its behalf says which one the problem is in.
    """

    field: str = ""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code, values)

    def message(self, lang: Lang = DEFAULT_LANG) -> str:
        return text(f"error.{self.code}", lang, **self.values)

    def __str__(self) -> str:
        return self.message("en")


class InputError(MigratorError):
    """The dump cannot be read: names the file and, where known, the document in it.

    Attributes:
        further: what else is wrong with the input, to be told behind the first.
    """

    further: tuple[MigratorError, ...] = ()


class VersionError(MigratorError):
    """A version is not understood, not known, or not allowed as source or target."""


class PathError(MigratorError):
    """There is no way from the source to the target; ``values['reasons']`` lists why."""


class CatalogError(MigratorError):
    """The catalog is broken: ``values['problems']`` lists every problem with file and field."""


def places_of(error: BaseException) -> list[str]:
    """An unexpected error as ``Type`` and ``file:line function`` for each step, and the errors that led to it.

    Without their messages: what a parser or a database says may quote what was being read.
    """
    places: list[str] = []
    link: BaseException | None = error
    while link is not None and len(places) < _PLACES_MOST:
        places.append(type(link).__name__)
        trace = link.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return places[:_PLACES_MOST]


_PLACES_MOST = 200
