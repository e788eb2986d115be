"""The programs that are compared: how each is run, how what it prints is read, what it claims to find, what it needs.

`claims` are kinds of fixtures/compare that the program's own documentation names for the database in question; the versions
are those of requirements.txt. What a program reports outside its claims counts as well, in the columns on all cases.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = {"drop-column", "raw-drop-column", "drop-table", "rename-column", "rename-table", "not-null-column"}
NARROWED = {"narrowed-varchar", "narrowed-integer", "narrowed-decimal"}
GRAPH = {"missing-dependency", "cycle", "conflict"}


@dataclass
class Reported:
    """One finding: `path` below the project, 0 for a line that the program does not tell, `note` for mere information."""

    path: str
    line: int
    note: bool
    rule: str
    end: int = 0


@dataclass
class Program:
    """A program; `commands` and `read` take a Run (see run.py)."""

    name: str
    needs: str
    database: str
    claims: set = field(repr=False)
    commands: object = field(repr=False)
    read: object = field(repr=False)
    live: bool = False


def below(run, path):
    path = Path(path)
    return str(path.relative_to(run.root)) if path.is_absolute() else str(path).removeprefix("./")


def last_json(text):
    """The JSON value that a program printed, whatever it said before."""
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    return json.loads(text[min(starts):]) if starts else []


def ours(run):
    target = ["--target", "django=5.2"] if run.page == "upgrade" else []
    return [[run.tools["bklog-lint"], "check", ".", "--diff-base", "main", "--format", "json", *target]]


def read_ours(run, texts):
    return [
        Reported(
            finding["path"],
            finding["start"]["line"] if finding["start"] else 0,
            finding["severity"] == "info",
            finding["rule"],
            finding["end"]["line"] if finding["end"] else 0,
        )
        for text in texts
        for finding in json.loads(text)["findings"]
        if not finding["suppressed"]
    ]


def migration_linter(run):
    return [
        [run.python, "manage.py", "lintmigrations", "--no-cache", "--unapplied-migrations", "--ignore-sqlmigrate-errors"]
        + ["--exclude-apps", "auth", "contenttypes"]
    ]


def read_migration_linter(run, texts):
    found = []
    for text in texts:
        path, note = "", False
        for line in text.splitlines():
            if head := re.match(r"\((\w+), (\w+)\)\.\.\. (\w+)", line):
                path = f"{head[1]}/migrations/{head[2]}.py"
            elif line.startswith("\t") and path:
                found.append(Reported(path, 0, note, line.strip()))
    return found


def safe_migrations(run):
    return [[run.python, "manage.py", "check_migrations", "--format", "json", "--diff", "main", "--no-suggestions"]]


def read_safe_migrations(run, texts):
    return [
        Reported(below(run, issue["file_path"]), issue["line_number"] or 0, issue["severity"] == "info", issue["rule_id"])
        for text in texts
        for issue in (last_json(text) or {"issues": []})["issues"]
    ]


def zdm(run):
    return [[run.tools["zdm"], ".", "--diff", "main", "--output-format", "json"]]


def read_zdm(run, texts):
    return [
        Reported(below(run, found["path"]), found["line"], found["severity"] == "info", found["rule_id"])
        for text in texts
        for found in (last_json(text) or {"diagnostics": []})["diagnostics"]
    ]


def oneport(run):
    return [[run.tools["oneport-migrate"], "check", ".", "--head", "--db", "mysql", "--format", "json", "--no-llm"]]


def read_oneport(run, texts):
    return [
        Reported(below(run, found["location"]["file"]), found["location"]["line"], found["severity"] == "info", found["rule_id"])
        for text in texts
        for found in (last_json(text) or {"findings": []})["findings"]
    ]


def migrationiq(run):
    program = run.tools["migrationiq"]
    return [[program, command, "--dir", ".", "--framework", "django"] for command in ("lint", "check")]


def read_migrationiq(run, texts):
    found, path = [], ""
    for line in texts[0].splitlines():
        if head := re.search(r"(\S+\.py)\s+\(\d+ issue", line):
            path = below(run, head[1])
        elif mark := re.match(r"\s+● (\w+)\s+(.*)", line):
            # What it says of the graph names migrations and no file: it counts where the project is one case.
            of_graph = mark[2].startswith("Migration graph")
            found.append(Reported("" if of_graph else path, 0, mark[1] == "INFO", mark[2].strip()))
        elif (at := re.match(r"\s+Line ~(\d+)", line)) and found:
            found[-1].line = int(at[1])
    graph = re.findall(r"● (?:ERROR|CRITICAL|WARNING)\s+(.*)", texts[1])
    return found + [Reported("", 0, False, line.strip()) for line in graph]


def flake8(run):
    return [[run.tools["flake8"], "--isolated", "--select", "DM", *run.changed(".py")]] if run.changed(".py") else []


def ruff(run):
    return [[run.tools["ruff"], "check", "--no-cache", "--isolated", "--select", "E9,F,DJ", "--output-format", "concise", "."]]


def read_lines(run, texts):
    """`path:line:column: CODE text`."""
    found = []
    for text in texts:
        for path, line, rule in re.findall(r"^([^\s:]+):(\d+):\d+: (\w+)", text, flags=re.M):
            found.append(Reported(below(run, path), int(line), False, rule))
    return found


def squawk(run):
    """The statements of every new migration as Django writes them for PostgreSQL, one file each."""
    return [[run.python, str(HERE / "postgres_sql.py"), *run.changed_migrations()], *run.squawk_files()]


def read_squawk(run, texts):
    found = []
    for text in texts[1:]:
        for entry in last_json(text):
            path = Path(entry["file"]).name.removesuffix(".sql").replace("@", "/") + ".py"
            found.append(Reported(path, 0, False, entry["rule_name"]))
    return found


def django_upgrade(run):
    files = [path for path in run.changed(".py") if "/migrations/" not in path]
    upgrade = [run.tools["django-upgrade"], "--target-version", "5.2", "--exit-zero-even-if-changed", *files]
    return [upgrade, ["git", "diff", "--unified=0", "--no-color"], ["git", "checkout", "--quiet", "."]] if files else []


def read_django_upgrade(run, texts):
    """It rewrites files and reports nothing: a changed line is a finding."""
    found, path = [], ""
    for line in texts[1].splitlines() if len(texts) > 1 else []:
        if head := re.match(r"\+\+\+ b/(.*)", line):
            path = head[1]
        elif hunk := re.match(r"@@ -(\d+)(?:,(\d+))? ", line):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            found.append(Reported(path, first, False, "rewritten", first + max(count, 1) - 1))
    return found


PROGRAMS = [
    Program("bklog-lint", "nothing", "MySQL, MariaDB", set(), ours, read_ours),
    Program(
        "django-migration-linter",
        "running project, database",
        "all of Django's",
        (COLUMNS | NARROWED | {"null-to-not-null", "type-change", "unique-on-rows", "unique-one-default", "live-model"})
        | {"irreversible-python", "irreversible-sql", "destructive-sql"},
        migration_linter,
        read_migration_linter,
        live=True,
    ),
    Program(
        "django-safe-migrations",
        "running project, database",
        "all of Django's; PostgreSQL for 12 rules",
        (COLUMNS - {"raw-drop-column"})
        | {"null-to-not-null", "type-change", "narrowed-integer", "narrowed-decimal", "unique-on-rows", "unique-one-default"}
        | {"irreversible-python", "irreversible-sql", "live-model", "schema-and-data", "destructive-sql", "conflict"},
        safe_migrations,
        read_safe_migrations,
        live=True,
    ),
    Program(
        "zdm",
        "nothing",
        "PostgreSQL",
        {"drop-column", "drop-table", "rename-column", "rename-table", "null-to-not-null", "type-change", "unique-on-rows"}
        | {"unique-one-default", "foreign-key-lock", "check-lock", "check-on-rows", "live-model"}
        | {"irreversible-python", "irreversible-sql"},
        zdm,
        read_zdm,
    ),
    Program(
        "oneport-migrate",
        "nothing",
        "PostgreSQL, MySQL, SQLite",
        (COLUMNS - {"not-null-column"})
        | {"type-change", "null-to-not-null", "irreversible-python", "irreversible-sql", "destructive-sql", "schema-and-data"},
        oneport,
        read_oneport,
    ),
    Program(
        "migrationiq",
        "nothing",
        "any",
        GRAPH | {"drop-column", "drop-table", "raw-drop-column", "destructive-sql", "type-change"},
        migrationiq,
        read_migrationiq,
    ),
    Program("flake8-django-migrations", "nothing", "any", {"drop-column"}, flake8, read_lines),
    Program(
        "squawk",
        "SQL for PostgreSQL (written here by Django)",
        "PostgreSQL",
        (COLUMNS - {"not-null-column"}) | {"null-to-not-null", "type-change", "unique-on-rows", "unique-one-default"}
        | {"foreign-key-lock", "check-lock", "check-on-rows", "destructive-sql"},
        squawk,
        read_squawk,
    ),
    Program("ruff (E9, F, DJ)", "nothing", "no rules on migrations", set(), ruff, read_lines),
    Program(
        "django-upgrade",
        "nothing",
        "no rules on migrations",
        {"removed-name", "removed-setting", "removed-option", "removed-use"},
        django_upgrade,
        read_django_upgrade,
    ),
]
