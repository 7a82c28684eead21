"""Containerising, the first half: servers, database and cache, sources, image (I.1)."""

from __future__ import annotations

from migrator.locale import Msg, msg
from migrator.runbook.application.dockerfile import base_of, dockerfile, dockerignore
from migrator.runbook.application.form import ApplicationForm, Cache, Database, Engine
from migrator.runbook.application.manifests import database_port, schema_of, user_of
from migrator.runbook.application.places import BUILD, DATA, IMAGE, PREPARE
from migrator.runbook.kubectl import WORK, kubectl, program_of, take_kubeconfig, word
from migrator.runbook.model import Action, Role, Step, StepKind, Where
from migrator.runbook.steps.base import TICK, do, run, step, table
from migrator.runbook.steps.prepare import bastion_files


def _file(path: str, text: str) -> Action:
    """Writes a file of the build folder."""
    return run(f"cat > \"{BUILD}/{path}\" <<'END_OF_FILE'\n{text}END_OF_FILE", where=Where.HOST, manifest=text)


# --- before ---


def hosts(form: ApplicationForm) -> Step:
    rows: list[tuple[str | Msg, str]] = [
        (msg(f"app.condition.{name}"), TICK)
        for name in ("network", "build_host", "organisation", "no_loopback", "narrow")
    ]
    return step(
        "app.hosts",
        PREPARE,
        kind=StepKind.MANUAL,
        role=Role.SOLUTION_MANAGER,
        actions=[do(Where.BASTION, "read_form"), do(Where.CONSOLE, "make_hosts")],
        verify=[run("docker version && docker run --rm hello-world", where=Where.HOST)],
        minutes=(30, 90),
        tables=[table("condition done", rows), table("setting value", form_rows(form))],
        warnings=[msg("runbook.warning.course_shortcuts")],
        name=form.name,
    )


def form_rows(form: ApplicationForm) -> list[tuple[str | Msg, str]]:
    """The form as a table; passwords are not in it."""
    rows = {
        "image": form.image,
        "base": base_of(form),
        "port": str(form.port),
        "files": ", ".join(form.files),
        "replicas": str(form.replicas),
        "resources": f"{form.cpu} CPU, {form.memory}",
    }
    if form.database:
        rows["database"] = (
            f"{form.database.engine.value} {form.database.address}:{database_port(form)}/{schema_of(form)}"
        )
    if form.cache:
        rows["cache"] = f"{form.cache.address}:{form.cache.port}"
    if form.config:
        rows["config"] = ", ".join(c.path for c in form.config)
    if form.secret_keys:
        rows["secrets"] = ", ".join(form.secret_keys)
    if form.mounts:
        rows["mounts"] = ", ".join(f"{m.path} ({m.size})" for m in form.mounts)
    if form.host:
        rows["host"] = form.host
    return [(msg(f"app.field.{name}"), value) for name, value in rows.items()]


def reach(target: str) -> Step:
    return step(
        "app.reach",
        PREPARE,
        actions=[
            run(f'umask 077\nmkdir -p "{WORK}/new" "{WORK}/bin"'),
            do(Where.BASTION, "bastion_tools"),
            do(Where.BASTION, "kubectl_new", version=target),
            *(run(command) for command in bastion_files(["kubeconfig.jq"])),
            do(Where.CONSOLE, "download_kubeconfig"),
            run(f"{program_of('new')}\n{take_kubeconfig('new')}"),
        ],
        verify=[run(f"{kubectl('new', 'version')}\n{kubectl('new', 'get nodes -o wide')}")],
        rollback=[run(f'rm "{WORK}/kubectl-new" "{WORK}/new.json" "{WORK}/new-download.json"')],
        minutes=(10, 30),
        target=target,
    )


def go(form: ApplicationForm) -> Step:
    return step(
        "app.go",
        PREPARE,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "agree_form")],
        verify=[do(Where.BASTION, "go_signed")],
        minutes=(15, 30),
        after=["app.hosts", "app.reach"],
        name=form.name,
    )


# --- database and cache ---


def database(form: ApplicationForm, given: Database) -> Step:
    """A user and a schema of the application's own: the course gives all rights to root from everywhere."""
    schema, user, port = schema_of(form), user_of(form), database_port(form)
    ask = "printf 'new password of the application: ' && stty -echo && read -r password && stty echo && echo"
    if given.engine is Engine.MYSQL:
        admin = f"mysql -h {word(given.address)} -P {port} -u root -p"
        make = (
            f"{ask}\n{admin} <<END_OF_FILE\n"
            f"CREATE DATABASE IF NOT EXISTS \\`{schema}\\` CHARACTER SET utf8mb4;\n"
            f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY '$password';\n"
            f"GRANT ALL PRIVILEGES ON \\`{schema}\\`.* TO '{user}'@'%';\n"
            "END_OF_FILE\nunset password"
        )
        ask_server = "show variables like '%character%'"
        check = f'mysql -h {word(given.address)} -P {port} -u {word(user)} -p {word(schema)} -e "{ask_server}"'
        back = f"{admin} -e \"DROP USER IF EXISTS '{user}'@'%'\""
    else:
        admin = f"psql -h {word(given.address)} -p {port} -U postgres"
        make = (
            f"{ask}\n{admin} <<END_OF_FILE\n"
            f"CREATE USER {user} PASSWORD '$password';\nCREATE DATABASE {schema} OWNER {user} ENCODING 'UTF8';\n"
            "END_OF_FILE\nunset password"
        )
        check = f"psql -h {word(given.address)} -p {port} -U {word(user)} -d {word(schema)} -c 'show server_encoding'"
        back = f"{admin} -c 'DROP DATABASE {schema}' -c 'DROP USER {user}'"
    return step(
        "app.database",
        DATA,
        actions=[do(Where.CONSOLE, "make_database", engine=given.engine.value), run(make, where=Where.HOST)],
        verify=[run(check, where=Where.HOST)],
        rollback=[run(back, where=Where.HOST)],
        minutes=(30, 60),
        after=["app.go"],
        warnings=[msg("runbook.warning.narrow_grant")],
        address=given.address,
        port=port,
        schema=schema,
        user=user,
    )


def cache(given: Cache) -> Step:
    ping = f"redis-cli -h {word(given.address)} -p {given.port} ping"
    return step(
        "app.cache",
        DATA,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "make_cache")],
        verify=[run(ping, where=Where.HOST)],
        rollback=[do(Where.CONSOLE, "release_cache")],
        minutes=(15, 30),
        after=["app.go"],
        address=given.address,
        port=given.port,
    )


# --- image ---


def sources(form: ApplicationForm) -> Step:
    names = [*form.files, *(c.file for c in form.config)]
    loose = [p for p in form.packages if "==" not in p] if form.runtime.value == "python" else []
    look = " ".join(word(n) for n in names)
    return step(
        "app.sources",
        IMAGE,
        actions=[
            run(f'mkdir -p "{BUILD}"', where=Where.HOST),
            do(Where.HOST, "bring_files", files=names),
            _file("Dockerfile", dockerfile(form)),
            _file(".dockerignore", dockerignore(form)),
            *([do(Where.HOST, "adapt_settings", files=[c.file for c in form.config])] if form.config else []),
        ],
        verify=[
            run(f'cd "{BUILD}" && ls -ld Dockerfile {look}', where=Where.HOST),
            run(f"cd \"{BUILD}\" && ! grep -rnE '127\\.0\\.0\\.1|localhost' {look}", where=Where.HOST),
        ],
        rollback=[run(f'rm -r "{BUILD}"', where=Where.HOST)],
        minutes=(20, 60),
        after=["app.go"],
        warnings=[msg("runbook.warning.unpinned", names=loose)] if loose else [],
        runtime=form.runtime.value,
        base=base_of(form),
    )


def build_image(form: ApplicationForm) -> Step:
    return step(
        "app.build",
        IMAGE,
        actions=[run(f'cd "{BUILD}" && docker build --pull -t {word(form.image)} .', where=Where.HOST)],
        verify=[
            run(
                f"docker image inspect --format '{{{{.Config.User}}}} {{{{.Size}}}}' {word(form.image)}",
                where=Where.HOST,
            )
        ],
        rollback=[run(f"docker image rm {word(form.image)}", where=Where.HOST)],
        minutes=(10, 40),
        after=["app.sources"],
        image=form.image,
    )


def try_out(form: ApplicationForm, data: list[str]) -> Step:
    """As in the cluster: same user, same settings by environment and mounts, database and cache by their addresses."""
    mounts = " ".join(f'-v "{BUILD}/{c.file}":{word(c.path)}:ro' for c in form.config)
    start = (
        f'test -e "{BUILD}/env" || (umask 077; touch "{BUILD}/env")\n'
        f'docker run -d --name try-{form.name} -p {form.port}:{form.port} --env-file "{BUILD}/env" '
        f"{mounts + ' ' if mounts else ''}{word(form.image)}"
    )
    address = f"http://127.0.0.1:{form.port}{form.health or '/'}"
    return step(
        "app.try",
        IMAGE,
        kind=StepKind.VERIFY,
        actions=[do(Where.HOST, "write_env", keys=list(form.secret_keys)), run(start, where=Where.HOST)],
        verify=[
            run(f"sleep 20\ncurl -sS -o /dev/null -w '%{{http_code}}\\n' {word(address)}", where=Where.HOST),
            run(
                f'docker logs --tail 50 try-{form.name}\ndocker rm -f try-{form.name}\nrm "{BUILD}/env"',
                where=Where.HOST,
            ),
        ],
        minutes=(10, 30),
        after=["app.build", *data],
        port=form.port,
    )


def push(form: ApplicationForm) -> Step:
    return step(
        "app.push",
        IMAGE,
        actions=[
            do(Where.CONSOLE, "swr_login", organisation=form.organisation),
            run(f"docker push {word(form.image)}\ndocker logout {word(form.registry)}", where=Where.HOST),
        ],
        verify=[do(Where.CONSOLE, "image_in_swr", image=form.image)],
        rollback=[do(Where.CONSOLE, "delete_image", image=form.image)],
        minutes=(5, 20),
        after=["app.try"],
        image=form.image,
    )
