"""The comparison as a Markdown table, and the block of a document that holds it."""

import re

BEGIN, END = "<!-- scripts/compare writes this -->", "<!-- until here -->"
HEAD = [
    "program",
    "needs",
    "for",
    "faults found",
    "of those it claims",
    "false alarms",
    "on the line",
    "CPU ms a migration",
    "memory, MiB",
]
# What depends on the machine and is not compared.
UNSTABLE = 2


def table(results):
    """The Markdown table of results in their order."""
    lines = [row(HEAD), "|" + "---|" * len(HEAD)]
    for result in results:
        figures = result["figures"]
        claimed = f"{figures['claimed_found']} of {figures['claimed']}" if figures["claimed"] else "—"
        lines.append(
            row(
                [
                    f"{result['name']} {result['version']}".strip(),
                    result["needs"],
                    result["database"],
                    f"{figures['found']} of {figures['faults']}",
                    claimed,
                    f"{figures['false_alarms']} of {figures['harmless']}",
                    str(figures["on_line"]),
                    f"{result['milliseconds']:.1f}" if result.get("milliseconds") else "—",
                    f"{result['memory']:.0f}" if result.get("memory") else "—",
                ]
            )
        )
    return "\n".join(lines) + "\n"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def stable(text):
    """The cells of a table that do not depend on the machine."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [cells[:-UNSTABLE] for cells in rows if not set("".join(cells)) <= {"-"}]


def block(text):
    """What stands between the marks of a document. Raises ValueError without marks."""
    found = re.search(re.escape(BEGIN) + r"\n(.*?)" + re.escape(END), text, flags=re.S)
    if not found:
        raise ValueError(f"no {BEGIN} … {END}")
    return found[1]


def with_block(text, new):
    """The document with another block."""
    old = block(text)
    return text.replace(old, f"\n{new}\n", 1)


def differences(text, new):
    """Lines that say where the document's table is not the measured one."""
    there, measured = stable(block(text)), stable(new)
    said = []
    for at in range(max(len(there), len(measured))):
        old = there[at] if at < len(there) else None
        now = measured[at] if at < len(measured) else None
        if old != now:
            said.append(f"is  {row(old) if old else '(no row)'}\nnow {row(now) if now else '(no row)'}")
    return said
