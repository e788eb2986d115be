//! Places that can be changed: `x += …`, `x.append(…)`, `x["k"] = …`, `Migration.operations.extend(…)`, `del x`.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{Arg, ArgKind, Expr, Reason, Value};
use super::alias::shared_collection;
use super::operator::{is_exact, is_scalar};
use super::scope::Slot;
use super::statement::is_mutable;
use super::{Evaluator, unknown};

/// Methods that change a list, set or dictionary.
const CHANGES: [&str; 14] = [
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "clear",
    "sort",
    "reverse",
    "update",
    "setdefault",
    "add",
    "discard",
    "popitem",
    "appendleft",
];

/// How many subscripts of a place are followed.
const MAX_PATH: usize = 6;

impl<'t> Evaluator<'t> {
    /// The slot that an expression stands for: a name, or an attribute of a class of this module.
    pub(super) fn place_slot(&mut self, node: Node<'t>) -> Option<Slot> {
        match kind(node) {
            Kind::Identifier => self.environment.slot(self.source(node)),
            Kind::Attribute => {
                let [object, name] = self.children(node)[..] else {
                    return None;
                };
                let slot = (kind(object) == Kind::Identifier)
                    .then(|| self.environment.slot(self.source(object)))??;
                match &self.environment.get(slot).value {
                    Value::Class(class) => self.class_attribute(class, self.source(name), 0).or_else(|| {
                        let scope = self.class_scope(class)?;
                        self.environment.slot_in(scope, self.source(name))
                    }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The name at the root of a place: `x` of `x.a["k"].b`.
    fn root_slot(&mut self, node: Node<'t>) -> Option<Slot> {
        let mut at = node;
        loop {
            if let Some(slot) = self.place_slot(at) {
                return Some(slot);
            }
            at = match kind(at) {
                Kind::Attribute | Kind::Subscript | Kind::Call | Kind::ParenthesizedExpression => {
                    *self.children(at).first()?
                }
                _ => return None,
            };
        }
    }

    /// A call as a statement. Of interest are changes of collections; any other call may change what it is given.
    pub(super) fn call_statement(&mut self, node: Node<'t>) {
        let (Some(function), Some(arguments)) =
            (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
        else {
            return;
        };
        if kind(function) == Kind::Attribute
            && let [object, name] = self.children(function)[..]
        {
            let method = self.source(name);
            if CHANGES.contains(&method) {
                let args = self.arguments(arguments);
                if self.is_own_namespace(object) {
                    self.change_own_names(method, &args, node);
                    return;
                }
                self.note_place_written(object);
                self.change(object, method, args, node);
                return;
            }
        }
        if self.source(function) == "setattr"
            && let [module, key, value] = self.children(arguments)[..]
            && self.is_own_namespace(module)
        {
            let (key, value) = (self.expression(key), self.expression(value));
            self.write_own_name(&key, value, node);
            return;
        }
        for argument in self.children(arguments) {
            if kind(argument) == Kind::Call && self.is_own_namespace(argument) {
                self.dynamic_writes.push(span(node));
            }
            let value = if kind(argument) == Kind::KeywordArgument {
                argument.child_by_field_name("value").unwrap_or(argument)
            } else {
                argument
            };
            if let Some(slot) = self.place_slot(value) {
                self.taint(slot, node);
            }
        }
    }

    /// After `object.method(args)`.
    fn change(&mut self, object: Node<'t>, method: &str, args: Vec<Arg>, node: Node<'t>) {
        let place = match self.place_slot(object) {
            Some(slot) => Some((slot, Vec::new())),
            None => self.place_path(object),
        };
        match place {
            Some((slot, path)) => {
                self.change_at(slot, &path, node, &mut |this, value| {
                    this.changed(value, method, &args, node)
                });
            }
            None => {
                if let Some(slot) = self.root_slot(object) {
                    self.taint(slot, node);
                }
            }
        }
    }

    /// Changes the part of a slot's value that `path` leads to. In a program, other names for the same collection see
    /// the change.
    fn change_at(
        &mut self,
        slot: Slot,
        path: &[Expr],
        node: Node<'t>,
        change: &mut dyn FnMut(&mut Self, Expr) -> Expr,
    ) {
        let at = self.environment.get(slot).span;
        let whole = std::mem::replace(&mut self.environment.get_mut(slot).value, Value::None);
        let mut shared = Vec::new();
        let after = self.changed_below(Expr { span: at, value: whole }, path, node, &mut |this, value| {
            let before = this.world.and_then(|_| shared_collection(&value.value));
            let after = change(this, value);
            if let Some(before) = before {
                shared.push((before, after.value.clone()));
            }
            after
        });
        self.environment.get_mut(slot).value = after.value;
        for (before, after) in shared {
            self.replace_everywhere(&before, &after);
        }
    }

    fn changed_below(
        &mut self,
        whole: Expr,
        path: &[Expr],
        node: Node<'t>,
        change: &mut dyn FnMut(&mut Self, Expr) -> Expr,
    ) -> Expr {
        if matches!(whole.value, Value::Either(_)) {
            return self.each(whole, &mut |this, each| this.changed_below(each, path, node, change));
        }
        let Some((key, rest)) = path.split_first() else {
            return change(self, whole);
        };
        let Expr { span, mut value } = whole;
        let part = entry_mut(&mut value, key)
            .map(|part| std::mem::replace(part, Expr { span: part.span, value: Value::None }));
        let Some(part) = part else {
            return tainted(Expr { span, value }, self.computed(node));
        };
        let after = self.changed_below(part, rest, node, change);
        if let Some(part) = entry_mut(&mut value, key) {
            *part = after;
        }
        Expr { span, value }
    }

    /// The value of a collection after a method changed it.
    fn changed(&mut self, value: Expr, method: &str, args: &[Arg], node: Node<'t>) -> Expr {
        let at = value.span;
        let positional: Option<Vec<&Expr>> =
            args.iter().map(|arg| (arg.kind == ArgKind::Positional).then_some(&arg.value)).collect();
        let copied = if is_mutable(&value.value) { 1 } else { 0 };
        if !self.spend(copied) {
            return unknown(at, Reason::TooLarge("work"));
        }
        let computed = self.computed(node);
        match (value.value, method, positional.as_deref()) {
            (Value::List(mut items), "append", Some([item])) => {
                self.pay_for_copy(&mut items);
                Arc::make_mut(&mut items).push((*item).clone());
                Expr { span: at, value: Value::List(items) }
            }
            (Value::Set(mut items), "add", Some([item])) => {
                self.pay_for_copy(&mut items);
                Arc::make_mut(&mut items).push((*item).clone());
                Expr { span: at, value: Value::Set(items) }
            }
            (Value::List(mut items), "extend", Some([more])) => {
                let more = self.iterate(more).unwrap_or_else(|| vec![computed]);
                self.pay_for_copy(&mut items);
                Arc::make_mut(&mut items).extend(more);
                Expr { span: at, value: Value::List(items) }
            }
            (Value::List(mut items), "insert", Some([index, item])) => {
                let length = items.len() as i64;
                let Value::Int(index) = index.value else {
                    return tainted(Expr { span: at, value: Value::List(items) }, computed);
                };
                let index = (if index < 0 { index + length } else { index }).clamp(0, length) as usize;
                if !self.spend(items.len()) {
                    return unknown(at, Reason::TooLarge("work"));
                }
                Arc::make_mut(&mut items).insert(index, (*item).clone());
                Expr { span: at, value: Value::List(items) }
            }
            (Value::List(mut items), "reverse", Some([])) if self.spend(items.len()) => {
                Arc::make_mut(&mut items).reverse();
                Expr { span: at, value: Value::List(items) }
            }
            (Value::List(_), "clear", Some([])) => Expr { span: at, value: Value::List(Arc::default()) },
            (Value::Dict(_), "clear", Some([])) => Expr { span: at, value: Value::Dict(Arc::default()) },
            (Value::List(mut items), "pop", Some(index)) if is_exact(&items) && self.spend(items.len()) => {
                let index = match index {
                    [] => items.len().checked_sub(1),
                    [index] => match index.value {
                        Value::Int(index) if index < 0 => {
                            items.len().checked_sub(index.unsigned_abs() as usize)
                        }
                        Value::Int(index) => usize::try_from(index).ok(),
                        _ => None,
                    },
                    _ => None,
                };
                match index.filter(|index| *index < items.len()) {
                    Some(index) => {
                        Arc::make_mut(&mut items).remove(index);
                        Expr { span: at, value: Value::List(items) }
                    }
                    None => tainted(Expr { span: at, value: Value::List(items) }, computed),
                }
            }
            (Value::Dict(mut entries), "update", _) => {
                let mut more = Vec::new();
                for arg in args {
                    match (&arg.kind, &arg.value.value) {
                        (ArgKind::Positional, Value::Dict(known)) => more.extend(known.iter().cloned()),
                        (ArgKind::Keyword(name), _) => {
                            let key = Expr { span: arg.value.span, value: Value::Str(name.clone()) };
                            more.push((key, arg.value.clone()));
                        }
                        _ => more.push((computed.clone(), computed.clone())),
                    }
                }
                if !self.spend(entries.len() + more.len()) {
                    return unknown(at, Reason::TooLarge("work"));
                }
                for (key, value) in more {
                    set_entry(Arc::make_mut(&mut entries), key, value);
                }
                Expr { span: at, value: Value::Dict(entries) }
            }
            (value @ (Value::List(_) | Value::Dict(_) | Value::Set(_)), ..) => {
                tainted(Expr { span: at, value }, computed)
            }
            // The known part is kept: the elements that are added to something unknown.
            (value, "append" | "extend" | "insert", Some([.., item])) => {
                let first = self.opaque(Expr { span: at, value }, node);
                let more = if method == "extend" {
                    self.iterate(item).unwrap_or_else(|| vec![computed])
                } else {
                    vec![(*item).clone()]
                };
                let items = std::iter::once(first).chain(more).collect();
                Expr { span: at, value: Value::List(Arc::new(items)) }
            }
            (value, ..) => Expr { span: at, value },
        }
    }

    /// Charges for the copy that changing a shared list makes.
    fn pay_for_copy(&mut self, items: &mut Arc<Vec<Expr>>) {
        if Arc::get_mut(items).is_none() {
            self.spend(items.len());
        }
    }

    /// `target operator= value`
    pub(super) fn augmented_assignment(&mut self, node: Node<'t>) {
        let (Some(target), Some(operator), Some(right)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("operator"),
            node.child_by_field_name("right"),
        ) else {
            return;
        };
        let operator = self.source(operator).trim_end_matches('=');
        let right_value = self.expression(right);
        self.note_place_written(target);
        let Some(slot) = self.place_slot(target) else {
            if let Some(slot) = self.root_slot(target) {
                self.taint(slot, node);
            } else if kind(target) == Kind::Identifier {
                let computed = self.computed(node);
                self.bind(self.source(target), computed);
            }
            return;
        };
        let own = match kind(target) {
            // In a class body, `x += …` with a module's `x` makes an attribute of its own, except that a list is the
            // same list.
            Kind::Identifier => self.environment.slot_in(self.environment.current(), self.source(target)),
            _ => Some(slot),
        };
        let mutable = is_mutable(&self.environment.get(slot).value);
        if own.is_none() || !mutable {
            let left = self.environment.get(slot).clone();
            let value = self.operate(left, operator, right_value.clone(), node);
            if mutable {
                self.environment.get_mut(slot).value = value.value.clone();
            }
            match kind(target) {
                Kind::Identifier if mutable => {
                    let name = Arc::from(self.source(target));
                    self.environment.bind(self.environment.current(), name, Some(slot));
                }
                Kind::Identifier => self.bind(self.source(target), value),
                _ => *self.environment.get_mut(slot) = value,
            }
            return;
        }
        // In place, so that a list that grows by one is not copied each time.
        let at = self.environment.get(slot).span;
        let shared = self.world.and_then(|_| shared_collection(&self.environment.get(slot).value));
        let left = std::mem::replace(&mut self.environment.get_mut(slot).value, Value::None);
        let right_value = match (&left, operator, &right_value.value) {
            // `list += iterable` takes any iterable.
            (Value::List(_), "+", Value::Tuple(items) | Value::Set(items)) => {
                Expr { span: right_value.span, value: Value::List(items.clone()) }
            }
            (Value::List(_), "+", Value::Dict(_) | Value::Str(_)) => {
                let items = self.iterate(&right_value).unwrap_or_else(|| vec![self.computed(right)]);
                Expr { span: right_value.span, value: Value::List(items.into()) }
            }
            _ => right_value,
        };
        let value = self.operate(Expr { span: at, value: left }, operator, right_value, node);
        if let Some(before) = shared {
            self.replace_everywhere(&before, &value.value);
        }
        self.environment.get_mut(slot).value = value.value;
    }

    /// `object.name = value`, `object[key] = value`
    pub(super) fn assign_place(&mut self, target: Node<'t>, value: Expr) {
        if kind(target) == Kind::Subscript
            && let [object, key] = self.children(target)[..]
            && self.is_own_namespace(object)
        {
            let key = self.expression(key);
            self.write_own_name(&key, value, target);
            return;
        }
        self.note_place_written(target);
        if let Some((slot, mut path)) = self.place_path(target)
            && let Some(key) = path.pop()
        {
            self.change_at(slot, &path, target, &mut |this, whole| {
                this.with_item(whole, &key, value.clone(), target)
            });
            return;
        }
        if kind(target) == Kind::Attribute
            && let [object, name] = self.children(target)[..]
            && let Some(slot) = self.place_slot(object)
        {
            if let Value::Class(class) = &self.environment.get(slot).value
                && let Some(scope) = self.class_scope(class)
            {
                let name = Arc::from(self.source(name));
                let slot = self.environment.store(value);
                self.environment.bind(scope, name, Some(slot));
            }
            return;
        }
        if let Some(slot) = self.root_slot(target) {
            self.taint(slot, target);
        }
    }

    /// The collection with one item set.
    fn with_item(&mut self, whole: Expr, key: &Expr, item: Expr, node: Node<'t>) -> Expr {
        let Expr { span, value: mut whole } = whole;
        let done = match &mut whole {
            Value::Dict(entries) if is_scalar(&key.value) => {
                if Arc::get_mut(entries).is_none() {
                    self.spend(entries.len());
                }
                set_entry(Arc::make_mut(entries), key.clone(), item);
                true
            }
            whole @ Value::List(_) => match entry_mut(whole, key) {
                Some(part) => {
                    *part = item;
                    true
                }
                None => false,
            },
            _ => false,
        };
        let whole = Expr { span, value: whole };
        if done { whole } else { tainted(whole, self.computed(node)) }
    }

    /// The collection and the keys of `name[key]`, and in a program of `name[key][key]…`.
    fn place_path(&mut self, node: Node<'t>) -> Option<(Slot, Vec<Expr>)> {
        let deepest = if self.world.is_some() { MAX_PATH } else { 1 };
        let mut keys = Vec::new();
        let mut at = node;
        while kind(at) == Kind::Subscript && keys.len() < deepest {
            let [object, key] = self.children(at)[..] else {
                return None;
            };
            keys.push(key);
            at = object;
        }
        if keys.is_empty() {
            return None;
        }
        // `globals()["NAME"][key]` is `NAME[key]`.
        let own = self.is_own_namespace(at).then(|| keys.pop()).flatten();
        let slot = match own {
            Some(name) => {
                let name = self.expression(name);
                self.environment.slot(name.as_str()?)
            }
            None => self.place_slot(at),
        }?;
        let mut path = Vec::with_capacity(keys.len());
        for key in keys.into_iter().rev() {
            let key = self.expression(key);
            if !is_scalar(&key.value) {
                return None;
            }
            path.push(key);
        }
        Some((slot, path))
    }

    /// Notes in a collection that something unknown may have changed it.
    pub(super) fn taint(&mut self, slot: Slot, node: Node<'t>) {
        if !is_mutable(&self.environment.get(slot).value) {
            return;
        }
        let computed = self.computed(node);
        let whole = self.environment.get_mut(slot);
        let before = std::mem::replace(&mut whole.value, Value::None);
        let after = tainted(Expr { span: whole.span, value: before }, computed);
        whole.value = after.value;
    }

    pub(super) fn delete(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            let targets =
                if kind(child) == Kind::ExpressionList { self.children(child) } else { vec![child] };
            for target in targets {
                if kind(target) == Kind::Identifier {
                    let name: Arc<str> = Arc::from(self.source(target));
                    self.environment.bind(self.environment.current(), name, None);
                } else if let Some(slot) = self.root_slot(target) {
                    self.taint(slot, node);
                }
            }
        }
    }
}

/// A collection with something unknown added.
fn tainted(value: Expr, mark: Expr) -> Expr {
    let span = value.span;
    let value = match value.value {
        Value::List(mut items) => {
            Arc::make_mut(&mut items).push(mark);
            Value::List(items)
        }
        Value::Set(mut items) => {
            Arc::make_mut(&mut items).push(mark);
            Value::Set(items)
        }
        Value::Dict(mut entries) => {
            Arc::make_mut(&mut entries).push((mark.clone(), mark));
            Value::Dict(entries)
        }
        Value::Either(all) => Value::Either(Arc::new(
            Arc::unwrap_or_clone(all).into_iter().map(|each| tainted(each, mark.clone())).collect(),
        )),
        other => other,
    };
    Expr { span, value }
}

/// The part of a list or dictionary under a key, for changing it.
fn entry_mut<'v>(whole: &'v mut Value, key: &Expr) -> Option<&'v mut Expr> {
    match (whole, &key.value) {
        (Value::List(items), Value::Int(index)) if is_exact(items) => {
            let length = items.len();
            let index = if *index < 0 {
                length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?
            } else {
                usize::try_from(*index).ok()?
            };
            Arc::make_mut(items).get_mut(index)
        }
        (Value::Dict(entries), _) => {
            let at = entries
                .iter()
                .rposition(|(entry, _)| !is_scalar(&entry.value) || entry.value == key.value)?;
            if entries[at].0.value != key.value {
                return None;
            }
            Arc::make_mut(entries).get_mut(at).map(|(_, value)| value)
        }
        _ => None,
    }
}

/// `entries[key] = value`
fn set_entry(entries: &mut Vec<(Expr, Expr)>, key: Expr, value: Expr) {
    let at = entries.iter().rposition(|(entry, _)| !is_scalar(&entry.value) || entry.value == key.value);
    match at {
        Some(at) if entries[at].0.value == key.value => entries[at].1 = value,
        _ => entries.push((key, value)),
    }
}
