"""Holds the addresses of rule pages, as reports give them, to the files of this repository and to the site.

usage: rule_links.py PROGRAM SITE
"""

import json
import re
import subprocess
import sys
from pathlib import Path


def main():
    program, site = sys.argv[1], Path(sys.argv[2])
    package = Path("Cargo.toml").read_text("utf-8").split("\n[dependencies]")[0]
    cargo = dict(re.findall(r'^(version|repository) = "(.+?)"', package, flags=re.M))
    # A release is the tag v<version>, whose tree holds the pages that the program was built with.
    start = f"{cargo['repository']}/blob/v{cargo['version']}/"
    listed = json.loads(subprocess.run([program, "rules", "--format", "json"], check=True, capture_output=True).stdout)["rules"]
    wrong = []
    for rule in listed:
        if not rule["url"].startswith(start):
            wrong.append(f"{rule['code']}: {rule['url']} is not below {start}")
        elif not Path(rule["url"].removeprefix(start)).is_file():
            wrong.append(f"{rule['code']}: {rule['url']} is no file of this repository")
        if not (site / "rules" / rule["family"] / f"{rule['name']}.html").is_file():
            wrong.append(f"{rule['code']}: the site has no page of it")
    if not listed:
        wrong.append("no rules")
    print("\n".join(wrong) or f"{len(listed)} rules have their pages")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
