"""Refusals of the service, beside those of the core; sentences ``error.<code>`` in ``migrator/locale/service.yaml``."""

from __future__ import annotations

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


class TooLarge(ServiceError):
    """The request's body is larger than the installation allows."""

    status = 413
