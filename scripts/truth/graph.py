"""Prints the migration graph that Django itself builds, as JSON.

usage: graph.py PROJECT [SETTINGS] the project in this folder, its INSTALLED_APPS (settings module: `settings`)
       graph.py --declared FILE    graphs that are declared in a JSON file, without any migration file:
                                   [{"labels": [...], "unmigrated": [...], "migrations": [
                                     {"key": [app, name], "dependencies": [[app, name]], "run_before": [], "replaces": []}]}]

The loader is `MigrationLoader(None)`: no database, nothing applied. One thing is fixed that Django before 6.0 leaves to
the order of a set: a squash comes after the squashes that it replaces. In the other order Django raises
NodeNotFoundError ("Unable to find replacement node").
"""

import json
import os
import sys

from django.conf import settings
from django.db.migrations import Migration
from django.db.migrations.exceptions import BadMigrationError, CircularDependencyError, NodeNotFoundError
from django.db.migrations.graph import DummyNode
from django.db.migrations.loader import MigrationLoader

from squashes import inner_first


class ProjectLoader(MigrationLoader):
    def load_disk(self):
        super().load_disk()
        self.disk_migrations = inner_first(self.disk_migrations)


class DeclaredLoader(MigrationLoader):
    def __init__(self, declared):
        self.declared = declared
        super().__init__(None, load=False)

    def load_disk(self):
        self.migrated_apps = set(self.declared["labels"])
        self.unmigrated_apps = set(self.declared["unmigrated"])
        self.disk_migrations = {}
        for entry in self.declared["migrations"]:
            app, name = entry["key"]
            lists = {part: [tuple(key) for key in entry[part]] for part in ("dependencies", "run_before", "replaces")}
            self.disk_migrations[app, name] = type("Migration", (Migration,), lists)(name, app)
        self.disk_migrations = inner_first(self.disk_migrations)


def describe(loader):
    error = None
    try:
        loader.build_graph()
    except NodeNotFoundError as problem:
        error = {"type": "missing", "node": problem.node}
    except CircularDependencyError as problem:
        error = {"type": "cycle", "nodes": [name.split(".", 1) for name in str(problem).split(", ")]}
    except BadMigrationError as problem:
        return {"error": {"type": "no_class", "text": str(problem)}}
    except ValueError as problem:
        return {"error": {"type": "unresolved", "text": str(problem)}}
    graph = loader.graph
    real = {key for key, node in graph.node_map.items() if not isinstance(node, DummyNode)}
    edges = [
        (key, parent.key) for key in real for parent in graph.node_map[key].parents if parent.key in real
    ]
    ends = {"roots": [], "leaves": []}
    if error is None:
        ends = {"roots": graph.root_nodes(), "leaves": graph.leaf_nodes()}
    return {"error": error, "nodes": sorted(real), "edges": sorted(edges), **ends}


def main(arguments):
    if arguments[:1] == ["--declared"]:
        settings.configure()
        with open(arguments[1], encoding="utf-8") as file:
            answer = [describe(DeclaredLoader(declared)) for declared in json.load(file)]
    else:
        import django

        sys.path.insert(0, os.path.abspath(arguments[0]))
        sys.dont_write_bytecode = True
        os.environ["DJANGO_SETTINGS_MODULE"] = arguments[1] if len(arguments) > 1 else "settings"
        # The graph is the same for every database and key, and this database needs no driver.
        settings.SECRET_KEY = "only for tests"
        settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        django.setup()
        loader = ProjectLoader(None, load=False)
        answer = describe(loader)
        answer["project_apps"] = sorted(
            config.label
            for config in django.apps.apps.get_app_configs()
            if not config.module.__name__.startswith("django.")
        )
    json.dump(answer, sys.stdout)


main(sys.argv[1:])
