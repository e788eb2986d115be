#!/usr/bin/env python3
"""Lets other programs judge the machine formats that bklog-lint wrote.

    reports.py --schema sarif-2.1.0.json --multitool PATH FOLDER...

Each folder holds `report.sarif` and `gitlab.json`, and may hold `root/`, the tree that the paths in the report are
relative to. The SARIF is held against the JSON Schema, against Microsoft's multitool (whose exit code says nothing:
its own report is read) and against GitHub's line hash, computed here a second time from the definition.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

import jsonschema

# Warnings of the multitool that were looked at, with why they may stay.
KNOWN_WARNINGS = {}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schema", type=pathlib.Path, required=True)
    parser.add_argument("--multitool", type=pathlib.Path, required=True)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    schema = json.loads(args.schema.read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    problems = []
    for folder in args.folders:
        sarif = folder / "report.sarif"
        found = [
            *by_schema(sarif, validator),
            *by_multitool(sarif, args.multitool),
            *by_line_hash(sarif, folder / "root"),
            *by_gitlab(folder / "gitlab.json"),
        ]
        print(f"{folder.name}: {len(found)} problem(s)")
        problems += [f"{folder.name}: {problem}" for problem in found]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def by_schema(path, validator):
    log = json.loads(path.read_text("utf-8"))
    for error in validator.iter_errors(log):
        yield f"schema: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def by_multitool(path, multitool):
    verdict = path.with_suffix(".verdict.sarif")
    command = [multitool, "validate", path, "-o", verdict, "--log", "ForceOverwrite"]
    # It asks after every address in the report; a proxy that nobody serves keeps it from the network, and from half a
    # minute of waiting for names where there is none.
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    if not verdict.exists():
        yield f"multitool wrote no report: {done.stdout[-500:]}{done.stderr[-500:]}"
        return
    run = json.loads(verdict.read_text("utf-8-sig"))["runs"][0]
    rules = run["tool"]["driver"].get("rules", [])
    default = {rule["id"]: rule.get("defaultConfiguration", {}).get("level", "warning") for rule in rules}
    for result in run.get("results", []):
        code = result["ruleId"]
        # SARIF leaves a level out where it is the rule's own.
        level = result.get("level") or default.get(code.split("/")[0], default.get(code, "warning"))
        line = result["locations"][0]["physicalLocation"].get("region", {}).get("startLine")
        text = f"multitool: {level} {code} line {line}: {result['message'].get('text') or result['message']}"
        if level in ("none", "note"):
            continue
        if level == "warning" and code in KNOWN_WARNINGS:
            print(f"  {text} (known: {KNOWN_WARNINGS[code]})")
        else:
            yield text
    for invocation in run.get("invocations", []):
        for kind in ("toolExecutionNotifications", "toolConfigurationNotifications"):
            for told in invocation.get(kind, []):
                if told.get("level") == "error":
                    yield f"multitool: {told['message'].get('text')}"


def by_line_hash(path, root):
    log = json.loads(path.read_text("utf-8"))
    hashes = {}
    for result in log["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]
        file = root / urllib.parse.unquote(place["artifactLocation"]["uri"])
        if not file.is_file():
            continue
        if file not in hashes:
            hashes[file] = line_hashes(file.read_bytes().decode("utf-8", "replace"))
        expected = hashes[file][place["region"]["startLine"] - 1]
        given = result["partialFingerprints"]["primaryLocationLineHash"]
        if given != expected:
            yield f"line hash of {file}: {given}, not {expected}"


def line_hashes(text):
    """GitHub's hash of every line: base 37 over 100 UTF-16 units, blanks and tabs left out, line ends as LF."""
    raw = text.encode("utf-16-le", "surrogatepass")
    units, after_cr = [], False
    for at in range(0, len(raw), 2):
        unit = raw[at] | raw[at + 1] << 8
        skip = unit in (0x20, 0x09) or (after_cr and unit == 0x0A)
        after_cr = unit == 0x0D and not skip
        if not skip:
            units.append(0x0A if unit == 0x0D else unit)
    units.append(0xFFFF)
    starts = [0] + [at + 1 for at, unit in enumerate(units) if unit == 0x0A]
    units += [0] * 100
    seen, hashes = {}, []
    for start in starts:
        value = 0
        for unit in units[start : start + 100]:
            value = (value * 37 + unit) % 2**64
        seen[value] = seen.get(value, 0) + 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def by_gitlab(path):
    issues = json.loads(path.read_text("utf-8"))
    if not isinstance(issues, list):
        yield "gitlab: not a list"
        return
    for number, issue in enumerate(issues):
        location = issue.get("location", {})
        complete = (
            all(isinstance(issue.get(key), str) and issue[key] for key in ("description", "check_name", "fingerprint"))
            and issue.get("severity") in ("info", "minor", "major", "critical", "blocker")
            and isinstance(location.get("path"), str)
            and not location["path"].startswith(("/", "./"))
            and location.get("lines", {}).get("begin", 0) >= 1
        )
        if not complete:
            yield f"gitlab: issue {number} is not complete: {issue}"


if __name__ == "__main__":
    sys.exit(main())
