"""Prints the model state that Django itself has after migrations, as JSON.

usage: state.py --server SERVER PROJECT            the project in this folder (its `settings.py`), after all migrations
       state.py --server SERVER --sequences FILE   migrations that are given as text in a JSON file, each list applied in its
                                                   order: [{"migrations": [[app, name, source], ...], "stop": [number, ...]}]
                                                   prints the states after these numbers of migrations

SERVER is `mysql-8.0.36` or `mariadb-10.11.6`: what Django believes to talk to. There is no server: the driver is a stub, and
nothing is sent.
"""

import argparse
import json
import os
import re
import sys
import traceback
import types
import warnings

warnings.simplefilter("ignore")


def install_driver():
    """Puts a module `MySQLdb` in place that Django's MySQL backend can import."""
    driver = types.ModuleType("MySQLdb")
    driver.version_info = (2, 2, 4, "final", 0)
    driver.__version__ = "2.2.4"
    for name in (
        "Error InterfaceError DatabaseError DataError OperationalError IntegrityError InternalError ProgrammingError "
        "NotSupportedError"
    ).split():
        setattr(driver, name, type(name, (Exception,), {}))
    constants = types.ModuleType("MySQLdb.constants")
    constants.CLIENT = types.SimpleNamespace(FOUND_ROWS=2)
    kinds = "TINY SHORT LONG LONGLONG INT24 FLOAT DOUBLE DECIMAL NEWDECIMAL DATE DATETIME TIME TIMESTAMP CHAR STRING VAR_STRING BLOB TINY_BLOB MEDIUM_BLOB LONG_BLOB JSON BIT YEAR NULL".split()
    constants.FIELD_TYPE = types.SimpleNamespace(**{kind: number for number, kind in enumerate(kinds)})
    converters = types.ModuleType("MySQLdb.converters")
    converters.conversions = {}
    driver.constants, driver.converters = constants, converters
    sys.modules.update({"MySQLdb": driver, "MySQLdb.constants": constants, "MySQLdb.converters": converters})


def pretend(connection, server):
    """Makes Django believe that it talks to `server`."""
    kind, version = server.split("-", 1)
    text = version + ("-MariaDB" if kind == "mariadb" else "")
    connection.__dict__["mysql_server_info"] = text
    connection.__dict__["mysql_server_data"] = {
        "version": text,
        "sql_mode": "STRICT_TRANS_TABLES",
        "default_storage_engine": "InnoDB",
        "sql_auto_is_null": False,
        "lower_case_table_names": 0,
        "has_zoneinfo_database": True,
    }


def describe_default(field):
    from django.db.models import NOT_PROVIDED

    if field.default is NOT_PROVIDED:
        return None
    if callable(field.default):
        return "callable"
    return {"value": repr(field.default)}


def describe_field(field, connection):
    remote = field.remote_field
    db_type = field.db_type(connection)
    out = {
        "name": field.name,
        "class": type(field).__name__,
        "column": field.column if db_type is not None else None,
        "db_type": db_type,
        "null": field.null,
        "unique": field.unique,
        "db_index": bool(field.db_index),
        "primary_key": field.primary_key,
        "default": describe_default(field),
        "to": None,
        "through": None,
    }
    if remote is not None:
        out["to"] = remote.model._meta.label_lower
        if field.many_to_many:
            through = remote.through._meta
            out["through"] = {
                "table": through.db_table,
                "auto": bool(through.auto_created),
                "columns": [[each.column, each.db_type(connection)] for each in through.local_fields]
                if through.auto_created
                else [],
                "managed": through.managed,
            }
        else:
            out["to_field"] = remote.field_name
            out["db_constraint"] = field.db_constraint
    return out


def together(sets):
    from django.db.models.options import normalize_together

    return sorted({tuple(each) for each in normalize_together([tuple(each) for each in sets or [] if not isinstance(each, str)] or sets)})


def describe_model(model_state, model, connection):
    options = model._meta
    fields = [describe_field(field, connection) for field in options.local_fields]
    fields += [describe_field(field, connection) for field in options.local_many_to_many]
    return {
        "name": model_state.name,
        "table": options.db_table,
        "managed": options.managed,
        "proxy": options.proxy,
        "primary_key": [options.pk.model._meta.label_lower, options.pk.name],
        "fields": fields,
        "state_fields": list(model_state.fields)
        if isinstance(model_state.fields, dict)
        else [name for name, _ in model_state.fields],
        "unique_together": together(options.unique_together),
        "index_together": together(model_state.options.get("index_together")),
        "indexes": [
            [index.name, [[name, order == "DESC"] for name, order in index.fields_orders]]
            for index in model_state.options.get("indexes", [])
        ],
        "constraints": [
            [constraint.name, type(constraint).__name__, list(getattr(constraint, "fields", ()))]
            for constraint in model_state.options.get("constraints", [])
        ],
        "order_with_respect_to": model_state.options.get("order_with_respect_to") or None,
        "comment": getattr(options, "db_table_comment", "") or None,
    }


def describe(state, connection, labels=None):
    apps = state.apps
    out = {}
    for (app, name), model_state in sorted(state.models.items()):
        if labels is None or app in labels:
            out[f"{app}.{name}"] = describe_model(model_state, apps.get_model(app, name), connection)
    return out


def run_sequence(entry, connection):
    from django.db.migrations.state import ProjectState

    state, states = ProjectState(), []
    for number, (app, name, source) in enumerate(entry["migrations"], 1):
        namespace = {"__name__": f"{app}.migrations.{name}"}
        exec(compile(source, f"{app}/{name}.py", "exec"), namespace)
        state = namespace["Migration"](name, app).mutate_state(state, preserve=True)
        if number in entry["stop"]:
            states.append(describe(state.clone(), connection))
    return states


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--sequences")
    parser.add_argument("project", nargs="?")
    arguments = parser.parse_args()
    install_driver()

    import django
    from django.conf import settings

    database = {"default": {"ENGINE": "django.db.backends.mysql", "NAME": "none"}}
    if arguments.sequences:
        settings.configure(
            DATABASES=database,
            AUTH_USER_MODEL="alpha.Account",
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            INSTALLED_APPS=[],
        )
        django.setup()
        from django.db import connections

        connection = connections["default"]
        pretend(connection, arguments.server)
        with open(arguments.sequences, encoding="utf-8") as file:
            answer = []
            for entry in json.load(file):
                try:
                    answer.append({"states": run_sequence(entry, connection)})
                except Exception as problem:
                    trace = "".join(traceback.format_exception(problem)[-4:])
                    answer.append({"error": trace})
    else:
        sys.path.insert(0, os.path.abspath(arguments.project))
        sys.dont_write_bytecode = True
        with open(os.path.join(arguments.project, "manage.py"), encoding="utf-8") as file:
            os.environ["DJANGO_SETTINGS_MODULE"] = re.search(r"DJANGO_SETTINGS_MODULE\W+([\w.]+)", file.read())[1]
        settings.DATABASES = database
        settings.SECRET_KEY = "none"
        django.setup()
        from django.db import connections
        from django.db.migrations.loader import MigrationLoader

        connection = connections["default"]
        pretend(connection, arguments.server)
        labels = {
            config.label
            for config in django.apps.apps.get_app_configs()
            if not config.module.__name__.startswith("django.")
        }
        loader = MigrationLoader(None)
        answer = describe(loader.project_state(), connection, labels)
    json.dump(answer, sys.stdout)


main()
