"""Plans as requests of the core, additions and kept catalogs as its records."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import yaml

from apps.core.errors import ServiceError
from apps.planning.choices import Balancer
from apps.planning.models import CatalogAddition, CatalogCopy, Plan
from migrator.catalog.additions import Addition, AdditionKind
from migrator.catalog.model import Catalog
from migrator.catalog.reading import Place, Problems, read_yaml
from migrator.checks.custom.model import CustomCheck
from migrator.checks.spec import Attestation, Waiver
from migrator.conversion.model import Options
from migrator.engine import Request
from migrator.errors import MigratorError


def request_of(
    plan: Plan,
    answers: tuple[Attestation, ...] = (),
    waivers: tuple[Waiver, ...] = (),
    custom_checks: tuple[CustomCheck, ...] = (),
) -> Request:
    """What the plan asks of the core, with what people have answered and accepted so far and the checks they wrote."""
    return Request(
        target=plan.target,
        source=plan.source,
        profile=plan.profile,
        strategy=str(plan.strategy),
        strategy_reason=plan.strategy_reason,
        answers=answers,
        waivers=waivers,
        custom_checks=custom_checks,
        stays=True,  # which playbook will be asked for, no plan says
    )


def options_of(plan: Plan) -> Options:
    """What the plan says about the manifests of the new cluster.

    Raises:
        ServiceError: ``registries_line`` with the ``line`` that is no pair.
    """
    pairs = []
    for number, line in enumerate(plan.registries.splitlines(), start=1):
        old, mark, new = (part.strip() for part in line.partition("="))
        if line.strip() and not (old and mark and new and _is_prefix(old) and _is_prefix(new)):
            raise ServiceError("registries_line", line=number)
        if old:
            pairs.append((old, new))
    return Options(registries=tuple(pairs), balancer="dedicated" if plan.balancer == Balancer.DEDICATED else "shared")


def _is_prefix(name: str) -> bool:
    """Whether images can begin so: with no login, and with nothing that ends a name."""
    return not any(char in "=@" or char.isspace() for char in name) and "://" not in name


def addition_of(row: CatalogAddition) -> Addition:
    return Addition(kind=AdditionKind(str(row.kind)), name=row.name, text=row.text, profile=row.profile)


def record_of(row: CatalogAddition) -> dict[str, Any]:
    """What the text of an addition says, as far as it can be read: for a form to show."""
    content = read_yaml(row.text.encode(), Place(row.name), Problems())
    return content if isinstance(content, dict) else {}


def text_of(record: dict[str, Any]) -> str:
    """A record as the text of an addition; what is empty is left out."""
    return yaml.safe_dump({k: v for k, v in record.items() if v}, allow_unicode=True, sort_keys=False, width=100)


def packed_catalog(catalog: Catalog) -> bytes:
    return zlib.compress(msgspec.json.encode(catalog), 9)


def catalog_of(row: CatalogCopy) -> Catalog:
    """The catalog as it was; raises ``MigratorError`` ``catalog_kept_unreadable`` where another version of the product
    kept it in a form that this one does not read."""
    try:
        return msgspec.json.decode(zlib.decompress(row.document), type=Catalog)
    except (zlib.error, msgspec.DecodeError) as error:
        raise MigratorError(
            "catalog_kept_unreadable", digest=row.digest, day=row.created_at.date().isoformat()
        ) from error
