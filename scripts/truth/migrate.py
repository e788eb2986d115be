"""Lets Django itself migrate a project on a real server.

usage: migrate.py PROJECT SETTINGS SOCKET USER DATABASE [ARGUMENT OF migrate...]

The settings of the project count except for DATABASES and what logs. The exit code is that of `manage.py migrate`.
"""

import os
import sys

import pymysql

pymysql.version_info = (2, 2, 4, "final", 0)
pymysql.install_as_MySQLdb()

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError


def main(project, module, socket, user, database, *words):
    sys.path.insert(0, os.path.abspath(project))
    sys.dont_write_bytecode = True
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    settings.SECRET_KEY = "only for tests"
    settings.DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "NAME": database,
            "USER": user,
            "PASSWORD": "",
            "OPTIONS": {"unix_socket": socket, "charset": "utf8mb4"},
        }
    }
    django.setup()
    try:
        call_command("migrate", *words, interactive=False, verbosity=1, skip_checks=True)
    except (CommandError, DatabaseError) as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")


main(*sys.argv[1:])
