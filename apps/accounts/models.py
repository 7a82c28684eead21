"""API tokens under a name that people read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken


class Token(AuthToken):
    """The same rows as Knox's: a hash, never the token itself."""

    class Meta:
        proxy = True
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-created", "digest")

    def __str__(self) -> str:
        return f"{self.user} · {self.token_key}"
