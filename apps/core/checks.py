"""System checks of the installation: ``manage.py check``. Ids are forever."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from migrator.errors import MigratorError


@register(Tags.security)
def secret_key(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or len(settings.SECRET_KEY) >= 32:
        return []
    hint = "Set SECRET_KEY to 50 or more random characters."
    return [Error("SECRET_KEY is shorter than 32 characters.", hint=hint, id="core.E001")]


@register(Tags.security)
def keys_lie_elsewhere(**kwargs: Any) -> list[CheckMessage]:
    """A key ring beside the files that it opens protects nothing."""
    file = os.environ.get("ORIGINALS_KEYS_FILE", "")
    if not file or not Path(file).absolute().is_relative_to(settings.DATA_DIR):
        return []
    hint = "Put it where a copy of DATA_DIR does not hold it."
    return [Error("ORIGINALS_KEYS_FILE lies in DATA_DIR.", hint=hint, id="core.E009")]


@register()
def broker_fits_database(**kwargs: Any) -> list[CheckMessage]:
    redis = settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://"))
    if settings.PRODUCTION and not redis:
        hint = "Set CELERY_BROKER_URL=redis://host:6379/0. Files carry messages on one machine only."
        return [Warning("DATABASE_URL is set, but messages go through files.", hint=hint, id="core.W002")]
    if redis and not settings.PRODUCTION:
        hint = "Set DATABASE_URL=mysql://..., or leave CELERY_BROKER_URL out."
        return [Warning("Redis is used together with SQLite.", hint=hint, id="core.W003")]
    return []


@register()
def time_limits(**kwargs: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    visibility = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout")
    if isinstance(visibility, int) and visibility <= settings.CELERY_TASK_TIME_LIMIT:
        hint = "A message would be delivered again while its task still runs."
        problems.append(Error("The visibility timeout is not above TASK_TIME_LIMIT.", hint=hint, id="core.E004"))
    if settings.CELERY_TASK_SOFT_TIME_LIMIT >= settings.CELERY_TASK_TIME_LIMIT:
        hint = "A task must be asked to end before it is killed."
        problems.append(Error("TASK_SOFT_TIME_LIMIT is not below TASK_TIME_LIMIT.", hint=hint, id="core.E005"))
    if settings.OPERATION_BEAT_SECONDS * 2 > settings.OPERATION_LEASE_SECONDS:
        hint = "Raise OPERATION_LEASE_SECONDS or lower OPERATION_BEAT_SECONDS."
        problems.append(Error("A lease must outlast two beats.", hint=hint, id="core.E006"))
    return problems


@register()
def catalog_loads(**kwargs: Any) -> list[CheckMessage]:
    from migrator.catalog.loader import shipped_catalog

    try:
        shipped_catalog()
    except MigratorError as error:
        return [Error(f"The catalog does not load: {error}", id="core.E007")]
    return []


@register(Tags.database)
def database_version(databases: list[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Lock-free claims and check constraints need MySQL 8.0.16 or MariaDB 10.6."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor != "mysql":
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            told = str(cursor.fetchone()[0])
        found = tuple(int(n) for n in re.findall(r"\d+", told)[:3])
        if found < ((10, 6) if "mariadb" in told.lower() else (8, 0, 16)):
            hint = "Use MySQL 8.0.16 or MariaDB 10.6, or newer."
            problems.append(Error(f"The database server is too old: {told}.", hint=hint, id="core.E008"))
    return problems


LEAST_PACKET = 64 << 20  # bytes; the snapshot of 2,000 nodes and 12,000 workloads is one value of 5 to 15 MB


@register(Tags.database)
def packets_are_large_enough(databases: list[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A snapshot and an assessment are stored as one value each, which must fit into one packet."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor != "mysql":
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@max_allowed_packet")
            told = int(cursor.fetchone()[0])
        if told < LEAST_PACKET:
            hint = "Set max_allowed_packet=256M on the database server, or large clusters cannot be stored."
            problems.append(Warning(f"The server takes packets of {told >> 20} MB only.", hint=hint, id="core.W010"))
    return problems
