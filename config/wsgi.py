"""Entry point of WSGI servers. There is none for ASGI: the framework would write uploads to disk in the clear there."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def _application() -> object:
    django = get_wsgi_application()  # settings and apps are ready from here on
    from django.conf import settings

    from apps.core.bodies import ChunkedBodies
    from apps.inventory.uploads import body_most

    return ChunkedBodies(django, form_most=body_most(), other_most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


application = _application()
