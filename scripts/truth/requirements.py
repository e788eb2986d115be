"""Prints what pip itself reads from requirement files, as JSON.

usage: requirements.py FOLDER...   each folder holds a requirements.txt, which may include others

Of every folder: {"requirements": [...]} with all that pip would install or constrain, or {"error": "..."} where pip
refuses the file. Versions and names are given in their canonical forms; markers as what they evaluate to on Python 3.8,
3.11 and 3.12 on Linux, since their texts differ between versions of pip.
"""

import json
import os
import sys

from pip._internal.exceptions import InstallationError
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
from pip._vendor.packaging.utils import canonicalize_name
from pip._vendor.packaging.version import InvalidVersion, Version

PYTHONS = ["3.8", "3.11", "3.12"]


def specifier(one):
    try:
        return f"{one.operator}{Version(one.version)}"
    except InvalidVersion:
        if one.version.endswith(".*"):
            return f"{one.operator}{Version(one.version[:-2])}.*"
        return str(one)


def holds(markers, python):
    if markers is None:
        return True
    environment = {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.99",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.99",
        "python_version": python,
        "sys_platform": "linux",
        "extra": "",
    }
    return markers.evaluate(environment)


def read(folder):
    os.chdir(folder)
    found = []
    try:
        for parsed in parse_requirements("requirements.txt", session=PipSession()):
            install = install_req_from_parsed_requirement(parsed)
            requirement = install.req
            url = getattr(requirement, "url", None) or (install.link and install.link.url)
            specifiers = [] if requirement is None or url else [specifier(one) for one in requirement.specifier]
            found.append(
                {
                    "name": canonicalize_name(requirement.name) if requirement else "",
                    "extras": sorted(canonicalize_name(extra) for extra in install.extras),
                    "versions": sorted(set(specifiers)),
                    "is_link": bool(url),
                    "holds": [holds(install.markers, python) for python in PYTHONS],
                    "constraint": bool(install.constraint),
                    "hashed": bool(install.hash_options),
                }
            )
    except (InstallationError, SystemExit, ValueError, RecursionError, AssertionError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"requirements": found}


if __name__ == "__main__":
    print(json.dumps([read(folder) for folder in sys.argv[1:]]))
