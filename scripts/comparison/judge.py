"""Counts what programs found against the labels."""

from dataclasses import asdict, dataclass, field


@dataclass
class Verdict:
    """What one program said of one case: reported as warning or error, on a marked line, as information alone."""

    reported: bool = False
    on_line: bool = False
    noted: bool = False
    rules: list = field(default_factory=list)


def judge(case, reported, errors, alone):
    """The verdict on a case, from the findings on its project and what the program printed to standard error.

    A finding counts where it is on the judged file, for whatever reason it was made. Where the project is one case, a finding
    on any of its migrations or on no file counts as well, and so does a program that Django itself stopped with the very
    error that the fault makes.
    """
    here = [found for found in reported if found.path == case.path or (alone and is_about_migrations(found.path))]
    strong = [found for found in here if not found.note]
    verdict = Verdict(
        reported=bool(strong),
        on_line=any(covers(found, line) for found in strong if found.path == case.path for line in case.lines),
        noted=bool(here),
        rules=sorted({found.rule for found in here}),
    )
    stopped = case.proof.get("migrate", "")
    if alone and case.fault and stopped.endswith("Error") and stopped in errors:
        verdict.reported = verdict.noted = True
        verdict.rules.append(stopped)
    return verdict


def is_about_migrations(path):
    return not path or "/migrations/" in path


def covers(found, line):
    """Whether a finding stands on a line, or on an operation that holds it."""
    return found.line == line or 0 < found.line <= line <= found.end


def count(program, cases, verdicts):
    """The figures of one program: of all cases, and of those that it claims to judge.

    A change that is a fault on PostgreSQL and harmless on MySQL is no false alarm of a program that is for PostgreSQL alone.
    """
    claims = program.claims or ({case.kind for case in cases} if program.name == "bklog-lint" else set())
    faults = [case for case in cases if case.fault]
    harmless = [case for case in cases if not case.fault and not (program.database == "PostgreSQL" and case.on_postgres)]
    claimed = [case for case in faults if case.kind in claims]
    said = {case.page + "/" + case.name: verdicts[case.page + "/" + case.name] for case in cases}

    def number(among, what):
        return sum(getattr(said[case.page + "/" + case.name], what) for case in among)

    return {
        "faults": len(faults),
        "found": number(faults, "reported"),
        "missed": len(faults) - number(faults, "reported"),
        "found_with_notes": number(faults, "noted"),
        "on_line": number(faults, "on_line"),
        "claimed": len(claimed),
        "claimed_found": number(claimed, "reported"),
        "harmless": len(harmless),
        "false_alarms": number(harmless, "reported"),
        "false_alarms_with_notes": number(harmless, "noted"),
    }


def matrix(cases, verdicts_by_program):
    """One row a case: what each program said of it."""
    rows = []
    for case in cases:
        key = case.page + "/" + case.name
        said = {name: asdict(verdicts[key]) for name, verdicts in verdicts_by_program.items()}
        rows.append({"case": key, "kind": case.kind, "fault": case.fault, "postgres": case.on_postgres, "said": said})
    return rows
