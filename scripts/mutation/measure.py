"""Measures which mutants the tests kill, and lists those that survive.

usage: measure.py FOLDER, which holds `tree` (a checkout that may be changed) and `mutants.json` (what `cargo mutants --list
--json` says of it)
"""

import collections
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from switches import install

WORK = Path(sys.argv[1])
TREE = WORK / "tree"
WORKERS = os.cpu_count() or 2
# How long the tests of one mutant may take together, in seconds as they take without it.
BUDGET = 20
# Tests of what a fixed program or server does come to no mutant, or take too long for a thousand runs.
SKIPPED = {"fuzz", "against_services", "github", "action", "gate", "html"}
ENVIRONMENT = {**os.environ, "INSTA_UPDATE": "no", "INSTA_WORKSPACE_ROOT": str(TREE), "PROPTEST_CASES": "64"}
SWITCH = re.compile(r"mutant::on\((\d+)\)")


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=TREE, capture_output=True, text=True, check=False)


def messages(run):
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


def build(mutants):
    """Compiles all mutants that compile; gives the others, each with the compiler's word."""
    left_out = {}
    while True:
        subprocess.run(["git", "checkout", "--quiet", "--", "src"], cwd=TREE, check=True)
        left_out |= install(TREE, mutants, left_out)
        run = cargo("check", "--locked", "--lib", "--message-format=json")
        if run.returncode == 0:
            return left_out
        errors = [
            message["message"]
            for message in messages(run)
            if message.get("reason") == "compiler-message" and message["message"]["level"] == "error"
        ]
        refused = {number: error["message"] for error in errors for number in culprits(error)}
        if not refused:
            sys.exit(f"the sources do not compile:\n{run.stderr[-2000:]}")
        left_out |= refused
        print(f"{len(left_out)} mutants do not compile", flush=True)


def culprits(error):
    """The mutants that a compiler error speaks of: the switch before the place, else those around it."""
    spans = [span for span in error["spans"] if span["file_name"].startswith("src")]
    spans.sort(key=lambda span: not span["is_primary"])
    for span in spans:
        lines = (TREE / span["file_name"]).read_text().split("\n")
        first, last = span["line_start"] - 1, span["line_end"]
        if (error.get("code") or {}).get("code") == "E0004":
            # An arm that is switched off does not count where all cases must be met.
            arms = re.findall(r"if !crate::mutant::on\((\d+)\)", "\n".join(lines[first : first + 60]))
            return {int(number) for number in arms}
        before = [
            match.group(1)
            for match in SWITCH.finditer(lines[first])
            if match.start() <= span["column_start"] or last > first + 1
        ]
        if before:
            return {int(before[-1])}
    for span in spans:
        lines = (TREE / span["file_name"]).read_text().split("\n")
        for number in range(span["line_start"] - 1, max(0, span["line_start"] - 120), -1):
            found = SWITCH.findall(lines[number])
            if found:
                return {int(one) for one in found}
    return set()


def programs():
    run = cargo("test", "--locked", "--no-run", "--tests", "--message-format=json")
    if run.returncode != 0:
        sys.exit(f"the tests do not compile:\n{run.stderr[-2000:]}")
    return {
        message["target"]["name"]: message["executable"]
        for message in messages(run)
        if message.get("executable") and message.get("profile", {}).get("test")
        and message["target"]["name"] not in SKIPPED
    }


def test(program, names, seconds, **environment):
    """Runs tests of a program; True when all pass in time, else the first that does not."""
    process = subprocess.Popen(
        [program, "--exact", *names],
        cwd=TREE,
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        errors="replace",
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "takes too long"
    if process.returncode == 0:
        return True
    failed = re.search(r"^test (\S+) .*FAILED$", said, re.MULTILINE)
    return failed.group(1) if failed else "ends the tests"


def reach(all_programs):
    """Which tests come to each mutant: `{mutant: [(seconds, program, test)]}`, the quickest first."""
    todo = []
    for name, program in all_programs.items():
        listed = subprocess.run([program, "--list"], cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True, check=True)
        todo += [(name, line[: -len(": test")]) for line in listed.stdout.splitlines() if line.endswith(": test")]

    def one(at):
        name, which = todo[at]
        seen = WORK / f"seen-{at}"
        seen.unlink(missing_ok=True)
        start = time.monotonic()
        passes = test(all_programs[name], [which], 300, BKLOG_LINT_MUTANTS_SEEN=str(seen))
        seconds = time.monotonic() - start
        numbers = {int(line) for line in seen.read_text().split()} if seen.exists() else set()
        seen.unlink(missing_ok=True)
        if passes is not True:
            print(f"left out, since it fails without any mutant: {name} {which}", flush=True)
        return (seconds, name, which), numbers if passes is True else set()

    tests = collections.defaultdict(list)
    with ThreadPoolExecutor(WORKERS) as pool:
        for (seconds, name, which), numbers in pool.map(one, range(len(todo))):
            for number in numbers:
                # A test that comes to few mutants says more of each.
                tests[number].append((seconds * (1 + len(numbers) / 400), seconds, name, which))
    return {number: [entry[1:] for entry in sorted(entries)] for number, entries in tests.items()}


def groups(tests):
    """Tests of one program that are run together, a second and a half of them at a time."""
    group, total = [], 0.0
    for seconds, name, which in tests:
        if group and (group[0][1] != name or total > 1.5):
            yield group, total
            group, total = [], 0.0
        group.append((seconds, name, which))
        total += seconds
    if group:
        yield group, total


def judge(number, tests, all_programs):
    """The test that kills a mutant; `None` when it survives them all."""
    spent = 0.0
    for group, seconds in groups(tests):
        verdict = test(
            all_programs[group[0][1]],
            [which for _, _, which in group],
            20 + 10 * seconds,
            BKLOG_LINT_MUTANT=str(number),
        )
        if verdict is not True:
            return verdict
        spent += seconds
        if spent > BUDGET:
            break
    return None


def main():
    mutants = json.loads((WORK / "mutants.json").read_text())
    print(f"{len(mutants)} mutants", flush=True)
    left_out = build(mutants)
    all_programs = programs()
    tests = reach(all_programs)
    measured = [number for number in range(len(mutants)) if number not in left_out]
    print(f"{len(measured)} compile; tests come to {sum(1 for number in measured if number in tests)}", flush=True)
    killed, survivors = collections.Counter(), []
    with ThreadPoolExecutor(WORKERS) as pool:
        verdicts = pool.map(lambda number: judge(number, tests.get(number, []), all_programs), measured)
        for at, (number, verdict) in enumerate(zip(measured, verdicts)):
            room = "/".join(mutants[number]["file"].split("/")[:2])
            killed[room, verdict is not None] += 1
            if verdict is None:
                survivors.append(f"{len(tests.get(number, []))} tests: {mutants[number]['name']}")
            if at % 200 == 199:
                print(f"{at + 1} of {len(measured)}, {len(survivors)} survive", flush=True)
    (WORK / "survivors.txt").write_text("".join(f"{line}\n" for line in survivors))
    for room in sorted({room for room, _ in killed}):
        dead, alive = killed[room, True], killed[room, False]
        print(f"{room}: {dead} of {dead + alive} killed, {dead / (dead + alive):.1%}")
    dead = len(measured) - len(survivors)
    print(f"all: {dead} of {len(measured)} killed, {dead / len(measured):.1%}")
    reasons = collections.Counter(why.split("`")[0].strip() for why in left_out.values())
    print(f"left out: {len(left_out)}")
    for why, count in reasons.most_common():
        print(f"  {count} {why}")


main()
