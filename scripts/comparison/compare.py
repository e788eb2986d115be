"""Runs the programs of peers.py on the cases of fixtures/compare. scripts/compare installs what it needs and calls it."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import corpus  # noqa: E402
import judge  # noqa: E402
import table  # noqa: E402
from peers import PROGRAMS  # noqa: E402
from run import Run, execute  # noqa: E402

APPS = 5
MIGRATIONS = 60
ROUNDS = 3


def main():
    options = arguments()
    repository = HERE.parent.parent
    work = Path(options.work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    cases = corpus.read_pages(repository / "fixtures" / "compare")
    projects = corpus.write_out(cases, work)
    names = ["zdm", "oneport-migrate", "migrationiq", "flake8", "squawk", "ruff", "django-upgrade"]
    tools = {name: str(Path(sys.executable).parent / name) for name in names} | {"bklog-lint": options.binary}
    programs = [program for program in PROGRAMS if not options.only or program.name.split()[0] in options.only]

    prepare(projects, work)
    verdicts = {program.name: {} for program in programs}
    failed = {program.name: [] for program in programs}
    for name, members in projects.items():
        for program in programs:
            run = Run(work / name, members[0].page, sys.executable, tools, environment(program, name))
            texts, errors, _, _ = execute(run, program.commands(run))
            try:
                reported = program.read(run, texts)
            except (ValueError, KeyError, IndexError, TypeError) as error:
                reported = []
                errors += f"\n{type(error).__name__}: its output cannot be read"
            if re.search(r"^(Traceback|\w+Error: its output)", errors, flags=re.M):
                failed[program.name].append(name)
            for case in members:
                alone = len(members) == 1
                verdicts[program.name][f"{case.page}/{case.name}"] = judge.judge(case, reported, errors, alone)
        print(f"{name}: {len(members)} cases", file=sys.stderr)
    wrong = [] if options.no_proof else prove(projects, work, options.target_python)

    results = []
    for program in programs:
        result = {
            "name": program.name,
            "version": version(program),
            "needs": program.needs,
            "database": program.database,
            "figures": judge.count(program, cases, verdicts[program.name]),
            "failed": failed[program.name],
        }
        if not options.no_times:
            result |= times(program, work, tools)
        results.append(result)

    text = table.table(results)
    if options.json:
        rows = judge.matrix(cases, verdicts)
        Path(options.json).write_text(json.dumps({"programs": results, "cases": rows}, indent=1) + "\n", "utf-8")
    return finish(options, text, wrong)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/compare", description="Compares programs on fixtures/compare.")
    parser.add_argument("--json", metavar="FILE", help="also write every verdict on every case")
    parser.add_argument("--write", metavar="FILE", action="append", default=[], help="put the table into a document")
    parser.add_argument("--check", metavar="FILE", action="append", default=[], help="fail when a document has other figures")
    parser.add_argument("--only", metavar="NAME", action="append", help="run these programs alone")
    parser.add_argument("--no-times", action="store_true", help="take no time and memory")
    parser.add_argument("--no-proof", action="store_true", help="do not hold the labels to the server")
    parser.add_argument("--binary", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--work", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--target-python", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def environment(program, project):
    """Programs that live in a project are installed into it; all are told the server."""
    apps = {"django-migration-linter": "django_migration_linter", "django-safe-migrations": "django_safe_migrations"}
    return {"COMPARE_APPS": apps.get(program.name, ""), "COMPARE_DATABASE": project.replace("-", "_")}


def prepare(projects, work):
    """A database for every project, with what was merged applied: what programs that ask a database are given."""
    for name, members in projects.items():
        sql(f"CREATE OR REPLACE DATABASE `{name.replace('-', '_')}` CHARACTER SET utf8mb4")
        corpus.git(work / name, "checkout", "--quiet", "main")
        script(work / name, members, "prepare", sys.executable, check=True)
        corpus.git(work / name, "checkout", "--quiet", "change")


def prove(projects, work, target):
    """Claims of the corpus that the server, or the target's Django, does not bear out."""
    wrong = []
    for name, members in projects.items():
        # A fault may keep the target's Django from starting: one process a case.
        if name.startswith("upgrade"):
            wrong += [line for case in members for line in script(work / name, [case], "check", target)]
        else:
            wrong += script(work / name, members, "prove", sys.executable)
    return wrong


def script(root, members, mode, python, check=False):
    """Runs proof.py inside a project; the lines that it prints."""
    file = root / ".git" / "cases.json"
    file.write_text(json.dumps([what_is_proved(case) for case in members]), "utf-8")
    # The interpreter of the target has no driver, and needs none.
    environ = os.environ | ({"COMPARE_ENGINE": "django.db.backends.sqlite3"} if mode == "check" else {})
    done = subprocess.run(
        [python, HERE / "proof.py", mode, file], cwd=root, capture_output=True, text=True, env=environ, check=False
    )
    if done.returncode > 1 or (done.returncode and (check or not done.stdout)):
        sys.exit(f"{root.name}: proof.py {mode} failed:\n{done.stderr}")
    return done.stdout.splitlines()


def what_is_proved(case):
    proofs = [fence for fence in case.fences if corpus.place(fence, case.app) is None]
    texts = {fence.words[0]: fence.text.replace("{app}", case.app) for fence in proofs}
    base = {"page": case.page, "name": case.name, "app": case.app, "path": case.path, "proof": case.proof}
    return base | {"sql": texts, "check": texts.get("check", "")}


def sql(statement):
    import pymysql

    with pymysql.connect(unix_socket=os.environ["COMPARE_SOCKET"], user="root") as connection:
        connection.cursor().execute(statement)


def times(program, work, tools):
    """Median milliseconds of processor time for each new migration of a project with many, and the most memory."""
    root = work / "many"
    if not root.exists():
        many(work)
    run = Run(root, "many", sys.executable, tools, environment(program, "many"))
    runs = [execute(run, program.commands(run)) for _ in range(ROUNDS)]
    seconds = sorted(taken for _, _, taken, _ in runs)[ROUNDS // 2]
    return {"milliseconds": seconds * 1000 / (APPS * MIGRATIONS), "memory": max(used for *_, used in runs)}


def many(work):
    """A project of five apps with sixty new migrations each, one nullable column in every one."""
    first = 'migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))]),\n'
    members, files = [], {}
    for number in range(APPS):
        app = f"app{number}"
        page = f"# Many\n\n## {app}\n\n```python 0001\n{first}```\n\n```python 0002 harmless=many\n{added(1)}```\n"
        members += corpus.read_page("many", page)
        for at in range(2, MIGRATIONS + 1):
            before = f"{at:04}_next" if at == 2 else f"{at:04}_more"
            text = corpus.WRAPPED.format(
                models=", models", head=f'    dependencies = [("{app}", "{before}")]\n', body=" " * 8 + added(at).rstrip("\n")
            )
            files[f"{app}/migrations/{at + 1:04}_more.py"] = text
    projects = corpus.write_out(members, work)
    corpus.write(work / "many", files)
    corpus.commit(work / "many", "More")
    prepare(projects, work)


def added(number):
    return f'migrations.AddField("order", "column_{number}", models.IntegerField(null=True)),\n'


def version(program):
    if program.name == "bklog-lint":
        return ""  # the one of this repository
    distribution = {"squawk": "squawk-cli"}.get(program.name, program.name.split()[0])
    return metadata.version(distribution)


def finish(options, text, wrong):
    print(text)
    status = 0
    for line in wrong:
        print(f"the label is wrong: {line}", file=sys.stderr)
        status = 1
    for name in options.write:
        path = Path(name)
        path.write_text(table.with_block(path.read_text("utf-8"), text), "utf-8")
    for name in options.check:
        for line in table.differences(Path(name).read_text("utf-8"), text):
            print(f"{name} has other figures (scripts/compare --write {name} puts them right):\n{line}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
