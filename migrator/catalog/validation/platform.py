"""What the platform brings along: namespaces, objects, settings of nodes, items of its pre-upgrade check."""

from __future__ import annotations

import re

from migrator.catalog.model import SettingCategory
from migrator.catalog.reading import Place, Problems
from migrator.catalog.validation.parts import Parts
from migrator.catalog.validation.values import NAME, is_expression, is_range, matching, unique
from migrator.locale import catalogue

PRECHECK_ITEMS = 73  # of the platform's list (C)
_LAST_PORT = 65535
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)
_OBJECT = re.compile(r"[A-Z][A-Za-z0-9]+(/[a-z0-9-]+)?/[a-z0-9.-]+", re.ASCII)
_SETTING = re.compile(r"[a-z0-9_]+(\.[A-Za-z0-9_-]+)+", re.ASCII)


def check_platform(parts: Parts, problems: Problems) -> None:
    unique(parts.system_namespaces, "", problems)
    unique(parts.platform_objects, "", problems)
    matching(parts.system_namespaces, _NAMESPACE.fullmatch, "not_a_namespace", problems)
    matching(parts.platform_objects, _OBJECT.fullmatch, "not_an_object", problems)
    for place, name in parts.system_namespaces:
        if name == "default":  # business lives there
            problems.add("not_a_namespace", place, value=name)
    unique(((place, given.storage) for place, given in parts.storage_ports), "storage", problems)
    for place, given in parts.storage_ports:
        if f"fact.value.storage.{given.storage}" not in catalogue():
            problems.add("not_a_storage", place.key("storage"), value=given.storage)
        ports = [(place.key("ports").index(number), port) for number, port in enumerate(given.ports)]
        unique(ports, "", problems)
        for where, port in ports:
            if not 0 < port <= _LAST_PORT:
                problems.add("not_a_port", where, value=str(port))


def check_node_settings(parts: Parts, problems: Problems) -> None:
    """A setting stands once for each range of kernels; a group of one without a range holds for every kernel."""
    settings = [
        (place.key("values").key(key), (group.category, key, group.kernel_from, group.kernel_before))
        for place, group in parts.node_defaults
        for key in group.values
    ]
    unique(settings, "", problems)
    parameters = ((place, found[1]) for place, found in settings if found[0] is SettingCategory.SYSCTL)
    matching(parameters, _SETTING.fullmatch, "not_a_setting", problems)
    patterns = (
        (place.key("patterns").index(number), pattern)
        for place, made in parts.platform_made
        for number, pattern in enumerate(made.patterns)
    )
    matching(patterns, is_expression, "not_a_pattern", problems)


def check_precheck(parts: Parts, problems: Problems) -> None:
    """Every item once, each with a check: its own, which then has a slug, or one with a code of another family."""
    unique(((place, item.number) for place, item in parts.precheck_items), "number", problems)
    unique(((place, item.page) for place, item in parts.precheck_items), "page", problems)
    if {item.number for _, item in parts.precheck_items} != set(range(1, PRECHECK_ITEMS + 1)):
        problems.add("precheck_incomplete", Place("precheck_items.yaml"), count=PRECHECK_ITEMS)
    for place, item in parts.precheck_items:
        given = {
            "page": re.fullmatch(r"\d{4}", item.page, re.ASCII) is not None,
            "slug": (NAME.fullmatch(item.slug) is not None) if item.is_own else not item.slug,
            "category": f"category.{item.category}" in catalogue(),
            "severity": f"severity.{item.severity}" in catalogue(),
            "data": bool(item.data),
            "targets": is_range(item.targets),
            "condition": not item.condition or f"check.condition.{item.condition}" in catalogue(),
            "decided_by": item.is_own or re.fullmatch(r"(CLU|WKL|STO|NET|OPS|API)\d{3}", item.decided_by) is not None,
        }
        for name, sound in given.items():
            if not sound:
                problems.add("precheck_value", place.key(name), value=str(getattr(item, name)))
