//! Conditional code, loops and comprehensions.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{Expr, Reason, Value};
use super::scope::Changes;
use super::statement::Flow;
use super::{Evaluator, unknown};

/// How often the loops of a comprehension may be nested.
const MAX_CLAUSES: usize = 8;

impl<'t> Evaluator<'t> {
    /// Runs a block as a branch and keeps its changes unless it raises.
    fn try_branch(&mut self, body: Node<'t>, branches: &mut Vec<Changes>, flows: &mut Vec<Flow>) {
        let (changes, flow) = self.branch(|this| this.nested_block(body));
        flows.push(flow);
        if flow != Flow::Raise {
            branches.push(changes);
        }
    }

    /// Joins the branches of which exactly one runs.
    fn join_flows(&mut self, branches: Vec<Changes>, flows: &[Flow]) -> Flow {
        if !branches.is_empty() {
            self.join(branches);
        }
        let mut rest = flows.iter().copied().filter(|flow| *flow != Flow::Raise);
        let Some(first) = rest.next() else {
            return Flow::Raise;
        };
        if rest.all(|flow| flow == first) { first } else { Flow::MaybeLeft }
    }

    pub(super) fn if_statement(&mut self, node: Node<'t>) -> Flow {
        let mut branches = Vec::new();
        let mut flows = Vec::new();
        let mut arms = vec![node];
        let mut cursor = node.walk();
        arms.extend(node.children_by_field_name("alternative", &mut cursor));
        for arm in arms {
            if kind(arm) == Kind::ElseClause {
                if let Some(body) = arm.child_by_field_name("body") {
                    self.try_branch(body, &mut branches, &mut flows);
                }
                return self.join_flows(branches, &flows);
            }
            let (Some(condition), Some(body)) =
                (arm.child_by_field_name("condition"), arm.child_by_field_name("consequence"))
            else {
                continue;
            };
            match self.truth(condition) {
                Some(false) => {}
                Some(true) => {
                    if branches.is_empty() && flows.is_empty() {
                        return self.nested_block(body);
                    }
                    self.try_branch(body, &mut branches, &mut flows);
                    return self.join_flows(branches, &flows);
                }
                None => self.try_branch(body, &mut branches, &mut flows),
            }
        }
        // No `else`: nothing may have happened.
        branches.push(Changes::default());
        flows.push(Flow::Next);
        self.join_flows(branches, &flows)
    }

    pub(super) fn try_statement(&mut self, node: Node<'t>) -> Flow {
        let Some(body) = node.child_by_field_name("body") else {
            return Flow::Next;
        };
        let mut branches = Vec::new();
        let mut flows = Vec::new();
        let children = self.children(node);
        let of = |wanted: Kind| children.iter().copied().find(move |child| kind(*child) == wanted);
        let otherwise = of(Kind::ElseClause).and_then(|clause| clause.child_by_field_name("body"));
        let survives = children.iter().any(|child| {
            matches!(kind(*child), Kind::ExceptClause | Kind::ExceptGroupClause)
                && survives_import_error(self.source(*child))
        });
        let (changes, flow) = self.branch(|this| {
            this.guarded += u32::from(survives);
            let flow = this.nested_block(body);
            this.guarded -= u32::from(survives);
            match otherwise {
                Some(otherwise) if flow == Flow::Next => this.nested_block(otherwise),
                _ => flow,
            }
        });
        let raises = flow == Flow::Raise;
        flows.push(flow);
        if !raises {
            branches.push(changes);
        }
        for clause in children
            .iter()
            .filter(|child| matches!(kind(**child), Kind::ExceptClause | Kind::ExceptGroupClause))
        {
            let handler = self.children(*clause).into_iter().find(|child| kind(*child) == Kind::Block);
            if let Some(handler) = handler {
                self.try_branch(handler, &mut branches, &mut flows);
            }
        }
        let flow = self.join_flows(branches, &flows);
        let finally = of(Kind::FinallyClause)
            .and_then(|clause| self.children(clause).into_iter().find(|child| kind(*child) == Kind::Block));
        match finally {
            Some(finally) => match self.nested_block(finally) {
                Flow::Next => flow,
                other => other,
            },
            None => flow,
        }
    }

    pub(super) fn match_statement(&mut self, node: Node<'t>) -> Flow {
        let Some(body) = node.child_by_field_name("body") else {
            return Flow::Next;
        };
        let mut branches = Vec::new();
        let mut flows = Vec::new();
        for clause in self.children(body) {
            if kind(clause) != Kind::CaseClause {
                continue;
            }
            let Some(consequence) = clause.child_by_field_name("consequence") else {
                continue;
            };
            let computed = self.computed(clause);
            let captured = self.captured_names(clause, consequence);
            let (changes, flow) = self.branch(|this| {
                for name in captured {
                    this.bind(name, computed.clone());
                }
                this.nested_block(consequence)
            });
            flows.push(flow);
            if flow != Flow::Raise {
                branches.push(changes);
            }
            let mut patterns = self.children(clause);
            patterns.retain(|child| child.id() != consequence.id());
            let is_default = matches!(patterns.as_slice(), [only] if self.source(*only) == "_");
            if is_default {
                return self.join_flows(branches, &flows);
            }
        }
        branches.push(Changes::default());
        flows.push(Flow::Next);
        self.join_flows(branches, &flows)
    }

    /// Names in the patterns of a case; each may be bound by it.
    fn captured_names(&mut self, clause: Node<'t>, consequence: Node<'t>) -> Vec<&'t str> {
        let mut names = Vec::new();
        let mut stack = vec![clause];
        while let Some(node) = stack.pop() {
            for child in self.children(node) {
                if child.id() == consequence.id() {
                    continue;
                }
                match kind(child) {
                    Kind::Identifier if self.source(child) != "_" => names.push(self.source(child)),
                    _ => stack.push(child),
                }
            }
        }
        names
    }

    pub(super) fn for_statement(&mut self, node: Node<'t>) -> Flow {
        let (Some(left), Some(right), Some(body)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("right"),
            node.child_by_field_name("body"),
        ) else {
            return Flow::Next;
        };
        let iterable = self.expression(right);
        let Some(items) = self.iterate(&iterable) else {
            let target = self.opaque(iterable, right);
            self.unknown_turns(Some((left, target)), body, right);
            return self.loop_else(node);
        };
        let mut maybe_over = false;
        for item in items {
            if !self.spend(1) {
                self.skip(node, Reason::TooLarge("work"));
                return Flow::Next;
            }
            let (certain, item) = match item.value {
                Value::Maybe(inner) => (false, Arc::unwrap_or_clone(inner)),
                Value::Unknown(_) => {
                    self.unknown_turns(Some((left, item)), body, right);
                    continue;
                }
                value => (!maybe_over, Expr { span: item.span, value }),
            };
            let flow = if certain {
                self.assign(left, item, right);
                self.nested_block(body)
            } else {
                let (changes, flow) = self.branch(|this| {
                    this.assign(left, item, right);
                    this.nested_block(body)
                });
                if flow != Flow::Raise {
                    self.join(vec![changes, Changes::default()]);
                }
                if flow == Flow::Break { Flow::MaybeLeft } else { flow }
            };
            match flow {
                Flow::Break => return Flow::Next,
                Flow::Raise => return Flow::Raise,
                // Perhaps a `break`: the turns that follow may not happen.
                Flow::MaybeLeft => maybe_over = true,
                Flow::Next | Flow::Continue => {}
            }
        }
        self.loop_else(node)
    }

    fn loop_else(&mut self, node: Node<'t>) -> Flow {
        let body =
            node.child_by_field_name("alternative").and_then(|clause| clause.child_by_field_name("body"));
        match body {
            Some(body) => self.nested_block(body),
            None => Flow::Next,
        }
    }

    pub(super) fn while_statement(&mut self, node: Node<'t>) -> Flow {
        let (Some(condition), Some(body)) =
            (node.child_by_field_name("condition"), node.child_by_field_name("body"))
        else {
            return Flow::Next;
        };
        if self.truth(condition) == Some(false) {
            return self.loop_else(node);
        }
        self.unknown_turns(None, body, condition);
        Flow::Next
    }

    /// A loop body that runs an unknown number of times: followed once, as conditional code; collections that it
    /// changes hold something unknown after it, and other names that it changes are unknown.
    fn unknown_turns(&mut self, target: Option<(Node<'t>, Expr)>, body: Node<'t>, why: Node<'t>) {
        let (mut changes, flow) = self.branch(|this| {
            if let Some((left, value)) = target {
                this.assign(left, value, why);
            }
            this.nested_block(body)
        });
        if flow == Flow::Raise {
            return;
        }
        let slots: Vec<_> = changes.slots.keys().copied().collect();
        // What was changed step by step (a counter, a text) has an unknown value after any number of turns.
        for (_, value) in changes.slots.iter_mut() {
            if !super::statement::is_mutable(&value.value) {
                *value = self.computed(why);
            }
        }
        self.join(vec![changes, Changes::default()]);
        for slot in slots {
            self.taint(slot, why);
        }
    }

    /// The elements of a list, set or generator comprehension.
    pub(super) fn comprehension(&mut self, node: Node<'t>) -> Vec<Expr> {
        let Some(body) = node.child_by_field_name("body") else {
            return vec![unknown(span(node), Reason::Syntax)];
        };
        let mut out = Vec::new();
        let open = self.turns(node, &mut |this, certain| {
            let value = this.expression(body);
            out.push(match certain {
                Certain::Yes => value,
                Certain::No => Expr { span: value.span, value: Value::Maybe(Arc::new(value)) },
            });
        });
        out.extend(open);
        out
    }

    /// The entries of a dictionary comprehension.
    pub(super) fn dict_comprehension(&mut self, node: Node<'t>) -> Vec<(Expr, Expr)> {
        let pair = node.child_by_field_name("body").map(|body| self.children(body));
        let Some([key, value]) = pair.as_deref() else {
            return vec![(unknown(span(node), Reason::Syntax), unknown(span(node), Reason::Syntax))];
        };
        let mut out = Vec::new();
        let open = self.turns(node, &mut |this, certain| {
            let key_value = this.expression(*key);
            let value = this.expression(*value);
            match certain {
                Certain::Yes => out.push((key_value, value)),
                Certain::No => out.push((this.computed(*key), value)),
            }
        });
        out.extend(open.map(|open| (open.clone(), open)));
        out
    }

    /// Runs `each` for every turn of the loops of a comprehension; gives what stands for further turns, when their
    /// number is not known.
    fn turns(&mut self, node: Node<'t>, each: &mut dyn FnMut(&mut Self, Certain)) -> Option<Expr> {
        let mut clauses = self.children(node);
        clauses.retain(|clause| matches!(kind(*clause), Kind::ForInClause | Kind::IfClause));
        if clauses.len() > MAX_CLAUSES {
            return Some(super::too_large(span(node), "nesting"));
        }
        self.environment.enter();
        let mut open = None;
        self.clause(&clauses, Certain::Yes, node, &mut open, each);
        self.environment.leave();
        open
    }

    fn clause(
        &mut self,
        clauses: &[Node<'t>],
        certain: Certain,
        node: Node<'t>,
        open: &mut Option<Expr>,
        each: &mut dyn FnMut(&mut Self, Certain),
    ) {
        let Some((clause, rest)) = clauses.split_first() else {
            each(self, certain);
            return;
        };
        if kind(*clause) == Kind::IfClause {
            let condition = self.children(*clause).first().copied();
            match condition.and_then(|condition| self.truth(condition)) {
                Some(true) => self.clause(rest, certain, node, open, each),
                Some(false) => {}
                None => self.clause(rest, Certain::No, node, open, each),
            }
            return;
        }
        let (Some(left), Some(right)) =
            (clause.child_by_field_name("left"), clause.child_by_field_name("right"))
        else {
            *open = Some(unknown(span(node), Reason::Syntax));
            return;
        };
        let iterable = self.expression(right);
        let items = match self.iterate(&iterable) {
            Some(items) => items,
            None => vec![self.opaque(iterable, right)],
        };
        for item in items {
            if !self.spend(1) {
                *open = Some(super::too_large(span(node), "work"));
                return;
            }
            let (certain, item) = match item.value {
                Value::Maybe(inner) => (Certain::No, Arc::unwrap_or_clone(inner)),
                Value::Unknown(_) => {
                    *open = Some(self.computed(node));
                    (Certain::No, item)
                }
                value => (certain, Expr { span: item.span, value }),
            };
            self.assign(left, item, right);
            self.clause(rest, certain, node, open, each);
        }
    }
}

/// Whether an `except` clause, given its source, takes the error of an import that fails.
fn survives_import_error(clause: &str) -> bool {
    let head = clause.split(':').next().unwrap_or_default().trim_start_matches("except").trim();
    let names = ["ImportError", "ModuleNotFoundError", "Exception", "BaseException"];
    head.is_empty() || names.iter().any(|name| head.contains(name))
}

/// Whether a turn of a comprehension certainly happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certain {
    Yes,
    No,
}
