"""Receives uploads: each piece is encrypted as it arrives, so that nothing is ever on disk in the clear.

Installed for the whole service (``FILE_UPLOAD_HANDLERS``) in the place of the framework's memory and temporary files.
Whatever ends a request early (a limit, a full disk, a broken connection) leaves nothing of it behind.
"""

from __future__ import annotations

from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from apps.core.errors import Forbidden, Malformed, NoSpace, RefusedRequest, ServiceError, TooLarge
from apps.inventory.spool import Spooled, SpoolReader, SpoolWriter, free_bytes, open_spooled

_AFTER_LAST_BOUNDARY = 4096  # bytes that a client may send after its last boundary, which mean nothing
NAME_SHOWN = 100


class SpooledUpload(UploadedFile):
    """An uploaded file in the spool. Unless a service has taken it over, it goes when the request ends."""

    def __init__(self, spooled: Spooled, name: str, content_type: str | None) -> None:
        super().__init__(file=None, name=name, content_type=content_type, size=spooled.size)
        self._spooled = spooled
        self._taken = False

    # The framework's own setter would shorten and change names; services refuse what cannot be used, and say so.
    def _get_name(self) -> str | None:
        return self._name

    def _set_name(self, name: str | None) -> None:
        self._name = name

    name = property(_get_name, _set_name)

    def take(self) -> Spooled:
        """From now on the caller answers for the file."""
        self._taken = True
        return self._spooled

    def plain(self) -> bytes:
        """The whole content, for small files alone; raises as ``SpoolReader``."""
        held = self._spooled
        with SpoolReader(spool=held.spool, key=held.key, size=held.size, name=self.name or "") as stream:
            return stream.read()

    def open_content(self) -> BinaryIO:
        """What was uploaded, for who wants a copy; the file in the spool still goes when the request ends."""
        spooled = self._spooled
        return open_spooled(spool=spooled.spool, key=spooled.key, size=spooled.size, name=self._name or "")

    def close(self) -> None:
        if not self._taken:
            self._taken = True
            self._spooled.discard()


def too_large() -> TooLarge:
    return TooLarge("upload_too_large", limit=settings.IMPORT_BYTES_MOST >> 20)


def file_too_large(name: str) -> TooLarge:
    limit = settings.IMPORT_FILE_BYTES_MOST >> 20
    return TooLarge("upload_file_too_large", file=name[:NAME_SHOWN], limit=limit)


def too_many_files() -> TooLarge:
    return TooLarge("upload_too_many_files", limit=settings.IMPORT_FILES_MOST)


def body_most() -> int:
    """The most bytes of a request with files: names of fields and boundaries take some room beside the files."""
    return settings.IMPORT_BYTES_MOST + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class SpoolUploadHandler(FileUploadHandler):
    """Takes over the reading of a form with files from the framework, which would pass over half of one."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: bytes, encoding: str | None = None
    ) -> Any:
        if content_length > body_most():
            raise RefusedRequest(too_large())
        if META.get("HTTP_TRANSFER_ENCODING") is None and content_length > free_bytes():
            raise RefusedRequest(NoSpace("upload_no_space"))
        return _FormReader(META, input_data, boundary, _Receiver(self.request), encoding).parse()


class _Receiver(FileUploadHandler):
    """Writes the files of one request to the spool, and stops it when there is too much of anything."""

    chunk_size = 256 * 1024

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self._files = 0
        self._bytes = 0
        self._writer: SpoolWriter | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._files += 1
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise Forbidden("upload_by_nobody")
        if self._files > settings.IMPORT_FILES_MOST:
            raise too_many_files()
        self._writer = SpoolWriter()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._writer is None:
            raise RuntimeError("a piece came before its file")
        self._bytes += len(raw_data)
        if self._bytes > settings.IMPORT_BYTES_MOST:
            raise too_large()
        if start + len(raw_data) > settings.IMPORT_FILE_BYTES_MOST:
            raise file_too_large(self.file_name or "")
        self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> SpooledUpload:
        if self._writer is None:
            raise RuntimeError("a file ended before it began")
        spooled = self._writer.finish()
        self._writer = None
        return SpooledUpload(spooled, self.file_name or "", self.content_type)

    def upload_interrupted(self) -> None:
        if self._writer is not None:
            self._writer.abort()
            self._writer = None


class _Body:
    """The body of a form, which must end with its last boundary: where it does not, the connection broke."""

    def __init__(self, stream: BinaryIO, boundary: bytes) -> None:
        self._stream = stream
        self._last = b"--" + boundary + b"--"
        self._tail = b""

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._tail = (self._tail + data)[-_AFTER_LAST_BOUNDARY - len(self._last) :]
        return data

    @property
    def complete(self) -> bool:
        return self._last in self._tail


class _FormReader(MultiPartParser):
    """The framework's parser, which here says of everything that it refuses what was wrong, and cleans up behind it."""

    def __init__(self, META: Any, stream: BinaryIO, boundary: bytes, receiver: _Receiver, encoding: str | None) -> None:
        self._body = _Body(stream, boundary)
        self._receiver = receiver
        super().__init__(META, self._body, [receiver], encoding)  # type: ignore[arg-type]

    def parse(self) -> Any:
        """
        Raises:
            RefusedRequest: with the reason; nothing of the request is left in the spool.
        """
        try:
            fields, files = super().parse()
        except BaseException as error:
            self._receiver.upload_interrupted()
            if (reason := _reason(error)) is not None:
                raise RefusedRequest(reason) from error
            raise
        if not self._body.complete:
            for name in files:
                for file in files.getlist(name):
                    file.close()
            raise RefusedRequest(Malformed("upload_cut_off"))
        return fields, files

    def sanitize_file_name(self, file_name: str) -> str:
        """The last part of the name, as it is. The framework would drop files of odd names without a word."""
        return file_name.replace("\\", "/").rpartition("/")[2] or file_name


def _reason(error: BaseException) -> ServiceError | None:
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, UnreadablePostError):
        return Malformed("upload_cut_off")
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent):
        return TooLarge("body_too_large", limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20)
    if isinstance(error, MultiPartParserError):
        return Malformed("upload_form_damaged")
    return None
