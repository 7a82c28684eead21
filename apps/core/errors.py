"""Refusals of the service, beside those of the core; sentences ``error.<code>`` in ``migrator/locale/service.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import SuspiciousOperation

from migrator.errors import MigratorError


class ServiceError(MigratorError):
    """A request that the service understands and does not carry out."""

    status = 422


class Malformed(ServiceError):
    """The request itself is not in the form that the service reads."""

    status = 400


class Conflict(ServiceError):
    """The state of the thing does not allow it now."""

    status = 409


class Gone(ServiceError):
    """It was here, and has been removed on purpose."""

    status = 410


class TooLarge(ServiceError):
    """The request's body is larger than the installation allows."""

    status = 413


class Forbidden(ServiceError):
    """The person may not do this."""

    status = 403


class Missing(ServiceError):
    """There is no such thing."""

    status = 404


class PreconditionFailed(ServiceError):
    """It is no longer what the person has seen."""

    status = 412


class NoSpace(ServiceError):
    """The disk is full."""

    status = 507


class RefusedRequest(SuspiciousOperation):
    """A request that is refused while its body is still coming in, before a view could answer.

    The framework lets such an error end in ``handler400``, whichever code it was that touched the body.
    """

    def __init__(self, error: ServiceError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def about(field: str) -> Iterator[None]:
    """What is refused within is said to be about this field of the form or request."""
    try:
        yield
    except MigratorError as error:
        error.field = field
        raise
