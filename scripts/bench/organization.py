"""Generates an organization of git repositories and times its scan. See scripts/bench/organization."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

PROGRAM, COUNT, WORK = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
TARGETS = ["--target=django=4.2", "--target=django=5.2"]
ENVIRONMENT = {
    **os.environ,
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
}


def migration(app, number, total):
    name = f"{number:04}_step"
    before = f"{number - 1:04}_step" if number > 1 else None
    if number == total and app % 3 == 0:
        before = "0000_gone"
    dependency = f'("app{app}", "{before}")' if before else ""
    operation = (
        'migrations.CreateModel("Box", [("id", models.AutoField(primary_key=True))])' if number == 1
        else f'migrations.AddField("box", "f{number}", models.CharField(max_length=8, null=True))'
    )
    return name, (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [{dependency}]\n    operations = [{operation}]\n"
    )


def generate(top, number):
    """A repository of 2 to 6 apps with 2 to 10 migrations each; every tenth is no Django project."""
    top.mkdir(parents=True)
    (top / "README.md").write_text(f"repository {number}\n")
    if number % 10 != 9:
        (top / "manage.py").write_text("from django.core.management import execute_from_command_line\n")
        (top / "requirements.txt").write_text(f"Django=={['2.2.28', '3.2.25', '4.2.30'][number % 3]}\ncelery==4.4.7\n")
        for app in range(2 + number % 5):
            folder = top / f"app{app}" / "migrations"
            folder.mkdir(parents=True)
            (folder / "__init__.py").write_text("")
            total = 2 + (number + app) % 9
            for step in range(1, total + 1):
                name, text = migration(app, step, total)
                (folder / f"{name}.py").write_text(text)
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run(["git", *arguments], cwd=top, env=ENVIRONMENT, check=True)


def scan(listed, results, chunk="0/1"):
    line = [PROGRAM, "github", "scan", "--list", str(listed), "--server", f"file://{WORK / 'server'}",
            "--results", str(results), "--chunk", chunk, *TARGETS]
    return subprocess.Popen(line, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def finish(process):
    out, _ = process.communicate()
    assert process.returncode == 0, process.returncode
    return dict(line.split("=") for line in out.split())


def table(listed, results):
    digests = {}
    for form in ("markdown", "json", "sarif"):
        line = [PROGRAM, "merge", str(results), "--list", str(listed), "--format", form]
        done = subprocess.run(line, check=True, capture_output=True)
        digests[form] = hashlib.sha256(done.stdout).hexdigest()
    return digests


def listing(count):
    path = WORK / f"list-{count}.json"
    repositories = [{"repository": f"o/r{number:04}", "default_branch": "main"} for number in range(count)]
    path.write_text(json.dumps({"schema_version": 1, "organization": "o", "repositories": repositories, "left_out": []}))
    return path


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    started = time.monotonic()
    for number in range(COUNT):
        generate(WORK / "server" / "o" / f"r{number:04}", number)
    print(f"generated {COUNT} repositories in {time.monotonic() - started:.1f} s")

    for part in (COUNT // 4, COUNT // 2, COUNT):
        listed, results = listing(part), WORK / f"whole-{part}"
        started = time.monotonic()
        counts = finish(scan(listed, results))
        seconds = time.monotonic() - started
        started = time.monotonic()
        whole = table(listed, results)
        print(f"{part:6} repositories: scan {seconds:6.1f} s, {1000 * seconds / part:5.1f} ms each, {counts}; "
              f"three tables {time.monotonic() - started:.2f} s")

    listed, results = listing(COUNT), WORK / "pieces"
    chunks = min(COUNT, 256)
    started = time.monotonic()
    kills = 0
    for number in range(chunks):
        process = scan(listed, results, f"{number}/{chunks}")
        if number % 16 == 0:
            # As a runner that goes away: no warning, no time to write anything.
            time.sleep(0.03)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            process.communicate()
            process = scan(listed, results, f"{number}/{chunks}")
        finish(process)
    print(f"{chunks} chunks, {kills} of them killed and started again: {time.monotonic() - started:.1f} s")
    again = finish(scan(listed, results))
    print(f"once more over everything: {again}")
    pieces = table(listed, results)
    assert pieces == whole, (pieces, whole)
    print("tables of both ways are the same, byte for byte:", *(f"{form} {digest[:12]}" for form, digest in whole.items()))


main()
