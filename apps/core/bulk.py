"""Many new rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

# Fields whose value is what the driver takes.
_AS_IT_IS = (models.BooleanField, models.CharField, models.ForeignKey, models.IntegerField, models.TextField)


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]], **common: Any) -> None:
    """Insert rows with one call of the driver, which puts many of them into a statement of bounded length.

    ``bulk_create`` makes an object of every row and asks each of its fields how to write itself, which takes four times
    as long as all the rest.

    Args:
        rows: values by attribute (``snapshot_id``, not ``snapshot``), the same in each row: defaults are not filled in.
        common: values that all rows share.
    """
    if not rows:
        return
    names = list(rows[0])
    fields = [model._meta.get_field(name) for name in (*names, *common)]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    shared = tuple(common.values())
    converted = [(i, f) for i, f in enumerate(fields) if not isinstance(f, _AS_IT_IS)]

    def values(row: Mapping[str, Any]) -> list[Any]:
        found = [*(row[name] for name in names), *shared]
        for position, field in converted:
            found[position] = field.get_db_prep_save(found[position], connection)
        return found

    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            [values(row) for row in rows],
        )
