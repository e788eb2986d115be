"""Prints the migrations that Django itself would run, as JSON.

usage: plan.py PROJECT SETTINGS < APPLIED

APPLIED is a JSON list of cases, each a list of [app, name]. The answer has one entry per case: {"plan": [[app, name]]},
or {"inconsistent": true} where Django raises InconsistentMigrationHistory, or {"error": text}. The cases are recorded in
a database in memory; nothing is run. Migrations of other apps count as applied. As in graph.py a squash comes after the squashes that it replaces, which Django
before 6.0 leaves to the order of a set.
"""

import json
import os
import sys

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from squashes import inner_first


load_disk = MigrationLoader.load_disk


def load_in_order(loader):
    load_disk(loader)
    loader.disk_migrations = inner_first(loader.disk_migrations)


MigrationLoader.load_disk = load_in_order


def answer(case, foreign):
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.migration_qs.all().delete()
    for app, name in [*case, *foreign]:
        recorder.record_applied(app, name)
    try:
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except InconsistentMigrationHistory:
        return {"inconsistent": True}
    except Exception as problem:
        return {"error": f"{type(problem).__name__}: {problem}"}
    return {"plan": [[migration.app_label, migration.name] for migration, _ in plan]}


def main(project, module):
    sys.path.insert(0, os.path.abspath(project))
    sys.dont_write_bytecode = True
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    settings.SECRET_KEY = "only for tests"
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    django.setup()
    own = {
        config.label
        for config in django.apps.apps.get_app_configs()
        if not config.module.__name__.startswith("django.")
    }
    # What other apps need is there, unless it needs the project's own: the admin and the project's user.
    loader = MigrationLoader(None, load=False)
    loader.build_graph()
    foreign = [
        key
        for key in loader.graph.nodes
        if key[0] not in own and not any(other[0] in own for other in loader.graph.forwards_plan(key))
    ]
    answers = []
    for case in json.load(sys.stdin):
        found = answer(case, foreign)
        if "plan" in found:
            found["plan"] = [key for key in found["plan"] if key[0] in own]
        answers.append(found)
    json.dump(answers, sys.stdout)


main(*sys.argv[1:])
