"""The forms for a cluster and for uploading a dump."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import FILE_CLASSES, UnfoldBooleanWidget

from apps.core.admin import FILE_TEMPLATE
from apps.core.language import request_lang
from apps.core.texts import check_texts
from apps.inventory.models import Cluster
from apps.inventory.services import CLUSTER_TEXTS
from migrator.errors import MigratorError


class ClusterForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses in its fields what the service would refuse."""

    class Meta:
        model = Cluster
        fields = (*CLUSTER_TEXTS, "billing")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name in CLUSTER_TEXTS:
            try:
                check_texts(str(self.cleaned_data.get(name, "")))
            except MigratorError as error:
                self.add_error(name, error.message(request_lang()))
        return cleaned


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = FILE_TEMPLATE


class ManyFiles(forms.FileField):
    """All chosen files as a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFiles, self).clean(one, initial) for one in given]


class ImportForm(forms.Form):
    files = ManyFiles(
        label=_("Files"),
        help_text=_(
            "Output of kubectl get (YAML or JSON) or answers of the CCE API: one or several files, "
            "or one archive (zip, tar, tar.gz). Values of Secrets are dropped while reading."
        ),
        allow_empty_file=True,
        max_length=1024,
        widget=ManyFilesInput(attrs={"class": " ".join([*FILE_CLASSES, "w-full", "p-2"])}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.KEEP_ORIGINALS:
            self.fields["keep_original"] = forms.BooleanField(
                label=_("Keep the original for {days} days").format(days=settings.KEEP_ORIGINALS),
                help_text=_(
                    "It holds everything the dump holds, values of Secrets included. It is stored encrypted; only "
                    "people with a permission of their own can download it."
                ),
                required=False,
                widget=UnfoldBooleanWidget,
            )
