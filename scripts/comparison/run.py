"""Runs programs on written-out projects, and takes processor time and memory of each process."""

import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path


# Rules of squawk on what Django decides and a migration does not: types of columns, timeouts of the session.
STYLE = ["prefer-text-field", "prefer-bigint-over-int", "prefer-robust-stmts", "require-lock-timeout", "require-statement-timeout"]


@dataclass
class Run:
    """One project as a program is run on it."""

    root: Path
    page: str
    python: str
    tools: dict
    environment: dict = field(default_factory=dict)

    def changed(self, suffix):
        """Files of the change, as they are named in the project."""
        text = subprocess.run(
            ["git", "diff", "--name-only", "--diff-filter=d", "main"], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout
        return [path for path in text.splitlines() if path.endswith(suffix)]

    def changed_migrations(self):
        return [path for path in self.changed(".py") if "/migrations/" in path]

    def squawk_files(self):
        """The command on the files that postgres_sql.py has written; known only when it has run."""
        options = ["--assume-in-transaction", f"--exclude={','.join(STYLE)}", "--no-error-on-unmatched-pattern", "--reporter", "json"]
        return [lambda: [self.tools["squawk"], *options, *map(str, sorted((self.root / ".squawk").glob("*.sql")))]]


def execute(run, commands):
    """What the commands print, what went wrong, seconds and the most memory in MiB."""
    texts, errors, seconds, memory = [], "", 0.0, 0.0
    for command in commands:
        command = command() if callable(command) else command
        text, error, taken, used = measure(command, run.root, run.environment)
        texts.append(text)
        errors += error
        seconds += taken
        memory = max(memory, used)
    return texts, errors, seconds, memory


def measure(command, root, environment):
    """Standard output, standard error, processor seconds and peak memory of one process and of those that it waited for."""
    # Programs that draw for a terminal break lines at its width.
    full = {**os.environ, "COLUMNS": "400", "NO_COLOR": "1", "LC_ALL": "C.UTF-8", **environment}
    with tempfile.NamedTemporaryFile() as used:
        # GNU time is small itself: what this interpreter holds would be counted for every child of its own. Processor time is
        # that of all cores, and steadier than the clock on the wall.
        timed = ["/usr/bin/time", "--quiet", "--format", "%U %S %M", "--output", used.name, *command]
        done = subprocess.run(timed, cwd=root, env=full, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        user, system, memory = used.read().decode().split()[-3:]
    texts = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
    return (*texts, float(user) + float(system), float(memory) / 1024)
