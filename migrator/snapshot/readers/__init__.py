"""Readers: the bytes of one file in, the objects in it out, one by one.

A reader yields ``Found`` for an object, ``Looked`` for a kind that a typed list names (also an empty one), ``Told`` for
a fact of a format that knows no objects, ``Entered`` for one that a person wrote down, ``Covered`` for a section that
such a format speaks of, ``Refused`` for a kind that could not be collected, ``Expected`` for the length of a list that
follows, ``Changed`` for a state of an object among several, and ``Problem`` for whatever could not be read; a problem
never ends the reading of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from migrator.snapshot.model import Fact, Section


class Found(NamedTuple):
    """One object of a file with its whole content; the content must not be kept."""

    api_version: str
    kind: str
    body: dict[str, Any]
    document: int  # 1-based


class Looked(NamedTuple):
    """A list said that objects of this kind were asked for, even if there were none; ``List`` names no kind."""

    api_version: str
    kind: str


class Told(NamedTuple):
    """A finished fact of the snapshot, where the format itself speaks of nodes, settings or releases."""

    fact: Fact


class Entered(NamedTuple):
    """A fact that a person wrote into a table, without credentials: it ranks below everything that a dump tells.

    ``counts``: it is a row; false for what follows from another fact of the table.
    """

    fact: Fact
    counts: bool = True


class Covered(NamedTuple):
    """The input tells of a whole section that no kind of object stands for, even if there was nothing to tell."""

    section: Section
    kind: str  # what told of it, as ``Coverage.kinds`` shows it


class Refused(NamedTuple):
    """The input says that objects of this kind were asked for and denied: its section counts as refused.

    ``partly``: some were told and others not, so that those met in other files do not make up for it.
    """

    api_version: str
    kind: str
    partly: bool = False


class Expected(NamedTuple):
    """A list of so many objects follows. For showing how far the reading is, and for nothing else."""

    objects: int


class Changed(NamedTuple):
    """One event of a watch: ``found`` as it was then, None where the event is about no object."""

    change: str  # ADDED, MODIFIED, DELETED, BOOKMARK or ERROR
    found: Found | None


class Problem(NamedTuple):
    """Something that could not be read: ``code`` of the sentence and its values, never a value of the input.

    ``foreign``: it was understood, but it is no Kubernetes object at all.
    """

    code: str
    values: dict[str, Any]
    foreign: bool = False


Event = Found | Looked | Told | Entered | Covered | Refused | Expected | Changed | Problem


class Format(NamedTuple):
    """One form of input. The first of ``read.FORMATS`` that recognises the content of a file reads it.

    ``recognises`` and ``read`` get the bytes of the whole file, as UTF-8 unless ``binary``, and its name in the input,
    which may tell a node or a section but never decides the format.
    """

    name: str
    recognises: Callable[[bytes, str], bool]
    read: Callable[[bytes, str], Iterator[Event]]
    binary: bool = False
