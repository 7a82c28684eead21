"""The search itself: it finds a mark in every form, so that the tests which find none mean something."""

from __future__ import annotations

import pytest

from tests.secrets.marks import disguises, found_in, mark

VALUE = mark("the search's own")


@pytest.mark.parametrize("form", disguises(VALUE))
def test_a_mark_is_found_in_any_form(form: str) -> None:
    data = disguises(VALUE)[form]
    packed = form.startswith(("gzip", "zlib", "zip"))
    found = found_in(data if packed else b'{"a": "b", "value": "' + data + b'", "c": 1}')
    assert found
    assert form == "backwards" or "the search's own" in found


def test_nothing_is_found_where_there_is_no_mark() -> None:
    assert found_in(b'{"password": "hunter2", "a": "WnE3"} \x00\xff' * 50) == set()


def test_each_place_has_a_mark_of_its_own() -> None:
    places = [f"place {number}" for number in range(500)]
    assert len({mark(place) for place in places}) == len(places)
    assert found_in(" ".join(map(mark, places)).encode()) == set(places)
