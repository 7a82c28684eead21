"""Pages of lists: always, and in an order that ends with the primary key, so that no row is shown twice or never."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Pages(PageNumberPagination):
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        if isinstance(queryset, QuerySet):
            order = tuple(queryset.query.order_by) or tuple(queryset.model._meta.ordering)
            if order[-1:] not in (("id",), ("-id",), ("pk",), ("-pk",)):
                queryset = queryset.order_by(*order, "id")
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """As OpenAPI 3.1 says that a link may be null; the framework says it as 3.0 did."""
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            link = described["properties"][name]
            if link.pop("nullable", False):
                link["type"] = [link["type"], "null"]
        return described
