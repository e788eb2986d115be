"""Prints the migrations that Django itself would run, as JSON.

usage: plan.py PROJECT SETTINGS < APPLIED

APPLIED is a JSON list of cases, each a list of [app, name]. The answer has one entry per case: {"plan": [[app, name]]},
or {"inconsistent": true} where Django raises InconsistentMigrationHistory, or {"error": text}. The cases are recorded in
a database in memory; nothing is run. Migrations of Django's own apps count as applied.
"""

import json
import os
import sys

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder


def answer(case):
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.migration_qs.all().delete()
    for app, name in case:
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
    answers = []
    for case in json.load(sys.stdin):
        found = answer(case)
        if "plan" in found:
            found["plan"] = [key for key in found["plan"] if key[0] in own]
        answers.append(found)
    json.dump(answers, sys.stdout)


main(*sys.argv[1:])
