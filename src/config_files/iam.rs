//! `support-files/iam/*.json`: operations by which a system registers its resource types, instance selections and
//! actions with BlueKing's access centre.

use std::sync::Arc;

use super::document::{Document, Node};
use crate::source::Span;

/// One file of operations.
#[derive(Debug, Clone)]
pub struct IamModel {
    /// The file.
    pub document: Document,
    /// The system whose model it is.
    pub system: Option<Arc<str>>,
    /// What its name says of it.
    pub role: Role,
    /// What it registers or updates, in order.
    pub registered: Vec<Registered>,
    /// What it takes away.
    pub deleted: Vec<(What, Arc<str>)>,
}

/// What a file is for, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `initial.json`, `0003_initial.json`, and numbered additions to it.
    Forward,
    /// `legacy.json`: what an old release registered.
    Legacy,
    /// `rollback.json`: what is registered again when the release is taken back.
    Rollback,
}

/// A thing that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its kind.
    pub what: What,
    /// Its id.
    pub id: Arc<str>,
    /// Its name for people.
    pub name: Arc<str>,
    /// Where its id stands.
    pub span: Span,
}

/// Kinds of things that are registered under an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the access centre's own terms
pub enum What {
    ResourceType,
    InstanceSelection,
    Action,
}

impl What {
    const ALL: [Self; 3] = [Self::ResourceType, Self::InstanceSelection, Self::Action];

    /// The word in the name of an operation: `upsert_action`.
    pub fn key(self) -> &'static str {
        match self {
            Self::ResourceType => "resource_type",
            Self::InstanceSelection => "instance_selection",
            Self::Action => "action",
        }
    }
}

impl IamModel {
    /// Reads the model from a document.
    pub fn new(document: Document) -> Self {
        let name = document.text.path.rsplit('/').next().unwrap_or_default();
        let role = match name {
            _ if name.contains("rollback") => Role::Rollback,
            _ if name.contains("legacy") => Role::Legacy,
            _ => Role::Forward,
        };
        let root = document.root();
        let system = root.and_then(|root| root.get("system_id")).and_then(Node::as_str).map(Arc::from);
        let (mut registered, mut deleted) = (Vec::new(), Vec::new());
        let operations = root.and_then(|root| root.get("operations")).map(Node::elements).unwrap_or_default();
        for operation in operations {
            let Some((verb, what)) = operation.get("operation").and_then(Node::as_str).and_then(of_operation)
            else {
                continue;
            };
            let data = operation.get("data");
            let all = data.into_iter().chain(data.map(Node::elements).unwrap_or_default());
            for (id, node) in all.filter_map(|data| Some((data.get("id")?, data))) {
                let (Some(text), span) = (id.as_str(), id.span) else { continue };
                if verb == "delete" {
                    deleted.push((what, text.into()));
                } else {
                    let name = node.get("name").and_then(Node::as_str).unwrap_or_default().into();
                    registered.push(Registered { what, id: text.into(), name, span });
                }
            }
        }
        Self { system, role, registered, deleted, document }
    }

    /// The folder of the file, whose files go together.
    pub fn folder(&self) -> &str {
        self.document.text.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// `upsert_action` as verb and kind.
fn of_operation(name: &str) -> Option<(&str, What)> {
    let (verb, what) = name.split_once('_')?;
    let what = What::ALL.into_iter().find(|kind| kind.key() == what)?;
    matches!(verb, "upsert" | "add" | "update" | "delete").then_some((verb, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceText;

    #[test]
    fn registrations_and_deletions() {
        let text = r#"{"system_id": "shop", "operations": [
            {"operation": "upsert_system", "data": {"id": "shop"}},
            {"operation": "upsert_action", "data": {"id": "view_order", "name": "查看订单", "related_actions": ["x"]}},
            {"operation": "upsert_action_groups", "data": [{"name": "g", "actions": [{"id": "view_order"}]}]},
            {"operation": "add_resource_type", "data": [{"id": "order"}, {"id": "cart"}]},
            {"operation": "delete_action", "data": {"id": "old"}}]}"#;
        let text = SourceText::decode_plain("support-files/iam/0002_initial.json".into(), text.as_bytes());
        let model = IamModel::new(Document::json(Arc::new(text.unwrap())));
        assert_eq!((model.system.as_deref(), model.role), (Some("shop"), Role::Forward));
        let ids: Vec<(&str, &str)> =
            model.registered.iter().map(|one| (one.what.key(), one.id.as_ref())).collect();
        assert_eq!(ids, [("action", "view_order"), ("resource_type", "order"), ("resource_type", "cart")]);
        assert_eq!(model.deleted, [(What::Action, "old".into())]);
        assert_eq!(model.folder(), "support-files/iam");
    }
}
