"""Receives uploads: each piece is encrypted as it arrives, so that nothing is ever on disk in the clear.

Installed for the whole service (``FILE_UPLOAD_HANDLERS``) in the place of the framework's memory and temporary files.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from apps.inventory.spool import Spooled, SpoolWriter


class UploadTooLarge(RequestDataTooBig):
    """More than ``IMPORT_BYTES_MOST`` in one request."""


class SpooledUpload(UploadedFile):
    """An uploaded file in the spool. Unless a service has taken it over, it goes when the request ends."""

    def __init__(self, spooled: Spooled, name: str, content_type: str | None) -> None:
        super().__init__(file=None, name=name, content_type=content_type, size=spooled.size)
        self._spooled = spooled
        self._taken = False

    def take(self) -> Spooled:
        """From now on the caller answers for the file."""
        self._taken = True
        return self._spooled

    def close(self) -> None:
        if not self._taken:
            self._taken = True
            self._spooled.discard()


class SpoolUploadHandler(FileUploadHandler):
    """Counts the bytes of all files of the request and stops it when they are too many."""

    chunk_size = 256 * 1024

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._received = 0
        self._writer: SpoolWriter | None = None

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        # Names of fields and boundaries take some room beside the files.
        if content_length > settings.IMPORT_BYTES_MOST + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise UploadTooLarge

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._writer = SpoolWriter()

    def _open_writer(self) -> SpoolWriter:
        if self._writer is None:
            raise RuntimeError("a piece came before its file")
        return self._writer

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._received += len(raw_data)
        if self._received > settings.IMPORT_BYTES_MOST:
            self.upload_interrupted()
            raise UploadTooLarge
        self._open_writer().write(raw_data)

    def file_complete(self, file_size: int) -> SpooledUpload:
        spooled, self._writer = self._open_writer().finish(), None
        return SpooledUpload(spooled, self.file_name or "", self.content_type)

    def upload_interrupted(self) -> None:
        if self._writer is not None:
            self._writer.abort()
            self._writer = None
