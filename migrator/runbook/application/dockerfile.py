"""The Dockerfile of an application: a pinned base, as few layers as sensible, built apart, run without root (I.1)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from migrator.runbook.application.form import ApplicationForm, Runtime

USER = 10001  # runs the program: no account of the base image, and not root
BASES = {
    Runtime.PHP: "php:8.3.12-apache-bookworm",
    Runtime.PYTHON: "python:3.12.7-slim-bookworm",
    Runtime.TOMCAT: "tomcat:9.0.96-jre17-temurin-jammy",
    Runtime.SPRING_BOOT: "eclipse-temurin:17.0.13_11-jre-jammy",
}
_MAVEN = "maven:3.9.9-eclipse-temurin-17"
_SITE = "/etc/apache2/sites-available/000-default.conf"
_SERVER = "/usr/local/tomcat/conf/server.xml"
_FOLDERS = {
    Runtime.PHP: "/var/www/html",
    Runtime.PYTHON: "/app",
    Runtime.TOMCAT: "/usr/local/tomcat/webapps",
    Runtime.SPRING_BOOT: "/app",
}


def dockerfile(form: ApplicationForm) -> str:
    """The whole file, ending in a line break."""
    return "\n".join(_WRITERS[form.runtime](form)) + "\n"


def dockerignore(form: ApplicationForm) -> str:
    """What must never get into the image: settings are mounted, and history may hold what was once a password."""
    names = [".git", "*.log", ".env", *(c.file for c in form.config)]
    return "\n".join(names) + "\n"


def base_of(form: ApplicationForm) -> str:
    return form.base or BASES[form.runtime]


def folder_of(form: ApplicationForm) -> str:
    return _FOLDERS[form.runtime]


def _copy(names: Sequence[str], to: str, *options: str) -> list[str]:
    """One line for each file: a folder keeps its name."""
    return [" ".join(["COPY", *options, json.dumps([name, f"{to}/{name.rstrip('/')}"])]) for name in names]


def _command(form: ApplicationForm, words: Sequence[str]) -> str:
    """The command of the form through a shell that it replaces, so that the program itself gets the signal to end."""
    return f"CMD {json.dumps(['sh', '-c', f'exec {form.start}'] if form.start else list(words))}"


def _end(form: ApplicationForm, words: Sequence[str]) -> list[str]:
    return [f"EXPOSE {form.port}", f"USER {USER}", _command(form, words)]


def _python(form: ApplicationForm) -> list[str]:
    compiled = " ".join(json.dumps(p) for p in form.packages)
    lines = [f"FROM {base_of(form)} AS build"]
    if form.packages:
        lines += [
            "RUN apt-get update \\",
            " && apt-get install -y --no-install-recommends gcc pkg-config libmariadb-dev libpq-dev \\",
            " && rm -rf /var/lib/apt/lists/*",
            f"RUN pip wheel --no-cache-dir --wheel-dir /wheels {compiled}",
        ]
    lines += ["", f"FROM {base_of(form)}", "ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1"]
    if form.packages:
        lines += [
            "RUN apt-get update \\",
            " && apt-get install -y --no-install-recommends libmariadb3 libpq5 \\",
            " && rm -rf /var/lib/apt/lists/*",
            "COPY --from=build /wheels /wheels",
            "RUN pip install --no-cache-dir --no-index /wheels/*.whl && rm -rf /wheels",
        ]
    else:
        lines = lines[2:]
    start = next((f for f in form.files if f.endswith(".sh")), "")
    copies = _copy(form.files, "/app", f"--chown={USER}:0")
    return [*lines, "WORKDIR /app", *copies, *_end(form, ["sh", f"/app/{start}"])]


def _php(form: ApplicationForm) -> list[str]:
    """Apache listens on the port of the form: below 1024 only root may."""
    extensions = [p for p in form.packages if p != "redis"]
    lines = [f"FROM {base_of(form)}"]
    if extensions:
        lines.append(f'RUN docker-php-ext-install -j"$(nproc)" {" ".join(extensions)}')
    if "redis" in form.packages or form.cache:
        lines.append("RUN pecl install redis-6.0.2 && docker-php-ext-enable redis")
    lines += [
        f"RUN sed -ri 's/^Listen 80$/Listen {form.port}/' /etc/apache2/ports.conf \\",
        f" && sed -ri 's/<VirtualHost \\*:80>/<VirtualHost *:{form.port}>/' {_SITE} \\",
        f" && chown -R {USER}:0 /var/run/apache2 /var/lock/apache2 /var/log/apache2",
    ]
    return [*lines, *_copy(form.files, _FOLDERS[Runtime.PHP], f"--chown={USER}:0"), *_end(form, ["apache2-foreground"])]


def _maven(form: ApplicationForm) -> list[str]:
    return [
        f"FROM {_MAVEN} AS build",
        "WORKDIR /src",
        *_copy(form.files, "/src"),
        "RUN mvn -q -B -DskipTests package",
        "",
    ]


def _tomcat(form: ApplicationForm) -> list[str]:
    """One application as ROOT, so that its addresses stay those of the virtual machine's name."""
    target = f"{_FOLDERS[Runtime.TOMCAT]}/ROOT.war"
    take = (
        f"COPY --chown={USER}:0 --from=build /src/target/*.war {target}"
        if form.build
        else f"COPY --chown={USER}:0 {json.dumps([form.files[0], target])}"
    )
    return [
        *(_maven(form) if form.build else []),
        f"FROM {base_of(form)}",
        "RUN rm -rf /usr/local/tomcat/webapps/* \\",
        f' && sed -i \'s/port="8080"/port="{form.port}"/; s/port="8005"/port="-1"/\' {_SERVER} \\',
        f" && chown -R {USER}:0 /usr/local/tomcat",
        take,
        *_end(form, ["catalina.sh", "run"]),
    ]


def _spring(form: ApplicationForm) -> list[str]:
    take = (
        f"COPY --chown={USER}:0 --from=build /src/target/*.jar /app/app.jar"
        if form.build
        else f"COPY --chown={USER}:0 {json.dumps([form.files[0], '/app/app.jar'])}"
    )
    return [
        *(_maven(form) if form.build else []),
        f"FROM {base_of(form)}",
        "WORKDIR /app",
        f"ENV SERVER_PORT={form.port} JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75",
        take,
        *_end(form, ["java", "-jar", "/app/app.jar"]),
    ]


_WRITERS = {
    Runtime.PHP: _php,
    Runtime.PYTHON: _python,
    Runtime.TOMCAT: _tomcat,
    Runtime.SPRING_BOOT: _spring,
}
