"""Containerising, the end: the last copy of the data, the switch of traffic, the acceptance (I.1, F.3)."""

from __future__ import annotations

from migrator.runbook.application.form import ApplicationForm, Database, Engine
from migrator.runbook.application.manifests import database_port, schema_of, user_of
from migrator.runbook.application.places import BUILD, SWITCH
from migrator.runbook.kubectl import kubectl, word
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import FILL_IN, do, run, step


def move_data(form: ApplicationForm, given: Database) -> Step:
    """The last copy of the data, with nobody writing any more."""
    old, new = word(given.old_address), word(given.address)
    schema, user, port = word(schema_of(form)), word(user_of(form)), database_port(form)
    if given.engine is Engine.MYSQL:
        copy = (
            f"(umask 077; mysqldump -h {old} -u root -p --single-transaction --routines {schema} \\\n"
            f'  > "{BUILD}/data.sql")\n'
            f'mysql -h {new} -P {port} -u {user} -p {schema} < "{BUILD}/data.sql"'
        )
        count = f"mysql -h {new} -P {port} -u {user} -p {schema} -e 'show table status'"
    else:
        copy = (
            f'(umask 077; pg_dump -h {old} -U postgres --no-owner {schema} > "{BUILD}/data.sql")\n'
            f'psql -h {new} -p {port} -U {user} -d {schema} -f "{BUILD}/data.sql"'
        )
        count = f"psql -h {new} -p {port} -U {user} -d {schema} -c '\\dt+'"
    return step(
        "app.move_data",
        SWITCH,
        actions=[do(Where.OLD_NODE, "stop_old_program"), run(copy, where=Where.HOST)],
        verify=[
            run(count, where=Where.HOST),
            do(Where.BASTION, "compare_rows"),
            run(f'rm "{BUILD}/data.sql"', where=Where.HOST),
        ],
        rollback=[do(Where.OLD_NODE, "start_old_program")],
        minutes=(20, 120),
        interrupts=True,
        after=["app.ingress" if form.host else "app.service"],
        name=form.name,
        old=given.old_address,
    )


def switch(form: ApplicationForm, after: list[str]) -> Step:
    return step(
        "app.switch",
        SWITCH,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[do(Where.CONSOLE, "lower_ttl"), do(Where.CONSOLE, "switch_from_host")],
        verify=[
            *([run(f"dig +short {form.host}")] if form.host else []),
            do(Where.CONSOLE, "old_host_is_quiet"),
        ],
        rollback=[do(Where.CONSOLE, "switch_to_host")],
        minutes=(10, 40),
        interrupts=bool(after),
        after=[*after, "app.ingress" if form.host else "app.service"],
        name=form.name,
        old=form.old_address or FILL_IN,
    )


def observe(form: ApplicationForm) -> Step:
    space = f"--namespace {form.namespace}"
    return step(
        "app.observe",
        SWITCH,
        kind=StepKind.VERIFY,
        role=Role.BUSINESS_OWNER,
        actions=[do(Where.CONSOLE, "test_application")],
        verify=[
            run(kubectl("new", f"get pods {space} -l app={form.name} -o wide")),
            run(kubectl("new", f"get events {space} --field-selector type=Warning")),
            do(Where.BASTION, "pods_replaced_by_themselves"),
        ],
        minutes=(30, 60),
        after=["app.switch"],
        name=form.name,
    )


def accept(form: ApplicationForm) -> Step:
    return step(
        "app.accept",
        SWITCH,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "release_host_later")],
        verify=[do(Where.BASTION, "accept_signed")],
        minutes=(15, 30),
        after=["app.observe"],
        name=form.name,
        old=form.old_address or FILL_IN,
    )
