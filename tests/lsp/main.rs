//! The language server, spoken to as an editor does.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod client;

use bklog_lint::lsp::Ending;
use lsp_types::Url;
use serde_json::{Value, json};

use client::{Client, Disk};

/// A new migration with a wrong field name.
const SECOND: &str = "from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [(\"shop\", \"0001_initial\")]
    operations = [
        # 名称 😀
        migrations.AddField(\"box\", \"sku\", models.CharField(max_length=9, default=\"\")),
    ]
";

const MODELS: &str = "from django.db import models


class Box(models.Model):
    sku = models.CharField(max_length=9, default=\"\")
";

const PATH: &str = "shop/migrations/0002_sku.py";

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|one| one["code"].as_str().unwrap_or_default()).collect()
}

fn at(uri: &Url, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

fn actions(client: &mut Client, uri: &Url, line: u32) -> Vec<Value> {
    let position = json!({ "line": line, "character": 40 });
    let range = json!({ "start": position, "end": position });
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
    let result = client.ask("textDocument/codeAction", params).result.unwrap();
    result.as_array().cloned().unwrap_or_default()
}

#[test]
fn a_session_begins_and_ends_as_the_protocol_wants() {
    let disk = Disk::project();
    let mut client =
        Client::begin(&[&disk.top], json!({ "general": { "positionEncodings": ["utf-16", "utf-8"] } }));
    insta::assert_json_snapshot!("capabilities", client.begun["capabilities"]);
    assert_eq!(client.begun["serverInfo"]["name"], "bklog-lint");
    let refused = client.ask("textDocument/rename", json!({})).error.unwrap();
    assert_eq!(refused.code, -32601);
    assert_eq!(client.ask("textDocument/hover", json!({ "a": 1 })).error.unwrap().code, -32602);
    assert_eq!(client.ask("shutdown", Value::Null).result, Some(Value::Null));
    assert_eq!(client.ask("textDocument/hover", json!({})).error.unwrap().code, -32600);
    assert_eq!(client.leave(), Ending::Orderly);
    assert_eq!(Client::begin(&[], json!({})).leave(), Ending::Abrupt);
    assert_eq!(Client::begin(&[], json!({})).vanish(), Ending::Abrupt);
}

#[test]
fn unsaved_buffers_are_judged() {
    let disk = Disk::project();
    let mut client = Client::begin(&[&disk.top], json!({}));
    assert_eq!(client.begun["capabilities"]["positionEncoding"], "utf-16");
    let uri = disk.uri(PATH);
    // The file is on no disk yet.
    client.open(&uri, SECOND);
    let found = client.diagnostics(&uri, |all| !all.is_empty());
    insta::assert_json_snapshot!("diagnostics", found);
    client.change(&uri, 2, &SECOND.replace("\"sku\"", "\"goods_no\""));
    client.diagnostics(&uri, |all| all.is_empty());
    // A part alone, counted in UTF-16: behind the comment with its pair of surrogates.
    let position = |line: u32, character: u32| json!({ "line": line, "character": character });
    let range = json!({ "start": position(7, 36), "end": position(7, 44) });
    let change = json!([
        { "range": { "start": position(6, 13), "end": position(6, 15) }, "text": "b" },
        { "range": range, "text": "sku" },
    ]);
    client.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 3 }, "contentChanges": change }),
    );
    let found = client.diagnostics(&uri, |all| !all.is_empty());
    assert_eq!(codes(&found), ["NAM001"]);
    assert_eq!(found[0]["range"]["start"], position(7, 35));
    // Closed, it is as on disk: not there.
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    client.diagnostics(&uri, |all| all.is_empty());
    assert_eq!(client.end(), Ending::Orderly);
}

#[test]
fn a_file_without_a_folder_is_judged_in_its_project() {
    let disk = Disk::project();
    disk.write(PATH, SECOND);
    let mut client = Client::begin(&[], json!({}));
    let uri = disk.uri(PATH);
    client.open(&uri, SECOND);
    assert_eq!(codes(&client.diagnostics(&uri, |all| !all.is_empty())), ["NAM001"]);
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    client.diagnostics(&uri, |all| all.is_empty());
    client.open(&"untitled:Untitled-1".parse().unwrap(), "x = 1\n");
    assert_eq!(client.end(), Ending::Orderly);
}

#[test]
fn hover_shows_the_rule_and_the_sql() {
    let disk = Disk::project();
    let mut client = Client::begin_with(json!({
        "capabilities": {},
        "locale": "zh-cn",
        "workspaceFolders": [{ "uri": disk.uri(""), "name": "a" }],
    }));
    let uri = disk.uri(PATH);
    client.open(&uri, SECOND);
    client.diagnostics(&uri, |all| !all.is_empty());
    let hover = |client: &mut Client, line, character| {
        let result = client.ask("textDocument/hover", at(&uri, line, character)).result.unwrap();
        result["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let on_name = hover(&mut client, 7, 37);
    assert!(on_name.contains("ALTER TABLE `shop_box` ADD COLUMN `sku`"), "{on_name}");
    assert!(on_name.contains("NAM001 field-name") && on_name.contains("检查什么"), "{on_name}");
    let on_operation = hover(&mut client, 7, 12);
    insta::assert_snapshot!("hover_on_an_operation", on_operation);
    let on_class = hover(&mut client, 3, 8);
    assert!(on_class.contains("ADD COLUMN"), "{on_class}");
    assert_eq!(hover(&mut client, 0, 0), "");
    assert_eq!(client.end(), Ending::Orderly);
}

#[test]
fn actions_fix_and_accept() {
    let disk = Disk::project();
    disk.write("shop/models.py", MODELS);
    let abilities = json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } });
    let mut client = Client::begin(&[&disk.top], abilities);
    let uri = disk.uri(PATH);
    client.open(&uri, SECOND);
    client.diagnostics(&uri, |all| !all.is_empty());
    let all = actions(&mut client, &uri, 7);
    let text = serde_json::to_string_pretty(&all).unwrap().replace(disk.uri("").as_str(), "[TOP]/");
    insta::assert_snapshot!("code_actions", text);
    assert!(actions(&mut client, &uri, 3).is_empty());
    // The comment is obeyed.
    let edit = &all[1]["edit"]["documentChanges"][0]["edits"][0];
    let at = |key: &str| edit["range"]["start"][key].as_u64().unwrap() as usize;
    assert_eq!(at("character"), 0);
    let mut lines: Vec<&str> = SECOND.split_inclusive('\n').collect();
    lines.insert(at("line"), edit["newText"].as_str().unwrap());
    client.change(&uri, 2, &lines.concat());
    // Until it is judged anew nothing is offered for the text of before.
    assert!(actions(&mut client, &uri, 7).is_empty());
    client.diagnostics(&uri, |all| all.is_empty());
    assert_eq!(client.end(), Ending::Orderly);
}

#[test]
fn a_broken_configuration_is_said_and_listed() {
    let disk = Disk::project();
    disk.write("bklog-lint.toml", "fail-on = \"warning\"\nexclud = []\n");
    let mut client = Client::begin(
        &[&disk.top],
        json!({
            "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
        }),
    );
    client.next("client/registerCapability", |params| {
        params["registrations"][0]["method"] == "workspace/didChangeWatchedFiles"
    });
    let message = client.next("window/showMessage", |_| true);
    assert_eq!(message["type"], 1);
    assert!(message["message"].as_str().unwrap().contains("did you mean `exclude`?"), "{message}");
    let uri = disk.uri("bklog-lint.toml");
    let found = client.diagnostics(&uri, |all| !all.is_empty());
    assert_eq!(found[0]["range"]["start"], json!({ "line": 1, "character": 0 }));
    // Mended, it is gone, and the project is judged.
    disk.write(PATH, SECOND);
    disk.write("bklog-lint.toml", "exclude = []\n");
    let changed = json!({ "changes": [{ "uri": uri, "type": 2 }] });
    client.tell("workspace/didChangeWatchedFiles", changed);
    client.diagnostics(&uri, |all| all.is_empty());
    client.diagnostics(&disk.uri(PATH), |all| codes(all) == ["NAM001"]);
    let told = client.came().iter().filter(|message| format!("{message:?}").contains("showMessage")).count();
    assert_eq!(told, 0, "said once");
    assert_eq!(client.end(), Ending::Orderly);
}

#[test]
fn folders_come_and_go() {
    let (one, two) = (Disk::project(), Disk::project());
    one.write(PATH, SECOND);
    two.write(PATH, SECOND);
    let mut client = Client::begin(&[&one.top, &two.top], json!({}));
    client.diagnostics(&one.uri(PATH), |all| codes(all) == ["NAM001"]);
    client.diagnostics(&two.uri(PATH), |all| codes(all) == ["NAM001"]);
    let event = json!({ "added": [], "removed": [{ "uri": two.uri(""), "name": "two" }] });
    client.tell("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    client.diagnostics(&two.uri(PATH), |all| all.is_empty());
    let event = json!({ "added": [{ "uri": two.uri(""), "name": "two" }], "removed": [] });
    client.tell("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    client.diagnostics(&two.uri(PATH), |all| codes(all) == ["NAM001"]);
    assert_eq!(client.end(), Ending::Orderly);
}

#[test]
fn every_question_is_answered_once_cancelled_or_not() {
    let disk = Disk::project();
    let mut client = Client::begin(&[&disk.top], json!({}));
    let uri = disk.uri(PATH);
    client.open(&uri, SECOND);
    client.diagnostics(&uri, |all| !all.is_empty());
    let ids: Vec<_> = (0..20).map(|_| client.send("textDocument/hover", at(&uri, 7, 37))).collect();
    for id in &ids {
        let number: i32 = id.to_string().parse().unwrap();
        client.tell("$/cancelRequest", json!({ "id": number }));
    }
    let mut cancelled = 0;
    for id in &ids {
        match client.response(id).error {
            Some(error) => {
                assert_eq!(error.code, -32800);
                cancelled += 1;
            }
            None => continue,
        }
    }
    assert!(cancelled > 0, "the last of twenty is not answered before its cancellation is read");
    // Nothing came twice.
    client.ask("textDocument/hover", at(&uri, 7, 37));
    let again = client.came().iter().filter(|message| matches!(message, lsp_server::Message::Response(_)));
    assert_eq!(again.count(), 0);
    assert_eq!(client.end(), Ending::Orderly);
}
