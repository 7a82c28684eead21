from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChecklistsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "apps.checklists"
    label = "checklists"
    verbose_name = _("Checklists")

    def ready(self) -> None:
        from apps.checklists.custom import checks_on
        from apps.planning.selectors import own_checks_from

        own_checks_from(checks_on)
