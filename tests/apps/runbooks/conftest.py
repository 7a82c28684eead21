"""People who look at runbooks."""

from __future__ import annotations

import pytest


@pytest.fixture
def reviewer(db):
    """Somebody with the right to decide on reviews."""
    from django.contrib.auth.models import Permission, User

    user = User.objects.create_user("reviewer", first_name="敏", last_name="王", password="correct horse battery")
    user.user_permissions.add(Permission.objects.get(codename="decide_review"))
    return User.objects.get(pk=user.pk)
