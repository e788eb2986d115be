"""Generates projects of growing size and prints what a run over each takes, per migration, as medians.

Each app has a line of 100 migrations, of which every tenth depends on the app before. Two shapes beside that, at the
size in the middle: all migrations in one line of one app, and one app whose migrations all stand on the first.

usage: growth.py PROGRAM ROUNDS FOLDER
"""

import os
import shutil
import statistics
import sys
import time
from pathlib import Path

SIZES = (1_000, 10_000, 100_000)
LINE = 100

FIRST = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [{dependencies}]
    operations = [
        migrations.CreateModel(
            name="Record",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={{"db_table": "{table}"}},
        ),
    ]
"""
NEXT = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [{dependencies}]
    operations = [
        migrations.AddField(
            model_name="record",
            name="value_{number}",
            field=models.IntegerField(default=0, verbose_name="value {number}"),
        ),
    ]
"""


def app(folder, label, parents):
    """Writes an app; `parents` gives for every migration the (app, name) pairs that it depends on."""
    package = folder / label / "migrations"
    package.mkdir(parents=True)
    (folder / label / "__init__.py").touch()
    (package / "__init__.py").touch()
    for number, names in enumerate(parents, 1):
        dependencies = ", ".join(f'("{app}", "{name}")' for app, name in names)
        text = (FIRST if number == 1 else NEXT).format(dependencies=dependencies, number=number, table=label)
        (package / f"{migration(number)}.py").write_text(text)


def migration(number):
    return f"{number:06}_step"


def in_lines(folder, size):
    for index in range(size // LINE):
        parents = []
        for number in range(1, LINE + 1):
            names = [(f"app_{index:05}", migration(number - 1))] if number > 1 else []
            if index and number % 10 == 0:
                names.append((f"app_{index - 1:05}", migration(number)))
            parents.append(names)
        app(folder, f"app_{index:05}", parents)


def in_one_line(folder, size):
    app(folder, "line", [[("line", migration(n - 1))] if n > 1 else [] for n in range(1, size + 1)])


def in_a_fan(folder, size):
    app(folder, "fan", [[("fan", migration(1))] if n > 1 else [] for n in range(1, size + 1)])


def project(top, shape, size):
    folder = top / f"{shape.__name__}_{size}"
    done = folder / "manage.py"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shape(folder, size)
        done.write_text("from django.core.management import execute_from_command_line\n")
    return folder


def run(program, folder):
    """Wall seconds, CPU seconds and peak memory in MiB of one process; its exit code must be one of a finished run."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.execv(program, [program, "--all", "--no-config", "--color", "never", str(folder)])
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{program}: exit status {status} in {folder}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(program, rounds, folder):
    top = Path(folder)
    projects = [(in_lines, size) for size in SIZES] + [(in_one_line, SIZES[1]), (in_a_fan, SIZES[1])]
    print(f"{'migrations':>10} {'wall s':>8} {'cpu s':>8} {'MiB':>8} {'wall µs each':>13} {'cpu µs each':>12}  shape")
    for shape, size in projects:
        path = project(top, shape, size)
        run(program, path)  # warms the caches
        results = [run(program, path) for _ in range(int(rounds))]
        wall, cpu, memory = (statistics.median(column) for column in zip(*results))
        each = (1e6 * wall / size, 1e6 * cpu / size)
        print(
            f"{size:10} {wall:8.3f} {cpu:8.3f} {memory:8.1f} {each[0]:13.1f} {each[1]:12.1f}  {shape.__name__}",
            flush=True,
        )


main(*sys.argv[1:])
