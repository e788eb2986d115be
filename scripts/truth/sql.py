"""Prints the statements that Django itself would run on MySQL or MariaDB, as JSON.

usage: sql.py SERVER PROJECT            the project in this folder (its `settings.py`, its INSTALLED_APPS)
       sql.py SERVER --declared FILE    sequences of migrations that a JSON file holds:
                                        [[{"app": "a", "name": "0001_x", "source": "...python..."}]]
       sql.py mariadb:SOCKET ...        the same, and run it on the server that listens on that socket

SERVER is mysql-8.0.36, mariadb-10.11.4, ... No server is needed: the connection answers with that version, and what
Django looks up in `information_schema` comes from the statements that it ran before, by the rules of InnoDB. What is
printed is what `sqlmigrate` prints, with PyMySQL as the driver. RunPython is not run.

The answer is a list of {"app", "migration", "op_index", "op", "sql": [...], "error": null}, one list per sequence.
Where Django raises an error, `error` has it, and the rest of that sequence is left out.
"""

import json
import os
import re
import sys
import types

import pymysql

pymysql.version_info = (2, 2, 4, "final", 0)
pymysql.install_as_MySQLdb()

from django.conf import settings  # noqa: E402

NAME = r"`((?:[^`]|``)+)`"


def split_top(text):
    """The parts of a list of definitions, cut at the commas that are in no parentheses and no string."""
    parts, depth, start, quote, at = [], 0, 0, None, 0
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\" and quote == "'":
                at += 1
            elif char == quote:
                quote = None
        elif char in "'`":
            quote = char
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return parts + [text[start:].strip()]


class Table:
    def __init__(self):
        self.columns = {}  # name to {"check": bool}
        self.keys = []  # {"name", "columns", "unique", "primary", "implicit", "type"}
        self.foreign_keys = {}  # name to (columns, table, column)
        self.checks = {}  # name to columns


class Catalogue:
    """What InnoDB would have in its dictionary."""

    def __init__(self, mariadb):
        self.mariadb = mariadb
        self.tables = {}

    def run(self, sql):
        sql = sql.strip().rstrip(";").strip()
        if match := re.match(rf"CREATE TABLE {NAME} \((.*)\)$", sql, re.S):
            table = self.tables[match[1]] = Table()
            for part in split_top(match[2]):
                self.define(match[1], table, part)
        elif match := re.match(rf"DROP TABLE {NAME}", sql):
            self.tables.pop(match[1], None)
        elif match := re.match(rf"RENAME TABLE {NAME} TO {NAME}", sql):
            self.tables[match[2]] = self.tables.pop(match[1])
            for table in self.tables.values():
                for name, (columns, target, column) in table.foreign_keys.items():
                    if target == match[1]:
                        table.foreign_keys[name] = (columns, match[2], column)
        elif match := re.match(rf"CREATE (UNIQUE )?INDEX {NAME} ON {NAME} \((.*)\)", sql, re.S):
            if match[3] in self.tables:
                self.add_key(self.tables[match[3]], match[2], self.names(match[4]), bool(match[1]))
        elif match := re.match(rf"DROP INDEX {NAME} ON {NAME}", sql):
            self.drop_key(self.tables[match[2]], match[1])
        elif match := re.match(rf"ALTER TABLE {NAME} (.*)$", sql, re.S):
            if match[1] in self.tables:
                for part in split_top(match[2]):
                    self.alter(match[1], self.tables[match[1]], part)

    @staticmethod
    def names(text):
        return [re.match(NAME, part)[1] if part.startswith("`") else part for part in split_top(text)]

    def alter(self, name, table, part):
        if match := re.match(rf"ADD COLUMN ({NAME} .*)$", part, re.S):
            self.define(name, table, match[1])
        elif match := re.match(r"ADD (CONSTRAINT .*)$", part, re.S):
            self.define(name, table, match[1])
        elif match := re.match(rf"ADD (UNIQUE )?(?:INDEX|KEY) {NAME} \((.*)\)", part, re.S):
            self.add_key(table, match[2], self.names(match[3]), bool(match[1]))
        elif match := re.match(rf"DROP FOREIGN KEY {NAME}", part):
            table.foreign_keys.pop(match[1], None)
        elif match := re.match(rf"DROP (?:INDEX|KEY) {NAME}", part):
            self.drop_key(table, match[1])
        elif match := re.match(rf"DROP (?:CHECK|CONSTRAINT IF EXISTS|CONSTRAINT) {NAME}", part):
            table.checks.pop(match[1], None)
        elif re.match("DROP PRIMARY KEY", part):
            table.keys = [key for key in table.keys if not key["primary"]]
        elif match := re.match(rf"DROP COLUMN {NAME}", part):
            column = match[1]
            table.columns.pop(column, None)
            for key in table.keys:
                key["columns"] = [other for other in key["columns"] if other != column]
            table.keys = [key for key in table.keys if key["columns"]]
            table.checks = {key: columns for key, columns in table.checks.items() if columns != [column]}
        elif match := re.match(rf"RENAME COLUMN {NAME} TO {NAME}", part):
            self.rename_column(name, table, match[1], match[2])
        elif match := re.match(rf"CHANGE {NAME} {NAME} ", part):
            self.rename_column(name, table, match[1], match[2])
            self.modify(table, match[2], part)
        elif match := re.match(rf"RENAME (?:INDEX|KEY) {NAME} TO {NAME}", part):
            for key in table.keys:
                if key["name"] == match[1]:
                    key["name"] = match[2]
                    key["implicit"] = False
        elif match := re.match(rf"MODIFY {NAME} ", part):
            self.modify(table, match[1], part)

    def modify(self, table, column, part):
        if self.mariadb and column in table.columns:
            json = re.match(rf"(MODIFY {NAME}|CHANGE {NAME} {NAME}) json\b", part) is not None
            table.columns[column] = {"check": json}

    def rename_column(self, name, table, old, new):
        table.columns = {new if key == old else key: value for key, value in table.columns.items()}
        swap = lambda columns: [new if column == old else column for column in columns]  # noqa: E731
        for key in table.keys:
            key["columns"] = swap(key["columns"])
        table.checks = {key: swap(columns) for key, columns in table.checks.items()}
        table.foreign_keys = {
            key: (swap(columns), target, column) for key, (columns, target, column) in table.foreign_keys.items()
        }
        for other in self.tables.values():
            for key, (columns, target, column) in other.foreign_keys.items():
                if target == name and column == old:
                    other.foreign_keys[key] = (columns, target, new)

    def define(self, name, table, part):
        if match := re.match(rf"CONSTRAINT {NAME} UNIQUE \((.*)\)", part):
            self.add_key(table, match[1], self.names(match[2]), True)
        elif match := re.match(rf"CONSTRAINT {NAME} PRIMARY KEY \((.*)\)", part):
            self.add_key(table, "PRIMARY", self.names(match[2]), True, primary=True)
        elif match := re.match(rf"CONSTRAINT {NAME} FOREIGN KEY \((.*?)\) REFERENCES {NAME} ?\((.*?)\)", part):
            columns = self.names(match[2])
            table.foreign_keys[match[1]] = (columns, match[3], self.names(match[4])[0])
            if not any(key["columns"][: len(columns)] == columns and not key["implicit"] for key in table.keys):
                self.add_key(table, match[1], columns, False, implicit=True)
        elif match := re.match(rf"CONSTRAINT {NAME} CHECK \((.*)\)$", part, re.S):
            table.checks[match[1]] = [column for column in re.findall(NAME, match[2]) if column in table.columns]
        elif match := re.match(r"PRIMARY KEY \((.*)\)", part):
            self.add_key(table, "PRIMARY", self.names(match[1]), True, primary=True)
        elif match := re.match(rf"{NAME} (.*)$", part, re.S):
            column, rest = match[1], match[2]
            bare = re.sub(r"'(?:[^'\\]|\\.)*'", "''", rest)
            check = re.search(r"\bCHECK \(", bare) is not None
            json = self.mariadb and rest.split()[0].lower() == "json"
            table.columns[column] = {"check": self.mariadb and (check or json)}
            if check and not self.mariadb:
                numbers = [int(m[1]) for key in table.checks if (m := re.match(rf"{re.escape(name)}_chk_(\d+)$", key))]
                table.checks[f"{name}_chk_{max(numbers, default=0) + 1}"] = [column]
            if re.search(r"\bPRIMARY KEY\b", bare):
                self.add_key(table, "PRIMARY", [column], True, primary=True)
            elif re.search(r"\bUNIQUE\b", bare):
                taken, number, key = {key["name"] for key in table.keys}, 2, column
                while key in taken:
                    key, number = f"{column}_{number}", number + 1
                self.add_key(table, key, [column], True)

    def add_key(self, table, name, columns, unique, primary=False, implicit=False):
        # An index that the server made for a foreign key goes when another one can take its place.
        table.keys = [
            key for key in table.keys if not (key["implicit"] and key["columns"] == columns[: len(key["columns"])])
        ]
        table.keys.append(
            {"name": name, "columns": columns, "unique": unique, "primary": primary, "implicit": implicit}
        )
        table.keys.sort(key=lambda key: (not key["primary"], not key["unique"]))

    def drop_key(self, table, name):
        table.keys = [key for key in table.keys if key["name"] != name]

    def constraints(self, name):
        """As `DatabaseIntrospection.get_constraints` answers."""
        answer = {}
        table = self.tables.get(name, Table())
        blank = {"primary_key": False, "unique": False, "index": False, "check": False, "foreign_key": None}
        for key in table.keys:
            if key["unique"]:
                answer[key["name"]] = {
                    **blank, "columns": key["columns"], "primary_key": key["primary"], "unique": True,
                }
        for key, (columns, target, column) in table.foreign_keys.items():
            answer[key] = {**blank, "columns": columns, "foreign_key": (target, column)}
        unnamed = 0
        if self.mariadb:
            for column, about in table.columns.items():
                if about["check"]:
                    unnamed += 1
                    answer[f"__unnamed_constraint_{unnamed}__"] = {**blank, "columns": [column], "check": True}
        for key, columns in table.checks.items():
            answer[key] = {**blank, "columns": columns, "check": True}
        for key in table.keys:
            entry = answer.setdefault(key["name"], {**blank, "columns": key["columns"], "unique": key["unique"]})
            entry["index"] = True
            entry["type"] = "idx"
            entry["columns"] = list(dict.fromkeys([*entry["columns"], *key["columns"]]))
        return answer


def install_backend(server):
    """Registers the backend `truth_mysql`: Django's own, on a connection that is none."""
    from django.db.backends.mysql import base, introspection, schema

    socket = None
    if server.startswith("mariadb:"):
        socket = server.partition(":")[2]
        mariadb, version = True, None
    else:
        flavour, _, version = server.partition("-")
        mariadb = flavour == "mariadb"
        numbers = version.split(".")
        version = ".".join((numbers + ["0", "0"])[:3])

    class Quoted(str):
        """Django 2.2 takes what the driver quotes for bytes."""

        def decode(self):
            return self

    class Connection:
        encoders = dict(pymysql.converters.encoders)

        def escape(self, value, mapping=None):
            if isinstance(value, str):
                return Quoted("'" + pymysql.converters.escape_string(value) + "'")
            if isinstance(value, (bytes, bytearray)):
                return "'" + pymysql.converters.escape_string(bytes(value).decode("ascii", "surrogateescape")) + "'"
            return pymysql.converters.escape_item(value, "utf8mb4", mapping=mapping)

        def close(self):
            pass

        autocommit = rollback = commit = lambda self, *args: None

    class NoCursor:
        def __getattr__(self, name):
            raise RuntimeError(f"no server: cursor.{name}")

        def __enter__(self):
            return self

        def __exit__(self, *args):
            pass

        def close(self):
            pass

    class Introspection(introspection.DatabaseIntrospection):
        def get_constraints(self, cursor, table_name):
            return self.connection.catalogue.constraints(table_name)

        def get_storage_engine(self, cursor, table_name):
            return "InnoDB"

    class SchemaEditor(schema.DatabaseSchemaEditor):
        """Prints as `sqlmigrate` does, and tells the catalogue or the server."""

        def execute(self, sql, params=()):
            before = len(self.collected_sql)
            super().execute(sql, params)
            for line in self.collected_sql[before:]:
                if self.connection.socket:
                    self.run(str(sql), params)
                else:
                    self.connection.catalogue.run(line)

        def run(self, sql, params):
            with self.connection.cursor() as cursor:
                if params is None:
                    cursor.execute(sql)
                else:
                    cursor.execute(sql, params)

    class Features(base.DatabaseFeatures):
        _mysql_storage_engine = "InnoDB"
        has_zoneinfo_database = True
        is_sql_auto_is_null_enabled = False
        ignores_table_name_case = False

    class DatabaseWrapper(base.DatabaseWrapper):
        introspection_class = Introspection
        SchemaEditorClass = SchemaEditor
        features_class = Features

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.socket = None
            self.catalogue = Catalogue(mariadb)
            info = f"{version}-MariaDB" if mariadb else version
            self.mysql_server_info = info
            self.mysql_server_data = {
                "version": info,
                "sql_mode": "STRICT_TRANS_TABLES",
                "default_storage_engine": "InnoDB",
                "sql_auto_is_null": False,
                "lower_case_table_names": False,
                "has_zoneinfo_database": True,
            }

        def get_connection_params(self):
            return {}

        def get_new_connection(self, params):
            return Connection()

        def init_connection_state(self):
            pass

        def create_cursor(self, name=None):
            return NoCursor()

        def cursor(self):
            return NoCursor()

        def _set_autocommit(self, autocommit):
            pass

    class Served(base.DatabaseWrapper):
        SchemaEditorClass = SchemaEditor

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.socket = socket
            self.catalogue = None

    package = types.ModuleType("truth_mysql")
    package.__path__ = []
    module = types.ModuleType("truth_mysql.base")
    module.DatabaseWrapper = Served if socket else DatabaseWrapper
    sys.modules["truth_mysql"] = package
    sys.modules["truth_mysql.base"] = module
    config = {"ENGINE": "truth_mysql", "NAME": "truth", "USER": "", "PASSWORD": "", "HOST": "", "PORT": ""}
    if socket:
        config |= {
            "USER": os.environ.get("TRUTH_USER", "root"),
            "HOST": "",
            "OPTIONS": {"unix_socket": socket, "charset": "utf8mb4"},
        }
    return config


def without_python():
    """RunPython does nothing, wherever it stands."""
    from django.db import migrations

    migrations.RunPython.database_forwards = lambda self, *args: None


def run(connection, migrations, state, into):
    """Runs migrations one after the other; stops at the first error.

    Each starts with models rendered from its state, as with `sqlmigrate`. TRUTH_TOGETHER=1 keeps the rendered models from
    one migration to the next, as one `migrate` does.
    """
    if together := os.environ.get("TRUTH_TOGETHER"):
        state.apps
    for migration in migrations:
        if not together:
            state.__dict__.pop("apps", None)
        editor = connection.schema_editor(collect_sql=True, atomic=False)
        entry = None
        try:
            editor.deferred_sql = []
            for index, operation in enumerate(migration.operations):
                entry = {
                    "app": migration.app_label,
                    "migration": migration.name,
                    "op_index": index,
                    "op": type(operation).__name__,
                    "sql": [],
                    "error": None,
                }
                into.append(entry)
                before = len(editor.collected_sql)
                old_state = state.clone()
                operation.state_forwards(migration.app_label, state)
                try:
                    operation.database_forwards(migration.app_label, editor, old_state, state)
                finally:
                    entry["sql"] = editor.collected_sql[before:]
            before = len(editor.collected_sql)
            entry = {**(entry or {}), "app": migration.app_label, "migration": migration.name}
            entry |= {"op_index": None, "op": "deferred", "error": None}
            for sql in editor.deferred_sql:
                editor.execute(sql, *((None,) if DEFERRED_PLAIN else ()))
            entry["sql"] = editor.collected_sql[before:]
            if entry["sql"]:
                into.append(entry)
        except Exception as error:  # whatever Django or the project's code raises
            if os.environ.get("TRUTH_TRACE"):
                raise
            into[-1]["error"] = f"{type(error).__name__}: {error}"
            if not os.environ.get("TRUTH_GO_ON"):
                return


def declared(path, config):
    import django
    from django.db import connections
    from django.db.migrations.state import ProjectState

    settings.configure(
        DATABASES={"default": config}, USE_TZ=True, INSTALLED_APPS=[], AUTH_USER_MODEL="alpha.Account",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    without_python()
    answers = []
    with open(path, encoding="utf-8") as file:
        sequences = json.load(file)
    for sequence in sequences:
        connection = connections["default"]
        if connection.catalogue is not None:
            connection.catalogue.tables.clear()
        migrations = []
        for part in sequence:
            names = {"__name__": f"{part['app']}.migrations.{part['name']}"}
            exec(compile(part["source"], part["name"], "exec"), names)
            migrations.append(names["Migration"](part["name"], part["app"]))
        answers.append([])
        run(connection, migrations, ProjectState(), answers[-1])
    return answers


def project(path, config):
    import django

    sys.path.insert(0, os.path.abspath(path))
    with open(os.path.join(path, "manage.py"), encoding="utf-8") as file:
        os.environ["DJANGO_SETTINGS_MODULE"] = re.search(r"DJANGO_SETTINGS_MODULE\W+([\w.]+)", file.read())[1]
    settings.DATABASES = {"default": config}
    settings.SECRET_KEY = "none"
    settings.DATABASE_ROUTERS = []
    django.setup()
    without_python()
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None)
    plan, seen = [], set()
    for target in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(target):
            if key not in seen:
                seen.add(key)
                plan.append(loader.graph.nodes[key])
    try:
        state = ProjectState(real_apps=loader.unmigrated_apps)
    except Exception:
        state = ProjectState(real_apps=list(loader.unmigrated_apps))
    answer = []
    run(connections["default"], plan, state, answer)
    return [answer]


def main(arguments):
    import django

    global DEFERRED_PLAIN
    DEFERRED_PLAIN = django.VERSION >= (5, 0)
    sys.dont_write_bytecode = True
    config = install_backend(arguments[0])
    if arguments[1] == "--declared":
        answer = declared(arguments[2], config)
    else:
        answer = project(arguments[1], config)
    json.dump(answer, sys.stdout)


main(sys.argv[1:])
