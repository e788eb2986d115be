//! What can be known of a Python expression without running it.
//!
//! A [`Value`] is either known or [`Value::Unknown`] with the reason; nothing in between is ever guessed. A collection
//! whose parts are partly unknown keeps the known parts and holds an `Unknown` in the place of the others.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::Span;

/// A value with the place in its file where it is written.
///
/// A name that was looked up carries the span of its use; the parts of a collection carry the spans of their own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// Byte range in the decoded text of the file.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// What an expression evaluates to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// Any other number (float, complex, an integer beyond 64 bits), as normalised source text.
    Number(Arc<str>),
    /// A string; every escape sequence is resolved.
    Str(Arc<str>),
    /// `b'…'`
    Bytes(Arc<[u8]>),
    /// `[…]`; an element may be [`Value::Unknown`], standing for one element or (after `*name`) any number.
    List(Arc<Vec<Expr>>),
    /// `(…)`
    Tuple(Arc<Vec<Expr>>),
    /// `{…}` without values
    Set(Arc<Vec<Expr>>),
    /// `{k: v}` in source order; a key that is `Unknown` stands for any number of entries (after `**name`).
    Dict(Arc<Vec<(Expr, Expr)>>),
    /// A dotted name that leads out of this module: `django.db.models.CharField`, `apps.utils.fields.JsonField`.
    /// Relative imports keep their leading dots: `.fields.JsonField`; names of Python itself are `builtins.list`.
    Imported(Arc<str>),
    /// A call that is not evaluated; its callee and arguments are.
    Call(Arc<Call>),
    /// A function of this module, or a lambda.
    Function(Arc<FunctionDef>),
    /// A class of this module.
    Class(Arc<ClassDef>),
    /// Alternatives of conditional code, in source order, at least two and all different.
    Either(Arc<Vec<Expr>>),
    /// Stands only inside a list, tuple or set: an element that is there in some branches of conditional code only.
    Maybe(Arc<Expr>),
    /// Not known, because of [`Reason`].
    Unknown(Reason),
}

/// Why a value is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A name that this module does not bind (and no star import was seen).
    UndefinedName(Arc<str>),
    /// A name that may come from `from x import *`.
    StarImport(Arc<str>),
    /// The result of a call, an attribute or a subscript that only running the code can tell; holds the source text,
    /// shortened.
    Computed(Arc<str>),
    /// A file of the deployment gives the value when the program starts; holds its path.
    DeploymentFile(Arc<str>),
    /// A text of which only parts are known: they stand in `pattern`, with [`super::eval::HOLE`] for the others.
    Text {
        /// The known parts.
        pattern: Arc<str>,
        /// The source text, shortened.
        shown: Arc<str>,
    },
    /// More alternatives, elements or nesting than the evaluator follows.
    TooLarge(&'static str),
    /// The parser could not read this place.
    Syntax,
}

/// A call whose callee is not evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is called: [`Value::Imported`], [`Value::Class`], [`Value::Function`] or unknown.
    pub callee: Expr,
    /// Arguments in source order; `*` and `**` of known collections are already spread.
    pub args: Vec<Arg>,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// How it is passed.
    pub kind: ArgKind,
    /// The value.
    pub value: Expr,
}

/// How an argument is passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgKind {
    /// By position.
    Positional,
    /// By keyword.
    Keyword(Arc<str>),
    /// `*expr` that is not known: any number of positional arguments.
    Splat,
    /// `**expr` that is not known: any keywords.
    DoubleSplat,
}

/// A function of the module, or a lambda. Its body is not evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionDef {
    /// Name; `<lambda>` for a lambda.
    pub name: Arc<str>,
    /// Names of the positional parameters in order, without `*args` and `**kwargs`.
    pub parameters: Vec<Arc<str>>,
    /// How many of them have a default.
    pub defaults: usize,
    /// The whole definition.
    pub span: Span,
    /// The body.
    pub body: Span,
    /// Names of decorators as dotted text.
    pub decorators: Vec<Arc<str>>,
}

/// A class of the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassDef {
    /// Name.
    pub name: Arc<str>,
    /// The name where it is defined.
    pub name_span: Span,
    /// The whole definition.
    pub span: Span,
    /// Base classes.
    pub bases: Vec<Expr>,
    /// What the body binds, after the whole module ran (`Migration.operations += …` included).
    pub attributes: IndexMap<Arc<str>, Expr>,
    /// Methods by name.
    pub methods: Vec<Arc<FunctionDef>>,
}

/// A module after evaluation.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// What the module binds at its end.
    pub bindings: IndexMap<Arc<str>, Expr>,
    /// Modules of `from x import *`, in order.
    pub star_imports: Vec<Arc<str>>,
    /// Statements that were not followed, since they are nested too deep or take too much work.
    pub not_followed: Vec<(Span, Reason)>,
    /// Where the module writes its constants, oldest first; empty unless it was evaluated with its program.
    pub written: IndexMap<Arc<str>, Vec<Span>>,
    /// Where the module writes names that only running it can tell (`locals()[key] = …`).
    pub dynamic_writes: Vec<Span>,
    /// Imports of modules that the program would hold and does not.
    pub missing_imports: Vec<(Span, Arc<str>)>,
}

impl Expr {
    /// The text, when the value is a known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, when the value is a list, tuple or set.
    pub fn elements(&self) -> Option<&[Expr]> {
        match &self.value {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => Some(items),
            _ => None,
        }
    }

    /// Every value that this expression can have: itself, or its alternatives, flattened; for an element that is there
    /// in some branches only, what it is there.
    pub fn alternatives(&self) -> Vec<&Expr> {
        match &self.value {
            Value::Either(all) => all.iter().flat_map(Expr::alternatives).collect(),
            Value::Maybe(inner) => inner.alternatives(),
            _ => vec![self],
        }
    }

    /// The reason, when the value itself (not a part of it) is unknown.
    pub fn unknown(&self) -> Option<&Reason> {
        match &self.value {
            Value::Unknown(reason) => Some(reason),
            _ => None,
        }
    }
}

impl Call {
    /// The argument for parameter `name`, which is the positional parameter number `position` where it has one.
    pub fn argument(&self, name: &str, position: Option<usize>) -> Option<&Expr> {
        if let Some(arg) =
            self.args.iter().find(|arg| matches!(&arg.kind, ArgKind::Keyword(key) if key.as_ref() == name))
        {
            return Some(&arg.value);
        }
        let before_splat = self
            .args
            .iter()
            .take_while(|arg| arg.kind != ArgKind::Splat)
            .filter(|arg| arg.kind == ArgKind::Positional);
        position.and_then(|at| before_splat.map(|arg| &arg.value).nth(at))
    }

    /// True when `*` or `**` of something unknown may carry any argument.
    pub fn has_unknown_arguments(&self) -> bool {
        self.args.iter().any(|arg| matches!(arg.kind, ArgKind::Splat | ArgKind::DoubleSplat))
    }
}
