"""What a person sees who writes a migration in an editor."""

import asyncio
import time

import pytest
from lsprotocol import types

PATH = "shop/migrations/0002_sku.py"
TEXT = '''from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        # 名称 😀
        migrations.AddField("box", "sku", models.CharField(max_length=9, default="")),
    ]
'''
LINE = 7


def document(uri):
    return types.TextDocumentIdentifier(uri=uri)


def open_file(client, uri, text):
    item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))


def change(client, uri, version, text):
    whole = types.TextDocumentContentChangeWholeDocument(text=text)
    identifier = types.VersionedTextDocumentIdentifier(uri=uri, version=version)
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(text_document=identifier, content_changes=[whole])
    )


async def found(client, uri, wanted):
    """What NAM001 finds in a file, once it is there, or once it is gone."""
    end = time.monotonic() + 60
    while True:
        all_found = [one for one in client.diagnostics.get(uri, []) if one.code == "NAM001"]
        if bool(all_found) == wanted and uri in client.diagnostics:
            return all_found
        assert time.monotonic() < end, client.diagnostics
        await asyncio.sleep(0.05)


def edited(text, edits):
    """The text with edits made, counted as the session counts: characters here are in the basic plane but one."""
    lines = text.split("\n")

    def byte(position):
        before = "\n".join(lines[: position.line]) + ("\n" if position.line else "")
        units = lines[position.line].encode("utf-16-le")[: position.character * 2]
        return len(before) + len(units.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        text = text[: byte(edit.range.start)] + edit.new_text + text[byte(edit.range.end) :]
    return text


def edits_of(action):
    if action.edit.document_changes:
        return {one.text_document.uri: one.edits for one in action.edit.document_changes}
    return action.edit.changes


@pytest.mark.asyncio
async def test_a_migration_is_written_fixed_and_saved(client, project):
    uri = (project / PATH).as_uri()
    open_file(client, uri, TEXT)
    [name] = await found(client, uri, True)
    assert name.source == "bklog-lint" and name.severity == types.DiagnosticSeverity.Error
    assert name.code_description.href.endswith("/rules/naming/field-name.md")
    assert name.range.start.line == LINE

    hover = await client.text_document_hover_async(
        types.HoverParams(text_document=document(uri), position=types.Position(line=LINE, character=36))
    )
    assert hover.contents.kind == types.MarkupKind.Markdown
    assert "ALTER TABLE `shop_box` ADD COLUMN `sku`" in hover.contents.value
    assert "What it checks" in hover.contents.value and "ALGORITHM=" in hover.contents.value

    actions = await client.text_document_code_action_async(
        types.CodeActionParams(
            text_document=document(uri),
            range=name.range,
            context=types.CodeActionContext(diagnostics=[name]),
        )
    )
    fix, accept = [action for action in actions if action.diagnostics[0].code == "NAM001"]
    assert fix.is_preferred and "goods_no" in fix.title
    assert "ignore[NAM001]" in edits_of(accept)[uri][0].new_text
    model = (project / "shop/models.py").as_uri()
    assert set(edits_of(fix)) == {uri, model}
    text = edited(TEXT, edits_of(fix)[uri])
    assert '"goods_no"' in text and '"sku"' not in text
    models = project / "shop/models.py"
    models.write_text(edited(models.read_text(), edits_of(fix)[model]))
    assert "goods_no = models.CharField" in models.read_text()
    change(client, uri, 2, text)
    (project / PATH).write_text(text)
    client.text_document_did_save(types.DidSaveTextDocumentParams(text_document=document(uri)))
    await found(client, uri, False)


@pytest.mark.asyncio
async def test_typing_is_never_blocked(client, project):
    uri = (project / PATH).as_uri()
    open_file(client, uri, TEXT)
    await found(client, uri, True)
    # Two hundred keys, each a version of its own, and a question in between: answered at once, judged once.
    for version in range(2, 202):
        change(client, uri, version, TEXT + "#" * version + "\n")
    began = time.monotonic()
    await client.text_document_hover_async(
        types.HoverParams(text_document=document(uri), position=types.Position(line=0, character=0))
    )
    assert time.monotonic() - began < 5
    change(client, uri, 202, TEXT.replace('"sku"', '"goods_no"'))
    await found(client, uri, False)
