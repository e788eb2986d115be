"""Holds the labels of one project to a running MariaDB, or to the target's Django. Run inside the project.

usage: proof.py prepare|prove|check CASES.json

`prepare` applies what was merged. `prove` does with every case what a deployment does:

1. the rows of `sql before` are written, and what `sql watch` sees is kept;
2. the change is migrated: `migrate=ok` (as without the word), an error number of the server, or the name of an exception;
   with `online=`, every statement of it is sent with LOCK=NONE first: `online=1846` says that the server refuses one;
3. `again=` is what a second try ends in; `old=` what the statements of the old release (`sql old`) end in, `after=` those of
   `sql after`; `watch=same` or `changed` compares the rows; `back=` is the way back.

`check` runs the script `python check` of every case: `check=ok`, or the name of an exception.

Prints a line for each claim that does not hold, and ends with 1 when there was one.
"""

import json
import os
import re
import sys

sys.path.insert(0, os.getcwd())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def outcome(action):
    """`ok`, the error number of the server, or the name of the exception."""
    from django.db import Error, connection

    try:
        action()
        return "ok"
    except Error as error:
        code = str(error.args[0]) if error.args else ""
        return code if code.isdigit() else type(error).__name__
    except Exception as error:
        return type(error).__name__
    finally:
        if connection.connection is not None:
            connection.connection.rollback()


def run(text):
    from django.db import connection

    for statement in text.split(";"):
        if statement.strip():
            with connection.cursor() as cursor:
                cursor.execute(statement)


def rows(query):
    from django.db import connection

    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    except Exception as error:
        return repr(error)


def migrate(app, *target):
    from django.core.management import call_command

    call_command("migrate", app, *target, verbosity=0, interactive=False)


def online(app, name):
    """Every statement of the migration with LOCK=NONE; the first refusal is raised."""
    from io import StringIO

    from django.core.management import call_command

    out = StringIO()
    call_command("sqlmigrate", app, name, stdout=out, no_color=True)
    text = "\n".join(line for line in out.getvalue().splitlines() if not line.startswith("--"))
    for statement in filter(None, map(str.strip, text.split(";"))):
        # MariaDB takes LOCK with CREATE INDEX, and not with DROP INDEX.
        statement = re.sub(r"^DROP INDEX (\S+) ON (\S+)", r"ALTER TABLE \2 DROP INDEX \1", statement, flags=re.I)
        if re.match(r"ALTER TABLE", statement, re.I):
            statement += ", LOCK=NONE"
        elif re.match(r"CREATE INDEX", statement, re.I):
            statement += " LOCK=NONE"
        run(statement)


def prove(case):
    """What the claims of one case come to."""
    app, proof, sql = case["app"], case["proof"], case["sql"]
    found = {}
    run(sql.get("before", ""))
    before = rows(sql["watch"]) if "watch" in proof else None
    migration = case["path"].rsplit("/", 1)[-1].removesuffix(".py")
    if "online" in proof:
        found["online"] = outcome(lambda: online(app, migration))
    if found.get("online") != "ok":
        found["migrate"] = outcome(lambda: migrate(app))
    if "again" in proof:
        found["again"] = outcome(lambda: migrate(app))
    if "old" in sql:
        found["old"] = outcome(lambda: run(sql["old"]))
    if "after" in proof:
        found["after"] = outcome(lambda: run(sql["after"]))
    if "watch" in proof:
        found["watch"] = "same" if rows(sql["watch"]) == before else "changed"
    if "back" in proof:
        found["back"] = outcome(lambda: migrate(app, "0001_initial"))
    return found


def check(case):
    """What the script of one case comes to, with its own app alone installed."""

    def script():
        import django
        from django.conf import settings

        settings.INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", case["app"]]
        django.setup()
        exec(case["check"], {})

    return {"check": outcome(script)}


def main():
    import django

    mode = sys.argv[1]
    with open(sys.argv[2], encoding="utf-8") as file:
        cases = json.load(file)
    wrong = 0
    if mode != "check":
        django.setup()
    for case in cases:
        if mode == "prepare":
            migrate(case["app"])
            continue
        for claim, found in (check if mode == "check" else prove)(case).items():
            said = case["proof"].get(claim, "ok")
            if said != found:
                wrong += 1
                print(f"{case['page']}: {case['name']}: {claim}={said} is said, {found} was found")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
