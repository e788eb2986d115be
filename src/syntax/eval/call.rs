//! Calls: arguments, and the builtins and string methods whose result is known.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{Arg, ArgKind, Call, Expr, Reason, Value};
use super::condition::{equal, truth_of};
use super::operator::is_exact;
use super::{Evaluator, format, unknown};

/// Longest `range` that is spelt out.
const MAX_RANGE: usize = 10_000;

/// Methods whose result is known.
const METHODS: [&str; 19] = [
    "format",
    "join",
    "lower",
    "upper",
    "title",
    "capitalize",
    "strip",
    "replace",
    "split",
    "items",
    "keys",
    "values",
    "get",
    "copy",
    "isupper",
    "startswith",
    "endswith",
    "rstrip",
    "lstrip",
];

impl<'t> Evaluator<'t> {
    pub(super) fn call(&mut self, node: Node<'t>) -> Expr {
        let (Some(function), Some(arguments)) =
            (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
        else {
            return unknown(span(node), Reason::Syntax);
        };
        // The object is evaluated once, or a chain of calls would take twice the time for every link.
        let (callee, args) = match (kind(function), self.children(function).as_slice()) {
            (Kind::Attribute, [object, name]) => {
                let object = self.expression(*object);
                let name = self.source(*name);
                let args = self.arguments(arguments);
                if let Some(value) = self.method_call(&object, name, &args, node) {
                    return value;
                }
                let mut callee =
                    self.each(object, &mut |this, object| this.attribute_of(object, name, function));
                callee.span = span(function);
                (callee, args)
            }
            _ => (self.expression(function), self.arguments(arguments)),
        };
        if let Value::Imported(path) = &callee.value
            && let Some(value) = self.world_call(path, &args, node)
        {
            return value;
        }
        if let Value::Imported(path) = &callee.value
            && let Some(name) = path.strip_prefix("builtins.")
        {
            let value = match name {
                "getattr" => self.getattr(&args, node),
                name => self.builtin(name, &args),
            };
            if let Some(value) = value {
                return Expr { span: span(node), value };
            }
        }
        let mut value = self.each(callee, &mut |this, callee| match callee.value {
            Value::Imported(_) | Value::Class(_) | Value::Function(_) => {
                let call = Call { callee, args: args.clone() };
                Expr { span: span(node), value: Value::Call(Arc::new(call)) }
            }
            Value::Unknown(reason @ (Reason::StarImport(_) | Reason::TooLarge(_) | Reason::Syntax)) => {
                unknown(span(node), reason)
            }
            _ => this.computed(node),
        });
        value.span = span(node);
        value
    }

    /// The arguments of a call; `*` and `**` of known collections are spread.
    pub(super) fn arguments(&mut self, node: Node<'t>) -> Vec<Arg> {
        if kind(node) == Kind::GeneratorExpression {
            return vec![Arg { kind: ArgKind::Positional, value: self.expression(node) }];
        }
        let children = self.children(node);
        let mut out = Vec::with_capacity(children.len());
        for child in children {
            match kind(child) {
                Kind::KeywordArgument => {
                    if let [name, value] = self.children(child)[..] {
                        let name = self.source(name).into();
                        out.push(Arg { kind: ArgKind::Keyword(name), value: self.expression(value) });
                    }
                }
                Kind::ListSplat | Kind::ParenthesizedListSplat => {
                    let Some(inner) = self.splat_operand(child) else {
                        continue;
                    };
                    let value = self.expression(inner);
                    match self.iterate(&value) {
                        Some(elements) if is_exact(&elements) => {
                            out.extend(
                                elements.into_iter().map(|value| Arg { kind: ArgKind::Positional, value }),
                            );
                        }
                        _ => out.push(Arg { kind: ArgKind::Splat, value: self.opaque(value, inner) }),
                    }
                }
                Kind::DictionarySplat => {
                    let Some(inner) = self.splat_operand(child) else {
                        continue;
                    };
                    let value = self.expression(inner);
                    self.double_splat(value, inner, &mut out);
                }
                Kind::Error => {
                    out.push(Arg { kind: ArgKind::Splat, value: unknown(span(child), Reason::Syntax) })
                }
                _ => out.push(Arg { kind: ArgKind::Positional, value: self.expression(child) }),
            }
        }
        out
    }

    fn double_splat(&mut self, value: Expr, node: Node<'t>, out: &mut Vec<Arg>) {
        if let Value::Dict(entries) = &value.value
            && self.spend(entries.len())
        {
            let mut open = false;
            // A later entry wins over an earlier one with the same key.
            let mut args: Vec<Arg> = Vec::with_capacity(entries.len());
            for (key, value) in entries.iter() {
                let Some(name) = key.as_str() else {
                    open = true;
                    continue;
                };
                let same =
                    |arg: &&mut Arg| matches!(&arg.kind, ArgKind::Keyword(known) if known.as_ref() == name);
                match args.iter_mut().take(64).find(same) {
                    Some(arg) => arg.value = value.clone(),
                    None => args.push(Arg { kind: ArgKind::Keyword(name.into()), value: value.clone() }),
                }
            }
            out.extend(args);
            if open {
                out.push(Arg { kind: ArgKind::DoubleSplat, value: self.computed(node) });
            }
            return;
        }
        out.push(Arg { kind: ArgKind::DoubleSplat, value: self.opaque(value, node) });
    }

    /// `getattr(object, "name")`, and with a default either of the two.
    fn getattr(&mut self, args: &[Arg], node: Node<'t>) -> Option<Value> {
        let (object, name, default) = match args {
            [object, name] => (object, name, None),
            [object, name, default] => (object, name, Some(default)),
            _ => return None,
        };
        let name = name.value.as_str()?.to_owned();
        if let Value::Imported(module) = &object.value.value
            && let Some(found) = self.foreign(module, &name)
        {
            self.last_getattr = Some((module.clone(), Arc::from(name)));
            return Some(found.value);
        }
        let found =
            self.each(object.value.clone(), &mut |this, object| this.attribute_of(object, &name, node));
        let values = [found].into_iter().chain(default.map(|default| default.value.clone())).collect();
        self.either(values).map(|value| value.value)
    }

    /// The result of a builtin of Python, when it is known.
    fn builtin(&mut self, name: &str, args: &[Arg]) -> Option<Value> {
        let positional: Option<Vec<&Expr>> =
            args.iter().map(|arg| (arg.kind == ArgKind::Positional).then_some(&arg.value)).collect();
        if name == "dict" {
            return self.dict(args);
        }
        let positional = positional?;
        match (name, positional.as_slice()) {
            ("list", []) => Some(Value::List(Arc::default())),
            ("tuple", []) => Some(Value::Tuple(Arc::default())),
            ("set" | "frozenset", []) => Some(Value::Set(Arc::default())),
            ("list", [value]) => self.iterate(value).map(|items| Value::List(items.into())),
            ("tuple", [value]) => self.iterate(value).map(|items| Value::Tuple(items.into())),
            ("set" | "frozenset", [value]) => self.iterate(value).map(|items| Value::Set(items.into())),
            ("reversed", [value]) => match &value.value {
                Value::List(items) | Value::Tuple(items) if is_exact(items) && self.spend(items.len()) => {
                    Some(Value::List(Arc::new(items.iter().rev().cloned().collect())))
                }
                _ => None,
            },
            ("sorted", [value]) => {
                let mut items = self.iterate(value)?;
                if !items.iter().all(|item| item.as_str().is_some()) {
                    return None;
                }
                items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                Some(Value::List(items.into()))
            }
            ("len", [value]) => match &value.value {
                Value::List(items) | Value::Tuple(items) if is_exact(items) => {
                    Some(Value::Int(items.len() as i64))
                }
                Value::Str(text) => Some(Value::Int(text.chars().count() as i64)),
                _ => None,
            },
            ("str", [value]) => format::to_text(&value.value).map(|text| Value::Str(text.into())),
            ("str", []) => Some(Value::Str("".into())),
            ("int", [value]) => match &value.value {
                Value::Int(number) => Some(Value::Int(*number)),
                Value::Str(text) => text.trim().parse().ok().map(Value::Int),
                _ => None,
            },
            ("bool", [value]) => truth_of(&value.value).map(Value::Bool),
            ("range", bounds) => self.range(bounds),
            ("enumerate", [value]) => {
                let items = self.iterate(value).filter(|items| is_exact(items))?;
                let pair = |(index, item): (usize, Expr)| {
                    let number = Expr { span: item.span, value: Value::Int(index as i64) };
                    Expr { span: item.span, value: Value::Tuple(vec![number, item].into()) }
                };
                Some(Value::List(Arc::new(items.into_iter().enumerate().map(pair).collect())))
            }
            ("zip", [first, second]) => {
                let (first, second) = (self.iterate(first)?, self.iterate(second)?);
                if !is_exact(&first) || !is_exact(&second) {
                    return None;
                }
                let pair =
                    |(a, b): (Expr, Expr)| Expr { span: a.span, value: Value::Tuple(vec![a, b].into()) };
                Some(Value::List(Arc::new(first.into_iter().zip(second).map(pair).collect())))
            }
            _ => None,
        }
    }

    fn range(&mut self, bounds: &[&Expr]) -> Option<Value> {
        let number = |expr: &Expr| match expr.value {
            Value::Int(number) => Some(number),
            _ => None,
        };
        let (from, to) = match bounds {
            [to] => (0, number(to)?),
            [from, to] => (number(from)?, number(to)?),
            _ => return None,
        };
        let at = bounds.first()?.span;
        let length = usize::try_from(to.checked_sub(from)?).unwrap_or(0);
        if length > MAX_RANGE || !self.spend(length) {
            return None;
        }
        Some(Value::List(Arc::new(
            (from..to).map(|number| Expr { span: at, value: Value::Int(number) }).collect(),
        )))
    }

    /// `dict(mapping, **keywords)`
    fn dict(&mut self, args: &[Arg]) -> Option<Value> {
        let mut entries: Vec<(Expr, Expr)> = Vec::new();
        for arg in args {
            match &arg.kind {
                ArgKind::Keyword(name) => {
                    let key = Expr { span: arg.value.span, value: Value::Str(name.clone()) };
                    entries.push((key, arg.value.clone()));
                }
                ArgKind::DoubleSplat => entries.push((arg.value.clone(), arg.value.clone())),
                ArgKind::Splat => return None,
                ArgKind::Positional => match &arg.value.value {
                    Value::Dict(known) => entries.extend(known.iter().cloned()),
                    Value::List(pairs) | Value::Tuple(pairs) => {
                        for pair in pairs.iter() {
                            match pair.elements() {
                                Some([key, value]) => entries.push((key.clone(), value.clone())),
                                _ => entries.push((unknown_of(pair), unknown_of(pair))),
                            }
                        }
                    }
                    _ => entries.push((unknown_of(&arg.value), unknown_of(&arg.value))),
                },
            }
            if !self.spend(entries.len()) {
                return None;
            }
        }
        Some(Value::Dict(entries.into()))
    }

    /// A method of a known string or dictionary; `None` when the call is no such thing.
    fn method_call(&mut self, object: &Expr, name: &str, args: &[Arg], node: Node<'t>) -> Option<Expr> {
        let known = METHODS.contains(&name)
            && matches!(object.value, Value::Str(_) | Value::Dict(_) | Value::List(_));
        if !known {
            return None;
        }
        Some(match self.method(object, name, args) {
            Some(value) => Expr { span: span(node), value },
            None => self.computed(node),
        })
    }

    fn method(&mut self, object: &Expr, name: &str, args: &[Arg]) -> Option<Value> {
        if args.iter().any(|arg| matches!(arg.kind, ArgKind::Splat | ArgKind::DoubleSplat)) {
            return None;
        }
        let positional: Vec<&Expr> =
            args.iter().filter(|arg| arg.kind == ArgKind::Positional).map(|arg| &arg.value).collect();
        if !self.spend(1 + super::join::size(object)) {
            return None;
        }
        match (&object.value, name, positional.as_slice()) {
            (Value::Str(text), "format", _) => {
                let values: Vec<&Value> = positional.iter().map(|each| &each.value).collect();
                let keywords: Vec<(&str, &Value)> = args
                    .iter()
                    .filter_map(|arg| match &arg.kind {
                        ArgKind::Keyword(name) => Some((name.as_ref(), &arg.value.value)),
                        _ => None,
                    })
                    .collect();
                match format::braces(text, &values, &keywords, format::to_text) {
                    Some(text) => Some(Value::Str(text.into())),
                    None if self.world.is_some() => {
                        let pattern = format::braces(text, &values, &keywords, format::to_pattern)?;
                        let shown = format!("{text:?}.format(…)").into();
                        Some(Value::Unknown(Reason::Text { pattern: pattern.into(), shown }))
                    }
                    None => None,
                }
            }
            (Value::Str(separator), "join", [parts]) => {
                let parts = self.iterate(parts)?;
                let texts: Option<Vec<&str>> = parts.iter().map(Expr::as_str).collect();
                Some(Value::Str(texts?.join(separator).into()))
            }
            (Value::Str(text), "split", [separator]) => {
                let separator = separator.as_str().filter(|separator| !separator.is_empty())?;
                Some(strings(text.split(separator), object))
            }
            (Value::Str(text), "split", []) => Some(strings(text.split_whitespace(), object)),
            (Value::Str(text), "lower", []) => Some(Value::Str(text.to_lowercase().into())),
            (Value::Str(text), "upper", []) => Some(Value::Str(text.to_uppercase().into())),
            (Value::Str(text), "isupper", []) if text.is_ascii() => Some(Value::Bool(
                text.bytes().any(|byte| byte.is_ascii_uppercase())
                    && !text.bytes().any(|byte| byte.is_ascii_lowercase()),
            )),
            (Value::Str(text), "startswith", [Expr { value: Value::Str(start), .. }]) => {
                Some(Value::Bool(text.starts_with(start.as_ref())))
            }
            (Value::Str(text), "endswith", [Expr { value: Value::Str(end), .. }]) => {
                Some(Value::Bool(text.ends_with(end.as_ref())))
            }
            (Value::Str(text), "rstrip", [Expr { value: Value::Str(set), .. }]) => {
                Some(Value::Str(text.trim_end_matches(|c| set.contains(c)).into()))
            }
            (Value::Str(text), "lstrip", [Expr { value: Value::Str(set), .. }]) => {
                Some(Value::Str(text.trim_start_matches(|c| set.contains(c)).into()))
            }
            (Value::Str(text), "strip", []) => Some(Value::Str(text.trim().into())),
            (Value::Str(text), "capitalize", []) if text.is_ascii() => {
                let (first, rest) = text.split_at(text.len().min(1));
                Some(Value::Str((first.to_ascii_uppercase() + &rest.to_ascii_lowercase()).into()))
            }
            (Value::Str(text), "replace", [from, to]) => {
                let (from, to) = (from.as_str().filter(|from| !from.is_empty())?, to.as_str()?);
                (text.len() < 1 << 16).then(|| Value::Str(text.replace(from, to).into()))
            }
            (Value::Dict(entries), "items", []) => {
                let pair = |(key, value): &(Expr, Expr)| match &key.value {
                    Value::Unknown(_) => key.clone(),
                    _ => {
                        Expr { span: key.span, value: Value::Tuple(vec![key.clone(), value.clone()].into()) }
                    }
                };
                Some(Value::List(Arc::new(entries.iter().map(pair).collect())))
            }
            (Value::Dict(entries), "keys", []) => {
                Some(Value::List(Arc::new(entries.iter().map(|(key, _)| key.clone()).collect())))
            }
            (Value::Dict(entries), "values", []) => {
                Some(Value::List(Arc::new(entries.iter().map(|(_, value)| value.clone()).collect())))
            }
            (Value::Dict(_), "get", [key, rest @ ..]) if rest.len() <= 1 => {
                if let Some(found) = super::operator::part(&object.value, &key.value) {
                    return Some(found.value.clone());
                }
                let Value::Dict(entries) = &object.value else {
                    return None;
                };
                let absent = entries.iter().all(|(entry, _)| equal(&entry.value, &key.value) == Some(false));
                absent.then(|| rest.first().map_or(Value::None, |default| default.value.clone()))
            }
            // A collection of its own, whose parts are those of the other.
            (Value::Dict(entries), "copy", []) => Some(Value::Dict(Arc::new(entries.as_ref().clone()))),
            (Value::List(items), "copy", []) => Some(Value::List(Arc::new(items.as_ref().clone()))),
            _ => None,
        }
    }
}

fn unknown_of(expr: &Expr) -> Expr {
    match &expr.value {
        Value::Unknown(_) => expr.clone(),
        _ => unknown(expr.span, Reason::Computed(Arc::from("dict(…)"))),
    }
}

fn strings<'s>(parts: impl Iterator<Item = &'s str>, object: &Expr) -> Value {
    Value::List(Arc::new(
        parts.map(|part| Expr { span: object.span, value: Value::Str(part.into()) }).collect(),
    ))
}
