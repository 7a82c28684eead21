"""The steps of containerising an application, the second chapter of the course, in their order (I.1)."""

from __future__ import annotations

from migrator.runbook.application.building import build_image, cache, database, go, hosts, push, reach, sources, try_out
from migrator.runbook.application.deploying import Files, deployed
from migrator.runbook.application.form import ApplicationForm
from migrator.runbook.application.switching import accept, move_data, observe, switch
from migrator.runbook.model import Step
from migrator.versions import Version


def application_steps(form: ApplicationForm, files: Files, target: Version) -> list[Step]:
    """All steps in their order; those of a database, cache, claims or Ingress only where the form has them."""
    steps = [hosts(form), reach(str(target.as_minor)), go(form)]
    data = [*([database(form, form.database)] if form.database else []), *([cache(form.cache)] if form.cache else [])]
    image = [sources(form), build_image(form), try_out(form, [s.key for s in data]), push(form)]
    rollout = deployed(form, files, target.minor)
    moved = [move_data(form, form.database)] if form.database and form.database.old_address else []
    turned = [*moved, switch(form, [s.key for s in moved]), observe(form), accept(form)]
    return [*steps, *data, *image, *rollout, *turned]
