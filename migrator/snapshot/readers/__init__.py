"""Readers: the bytes of one file in, the objects in it out, one by one.

A reader yields ``Found`` for an object, ``Looked`` for a kind that a typed list names (also an empty one), and
``Problem`` for whatever could not be read; a problem never ends the reading of the rest.
"""

from __future__ import annotations

from typing import Any, NamedTuple


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


class Problem(NamedTuple):
    """Something that could not be read: ``code`` of the sentence and its values, never a value of the input.

    ``foreign``: it was understood, but it is no Kubernetes object at all.
    """

    code: str
    values: dict[str, Any]
    foreign: bool = False


Event = Found | Looked | Problem
