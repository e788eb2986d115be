"""Writes the statements of migrations as Django's PostgreSQL backend has them, without a database, for squawk.

usage: postgres_sql.py APP/migrations/NAME.py…   (inside a project; with psycopg2 installed)

One file `APP@migrations@NAME.sql` each, below `.squawk`. A migration that cannot be written without a server (where Django asks
for the names of constraints) has no file, and its name goes to standard error.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["COMPARE_ENGINE"] = "django.db.backends.postgresql"


def main():
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    # Django lets the driver put values into statements, which opens a connection for it.
    quote = connection.schema_editor(collect_sql=True).quote_value
    connection.ops.compose_sql = lambda sql, params: sql % tuple(map(quote, params)) if params else sql
    folder = Path(".squawk")
    folder.mkdir(exist_ok=True)
    for path in sys.argv[1:]:
        app, _, name = path.removesuffix(".py").split("/")
        try:
            migration = loader.graph.nodes[(app, name)]
            state = loader.project_state((app, name), at_end=False)
            with connection.schema_editor(collect_sql=True, atomic=False) as editor:
                migration.apply(state, editor, collect_sql=True)
            text = "\n".join(editor.collected_sql) + "\n"
        except Exception as error:
            print(f"{path}: {type(error).__name__}", file=sys.stderr)
            continue
        (folder / (path.removesuffix(".py").replace("/", "@") + ".sql")).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
