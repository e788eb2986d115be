"""A Django project with git, and a session of an editor on it."""

import os
import subprocess

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

BINARY = os.environ["BKLOG_LINT_TEST_BINARY"]

FILES = {
    "manage.py": "import django\nfrom django.core.management import execute_from_command_line\n",
    "requirements.txt": "Django==4.2.22\n",
    "field_library.csv": "name,why,wrong\ngoods_no,number,sku\n",
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\n\n\nclass Box(models.Model):\n"
    '    sku = models.CharField(max_length=9, default="")\n',
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": "from django.db import migrations, models\n\n\n"
    "class Migration(migrations.Migration):\n    initial = True\n    operations = [\n"
    '        migrations.CreateModel("Box", [("id", models.AutoField(primary_key=True))]),\n    ]\n',
}


@pytest.fixture
def project(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for line in ("init -q -b main", "add -A", "-c user.name=t -c user.email=t@example.com commit -qm first"):
        subprocess.run(["git", *line.split()], cwd=tmp_path, check=True)
    return tmp_path.resolve()


@pytest_lsp.fixture(
    params=["visual_studio_code", "neovim"],
    config=ClientServerConfig(server_command=[BINARY, "lsp"]),
)
async def client(request, lsp_client: LanguageClient, project):
    folder = types.WorkspaceFolder(uri=project.as_uri(), name="project")
    params = types.InitializeParams(
        capabilities=client_capabilities(request.param), workspace_folders=[folder]
    )

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams):
        assert [one.method for one in params.registrations] == ["workspace/didChangeWatchedFiles"]

    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()
    server = lsp_client._server
    await server.wait()
    assert server.returncode == 0, "an orderly end"
