"""Celery's application. Tasks live in ``apps/<app>/tasks.py`` and take one string id."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Threads of the web server have no current application of their own; without a default they would publish to nowhere.
app.set_default()
