"""Keeps uploads after they have been read, where the installation allows it and the import asked for it.

An original holds what the dump held, values of Secrets included. It stays as it lies in the spool, encrypted under a
key of its own; that key, wrapped by the installation's key ring, is all that the database knows. Erasing means erasing
the wrapped key: the file is worthless from then on, and is removed next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from apps.core.errors import Conflict, Forbidden, Gone
from apps.core.keyring import KeyRing
from apps.inventory import spool
from apps.inventory.models import ImportFile, Original, Snapshot

log = logging.getLogger(__name__)

DOWNLOAD = "inventory.download_original"
ERASE = "inventory.erase_original"
BATCH = 500


def check_allowed() -> None:
    """Raises ``Conflict`` ``originals_off`` where the installation keeps none."""
    if not settings.KEEP_ORIGINALS:
        raise Conflict("originals_off")


def originals_keep(snapshot: Snapshot, files: Iterable[ImportFile]) -> None:
    """Take the files over from their import, in the transaction that ends it."""
    ring = KeyRing(settings.ORIGINALS_KEYS)
    until = timezone.now() + timedelta(days=settings.KEEP_ORIGINALS)
    originals = [
        Original(snapshot=snapshot, name=file.name, size=file.size, spool=file.spool, keep_until=until)
        for file in files
    ]
    for original, file in zip(originals, files, strict=True):
        original.wrapped_key = ring.wrap(bytes(file.key or b""), original.uid.bytes)
    Original.objects.bulk_create(originals, batch_size=BATCH)


def original_open(original: Original, *, actor: Any) -> BinaryIO:
    """The file as it was uploaded.

    Raises:
        Forbidden: ``original_download_forbidden``.
        Gone: ``original_erased``.
        Conflict: ``key_missing``, ``key_wrong``: the key ring is not the one it was kept with.
        ServiceError: ``upload_lost``: the file is not there, or was changed.
    """
    if not actor.has_perm(DOWNLOAD):
        raise Forbidden("original_download_forbidden")
    if not original.wrapped_key:
        raise Gone("original_erased", file=original.name)
    key = KeyRing(settings.ORIGINALS_KEYS).unwrap(original.wrapped_key, original.uid.bytes)
    stream = spool.open_spooled(spool=original.spool, key=key, size=original.size, name=original.name)
    log.info("original downloaded", extra={"original": str(original.uid), "actor": str(actor)})
    return stream


def originals_erase(originals: QuerySet[Original], *, actor: Any) -> int:
    """Erase for ever; how many there still were.

    Raises:
        Forbidden: ``original_erase_forbidden``.
    """
    if not actor.has_perm(ERASE):
        raise Forbidden("original_erase_forbidden")
    return _erase(originals, actor=actor)


def originals_expire() -> None:
    """Erase those whose time is over."""
    _erase(Original.objects.filter(keep_until__lte=Now()), actor=None)


def known_spools() -> list[str]:
    """The files in the spool folder that still have a key."""
    return list(Original.objects.exclude(wrapped_key="").values_list("spool", flat=True))


def _erase(originals: QuerySet[Original], *, actor: Any) -> int:
    with transaction.atomic():
        kept = list(originals.exclude(wrapped_key="").select_for_update().values_list("pk", "uid", "spool"))
        rows = Original.objects.filter(pk__in=[pk for pk, _, _ in kept])
        rows.update(wrapped_key="", erased_at=Now(), erased_by=actor, updated_at=Now())
        # A file whose removal does not come about is found later as one that nobody knows.
        transaction.on_commit(lambda: [spool.remove(name) for _, _, name in kept])
    for _, uid, _ in kept:
        log.info("original erased", extra={"original": str(uid), "actor": str(actor) if actor else "its time is over"})
    return len(kept)
