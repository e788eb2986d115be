"""The labelled cases of fixtures/compare: reads the pages and writes them out as small Django projects with a git history.

A page is one project; each `## case` is an app of it, or a project of its own where a fence says `alone`. A fence is a file:

    ```python 0002 fault=KIND migrate=1062      a migration of the app; a body of operations alone is wrapped
    ```python path=models.py                    any other file of the app; with `project`, of the project

`fault=KIND` or `harmless=KIND` marks the file that is judged. `# <- fault` marks its lines and is taken out, so that no
program reads it. `base` puts a file into the commit before; 0001 always is. `postgres=fault` says that the same change is a
fault on PostgreSQL. The other words and the SQL fences are the proof: see proof.py. What stands before the first case holds
for every case of the page that does not say otherwise. `{app}` is the name of the app.
"""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

MARK = re.compile(r"\s*(# <- fault|\{# <- fault #\})")
WRAPPED = '''from django.db import migrations{models}


class Migration(migrations.Migration):
{head}
    operations = [
{body}
    ]
'''
SETTINGS = '''import os

from config.default import *  # noqa

SECRET_KEY = "of a fixture"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
{apps}] + [app for app in os.environ.get("COMPARE_APPS", "").split(",") if app]
DATABASES = {{
    "default": {{
        "ENGINE": os.environ.get("COMPARE_ENGINE", "django.db.backends.mysql"),
        "NAME": os.environ.get("COMPARE_DATABASE", "{database}"),
        "USER": "root",
        "OPTIONS": {{"unix_socket": os.environ["COMPARE_SOCKET"]}} if "COMPARE_SOCKET" in os.environ else {{}},
    }}
}}
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
'''
MANAGE = '''import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
'''
DRIVER = '''try:
    import pymysql

    pymysql.version_info = (2, 2, 1, "final", 0)
    pymysql.install_as_MySQLdb()
except ImportError:
    pass
'''


@dataclass
class Fence:
    """A fenced block: its language, bare words, `key=value` words, and text."""

    language: str
    words: list
    values: dict
    text: str


@dataclass
class Case:
    """One question to every program: is something wrong with `path`?"""

    page: str
    name: str
    project: str
    app: str
    path: str
    kind: str
    fault: bool
    on_postgres: bool
    lines: list
    proof: dict
    fences: list = field(repr=False, default_factory=list)


def read_pages(folder):
    """All cases of a folder, in the order of the pages and of the cases in them."""
    cases = []
    for page in sorted(Path(folder).glob("*.md")):
        if page.name != "README.md":
            cases += read_page(page.stem, page.read_text("utf-8"))
    return cases


def read_page(page, text):
    """The cases of one page. Raises ValueError for a page that does not hold what it should."""
    common, *sections = re.split(r"^## ", text, flags=re.M)
    defaults = fences_of(common)
    return [read_case(page, section, defaults) for section in sections]


def fences_of(text):
    """The fences of a text; their info strings taken apart."""
    fences = []
    for info, body in re.findall(r"^```(\S+ [^\n]*)\n(.*?)^```$", text, flags=re.M | re.S):
        language, *words = info.split()
        values = dict(word.split("=", 1) for word in words if "=" in word)
        fences.append(Fence(language, [word for word in words if "=" not in word], values, body))
    return fences


def place(fence, app):
    """Where the file of a fence stands below the project, or None for a proof."""
    if "path" in fence.values:
        path = fence.values["path"].replace("{app}", app)
        return path if "project" in fence.words else f"{app}/{path}"
    for number, name in (("0001", "initial"), ("0002", "next")):
        if number in fence.words:
            return f"{app}/migrations/{number}_{name}.py"
    return None


def slot(fence, app):
    """What a fence of a case replaces among those of its page: a file, or a proof of the same name."""
    return place(fence, app) or fence.words[:1] or sorted(fence.values)[:1]


def read_case(page, section, defaults):
    name, _, body = section.partition("\n")
    name = name.strip()
    app = name.replace("-", "_")
    own = fences_of(body)
    judged = [fence for fence in own if "fault" in fence.values or "harmless" in fence.values]
    if len(judged) != 1:
        raise ValueError(f"{page}: {name}: one fence is judged, here are {len(judged)}")
    [judged] = judged
    # A judged 0001 is an edited one: the page's own is what was merged.
    replaced = [] if "0001" in judged.words else [slot(fence, app) for fence in own]
    fences = [fence for fence in defaults if slot(fence, app) not in replaced] + own
    alone = any("alone" in fence.words for fence in own)
    marks = [at for at, line in enumerate(source(judged, app, place(judged, app)).splitlines(), 1) if MARK.search(line)]
    fault = "fault" in judged.values
    if fault != bool(marks):
        raise ValueError(f"{page}: {name}: a fault has marked lines and nothing else has")
    return Case(
        page=page,
        name=name,
        project=f"{page}-{name}" if alone or page == "graph" else page,
        app=app,
        path=place(judged, app),
        kind=judged.values["fault"] if fault else judged.values["harmless"],
        fault=fault,
        on_postgres=fault or judged.values.get("postgres") == "fault",
        lines=marks,
        proof={key: value for key, value in judged.values.items() if key in PROOFS},
        fences=fences,
    )


PROOFS = ("migrate", "again", "back", "old", "after", "watch", "online", "check")


def source(fence, app, path):
    """The text of a fence as a file, marks included."""
    text = fence.text
    operations = fence.language == "python" and "/migrations/" in path and "migrations." in text
    if operations and "class Migration" not in text:
        first = path.rsplit("/", 1)[-1].startswith("0001")
        own = path.split("/", 1)[0]
        head = "    initial = True\n    dependencies = []\n" if first else f'    dependencies = [("{own}", "0001_initial")]\n'
        body = "\n".join(" " * 8 + line if line else line for line in text.rstrip("\n").splitlines())
        models = ", models" if "models." in body else ""
        text = WRAPPED.format(models=models, head=head, body=body)
    return text.replace("{app}", app)


def write_out(cases, folder):
    """Writes every project below `folder`: branch `main` holds what was merged, branch `change` what is judged."""
    projects = {}
    for case in cases:
        projects.setdefault(case.project, []).append(case)
    for name, members in projects.items():
        root = Path(folder) / name
        root.mkdir(parents=True)
        git(root, "init", "--quiet", "--initial-branch=main")
        base, change = project_files(name, members)
        write(root, base)
        commit(root, "What was merged")
        git(root, "switch", "--quiet", "--create", "change")
        write(root, change)
        commit(root, "What is judged")
    return projects


def project_files(name, members):
    """The files of a project: those that were merged, and those that the change brings."""
    base, change, apps = {}, {}, []
    for case in members:
        for fence in case.fences:
            path = place(fence, case.app)
            if path is None:
                continue
            text = "\n".join(MARK.sub("", line) for line in source(fence, case.app, path).splitlines()) + "\n"
            judged = "fault" in fence.values or "harmless" in fence.values
            merged = "base" in fence.words or ("0001" in fence.words and not judged)
            (base if merged else change)[path] = text
        apps.append(case.app)
    for path in list(base) + list(change):
        package, _, rest = path.partition("/")
        if rest.startswith("migrations/"):
            apps += [package] if package not in apps else []
            base.setdefault(f"{package}/__init__.py", "")
            base.setdefault(f"{package}/migrations/__init__.py", "")
    base["manage.py"] = MANAGE
    base["config/__init__.py"] = DRIVER
    base.setdefault("config/default.py", 'LANGUAGE_CODE = "en"\n')
    listed = "".join(f'    "{app}",\n' for app in sorted(set(apps)))
    base["config/settings.py"] = SETTINGS.format(apps=listed, database=name.replace("-", "_"))
    base["requirements.txt"] = "Django==4.2.30\nPyMySQL==1.1.2\n"
    base["bklog-lint.toml"] = '[database]\nserver = "mariadb-10.11"\n'
    return base, change


def write(root, files):
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def commit(root, message):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)


def git(root, *arguments):
    identity = ("-c", "user.name=compare", "-c", "user.email=compare@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True)
