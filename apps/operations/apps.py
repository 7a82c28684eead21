from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "apps.operations"
    label = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        # Each app declares the kinds of its work in ``operations.py``; web and worker must know the same ones.
        autodiscover_modules("operations")
        # The web process publishes by the task's name, so it must know the task too.
        from apps.operations import tasks  # noqa: F401
