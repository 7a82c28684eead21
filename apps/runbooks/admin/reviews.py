"""The review of a revision in the admin: submit, comment, decide, each a form of its own on the revision's page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.runbooks import reviews
from apps.runbooks.admin.base import RunbookPages, address_of, may_edit
from apps.runbooks.choices import ReviewAct


class WithReview(RunbookPages):
    """Adds what the review panel of a runbook posts to."""

    def get_urls(self) -> list[Any]:
        def posted(view: Any, name: str) -> Any:
            return path(
                f"<int:pk>/review/{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"runbooks_runbook_{name}",
            )

        return [
            posted(self.submit, "submit"),
            posted(self.decide, "decide"),
            posted(self.comment, "comment"),
            *super().get_urls(),
        ]

    def submit(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(request, pk)
        if not may_edit(request):
            raise PermissionDenied
        said, version = request.POST.get("comment", ""), _version(request)
        done = self.attempt(
            request,
            _("The revision has been submitted for review."),
            lambda: reviews.review_submit(actor=request.user, runbook=row, comment=said, version=version),
        )
        return self.back(row, "#review" if done else "")  # why it was refused stands at the top

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(request, pk)
        act = request.POST.get("decision", "")
        if act not in ReviewAct.values or act == ReviewAct.SUBMITTED:
            raise PermissionDenied
        said, version = request.POST.get("comment", ""), _version(request)
        done = self.attempt(
            request,
            _("Your decision has been stored."),
            lambda: reviews.review_decide(actor=request.user, runbook=row, act=act, comment=said, version=version),
        )
        return self.back(row, "#review" if done else "")  # why it was refused stands at the top

    def comment(self, request: HttpRequest, pk: int) -> HttpResponse:
        """On the whole, or on the step of the posted key; whoever sees the runbook may comment."""
        row = self.row(request, pk)
        step = request.POST.get("step", "")
        self.attempt(
            request,
            _("Your comment has been stored."),
            lambda: reviews.review_comment(
                actor=request.user, runbook=row, text=request.POST.get("text", ""), step=step
            ),
        )
        found = row.steps.filter(key=step).first() if step else None
        return HttpResponseRedirect(address_of("step", row.pk, found.number)) if found else self.back(row, "#review")


def _version(request: HttpRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() else None
