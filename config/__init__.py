"""Settings, addresses and entry points of the service. Importing the package makes Celery's application known."""

from __future__ import annotations

from config.celery import app as celery_app

__all__ = ("celery_app",)
