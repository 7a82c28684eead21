"""Tables that people fill in: their definition, templates, exports, and forms as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.language import request_lang
from apps.core.permissions import AsInAdmin
from apps.core.schema import Problem
from apps.inventory import exports, selectors, tables
from apps.inventory.api.serializers import SnapshotOutput
from apps.inventory.api.views import LOCATION, PROBLEM
from apps.inventory.models import Cluster
from apps.operations.api.responses import accepted
from apps.operations.api.serializers import OperationOutput
from migrator.locale import LANGS, Lang
from migrator.snapshot.sheets import headings
from migrator.snapshot.sheets.cells import label
from migrator.snapshot.sheets.files import XLSX_TYPE
from migrator.snapshot.sheets.form import Answers, fault_text
from migrator.snapshot.sheets.rows import RowFault
from migrator.snapshot.sheets.tables import TABLES, Column, Table, Type

TAGS = ["tables"]
FILES = {
    (200, XLSX_TYPE): OpenApiTypes.BINARY,
    (200, "application/zip"): OpenApiTypes.BINARY,
    (400, PROBLEM): Problem,
}
FAULTS_SHOWN = 100
_TYPES: dict[Type, dict[str, Any]] = {
    Type.NUMBER: {"type": ["integer", "string", "null"]},
    Type.YES_NO: {"type": ["boolean", "string", "null"]},
    Type.LIST: {"type": ["array", "string", "null"], "items": {"type": "string"}},
    Type.MAP: {"type": ["object", "string", "null"], "additionalProperties": {"type": "string"}},
}


class FileQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(
        choices=list(tables.FORMATS), default="xlsx", help_text="csv: a zip with a file for each table"
    )
    lang = serializers.ChoiceField(
        choices=list(LANGS),
        required=False,
        help_text="Of explanations and drop-down lists; headings stand in both. Default: the request's language",
    )


def _row_schema(table: Table) -> dict[str, Any]:
    properties = {
        c.key: {**_TYPES.get(c.type, {"type": ["string", "null"]}), "description": _described(table, c)}
        for c in table.columns
    }
    required = [c.key for c in table.columns if c.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _described(table: Table, column: Column) -> str:
    words = f"{headings.heading(table, column, 'en')}. {headings.explanation(table, column, 'en')}"
    return f"{words} One of: {', '.join(column.choices)}." if column.type is Type.CHOICE else words


def _rows_field(table: Table) -> serializers.Field[Any, Any, Any, Any]:
    """The rows of one table; what is in a cell, the core judges."""
    schema = {"type": "array", "items": _row_schema(table), "description": headings.about(table, "en")}
    described: type[serializers.ListField] = extend_schema_field(schema)(
        type(f"{table.key.title()}Rows", (serializers.ListField,), {})
    )
    return described(child=serializers.DictField(), required=False)


class _Tables(serializers.Serializer[Any]):
    """Rows by table. A table that is missing was not looked at; one without rows says that there are none."""

    def to_internal_value(self, data: Any) -> Any:
        strange = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if strange:
            message = self.error_messages["unknown"].format(known=", ".join(self.fields))
            raise ValidationError({str(key)[:60]: [ErrorDetail(message, "unknown")] for key in strange})
        return super().to_internal_value(data)

    default_error_messages = {"unknown": "There is no such table. There are: {known}."}


FormTables = type("FormTables", (_Tables,), {t.key: _rows_field(t) for t in TABLES})
FormTables.__doc__ = _Tables.__doc__


class FormInput(serializers.Serializer[Any]):
    tables = FormTables()
    not_complete = serializers.ListField(
        child=serializers.ChoiceField(choices=[t.key for t in TABLES]),
        required=False,
        default=list,
        help_text="Tables beside whose rows there may be more: their sections do not count as looked at",
    )


class FormOutput(serializers.Serializer[Any]):
    snapshot = serializers.UUIDField(allow_null=True, help_text="The latest that was filled in by form")
    tables = serializers.DictField(
        child=serializers.ListField(child=serializers.DictField()), help_text="As the form takes them"
    )
    not_complete = serializers.ListField(child=serializers.CharField())


class ColumnDefinition(serializers.Serializer[Any]):
    key = serializers.CharField()
    type = serializers.CharField(help_text=f"One of: {', '.join(t.value for t in Type)}")
    required = serializers.BooleanField()
    detail = serializers.BooleanField(help_text="Rarely known to a person")
    heading = serializers.CharField()
    help = serializers.CharField()
    choices = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class TableDefinition(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    single = serializers.BooleanField(help_text="One row only")
    columns = ColumnDefinition(many=True)


class TablesView(APIView):
    @extend_schema(
        summary="List the tables that people fill in, and their columns",
        tags=TAGS,
        responses=TableDefinition(many=True),
    )
    def get(self, request: Request) -> Response:
        return Response([_table(table, request_lang()) for table in TABLES])


def _table(table: Table, lang: Lang) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": headings.title(table, lang),
        "about": headings.about(table, lang),
        "single": table.single,
        "columns": [
            {
                "key": c.key,
                "type": c.type.value,
                "required": c.required,
                "detail": c.detail,
                "heading": headings.heading(table, c, lang),
                "help": headings.explanation(table, c, lang),
                "choices": [{"value": choice, "label": label(c, choice, lang)} for choice in c.choices],
            }
            for c in table.columns
        ],
    }


def _wanted(request: Request) -> tuple[str, Lang]:
    query = FileQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    return query.validated_data["format"], query.validated_data.get("lang") or request_lang()


class TemplateView(APIView):
    @extend_schema(summary="Download the empty tables", tags=TAGS, parameters=[FileQuery], responses=FILES)
    def get(self, request: Request) -> HttpResponse:
        return tables.template_file(*_wanted(request))


class SnapshotTablesView(APIView):
    @extend_schema(
        summary="Download a snapshot as tables",
        description="Imported beside the dump it came from, the tables change nothing; imported alone, they tell what "
        "they hold. Those of a large snapshot are written by an operation (202): ask again when it has ended.",
        tags=TAGS,
        parameters=[FileQuery],
        responses={**FILES, 202: OperationOutput},
    )
    def get(self, request: Request, uid: Any) -> HttpResponse:
        snapshot = get_object_or_404(selectors.snapshots(request.user), uid=uid)
        format, lang = _wanted(request)
        made = exports.export(actor=request.user, snapshot=snapshot, format=format, lang=lang)
        return made if isinstance(made, HttpResponse) else accepted(made, request)


class FormsView(APIView):
    """A cluster filled in by form: every form makes a snapshot, and the latest can be edited again."""

    permission_classes = (AsInAdmin,)
    needs = {"POST": "inventory.change_cluster"}

    @extend_schema(
        summary="Show the latest form of a cluster, to be edited again", tags=TAGS, responses={200: FormOutput}
    )
    def get(self, request: Request, cluster_uid: Any) -> Response:
        start = tables.form_latest(self._cluster(request, cluster_uid))
        answers = start.answers if start.snapshot else Answers({}, [])
        uid = str(start.snapshot.uid) if start.snapshot else None
        return Response({"snapshot": uid, "tables": answers.tables, "not_complete": answers.not_complete})

    @extend_schema(
        summary="Fill in a cluster by form",
        description="All or nothing. A wrong cell is named by a pointer such as `#/tables/nodes/3/ready`: table, row "
        "(from 0), column.",
        tags=TAGS,
        request=FormInput,
        responses={201: SnapshotOutput},
        parameters=[LOCATION],
    )
    def post(self, request: Request, cluster_uid: Any) -> Response:
        cluster = self._cluster(request, cluster_uid)
        form = FormInput(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            snapshot = tables.form_save(cluster=cluster, actor=request.user, **form.validated_data)
        except tables.FormRefused as refused:
            raise ValidationError(_pointed(refused.faults, request_lang())) from refused
        place = request.build_absolute_uri(f"/api/v1/snapshots/{snapshot.uid}/")
        return Response(SnapshotOutput(snapshot).data, status=status.HTTP_201_CREATED, headers={"Location": place})

    @staticmethod
    def _cluster(request: Request, uid: Any) -> Cluster:
        return get_object_or_404(selectors.visible_to(Cluster.objects.all(), request.user), uid=uid)


def _pointed(faults: list[RowFault], lang: Lang) -> dict[str, Any]:
    """The first wrong cells by table, row (from 0, as JSON counts) and column."""
    found: dict[str, Any] = {}
    for fault in faults[:FAULTS_SHOWN]:
        rows = found.setdefault(fault.table.key, {})
        cell = rows.setdefault(str(fault.row - 1), {}).setdefault(fault.column, [])
        cell.append(ErrorDetail(fault_text(fault, lang), code=fault.code))
    return {"tables": found}
