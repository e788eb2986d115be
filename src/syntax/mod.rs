//! Trees: Python source as tree-sitter sees it, and the literal evaluator that says what a value is without running code.

pub mod comments;
pub mod eval;
pub mod exports;
pub mod problem;
pub mod python;
mod reason;
pub mod shown;
pub mod value;

pub use eval::union;
pub use problem::SyntaxProblem;
pub use python::PythonTree;
pub use value::{Arg, ArgKind, Call, ClassDef, Expr, FunctionDef, Module, Reason, Value};
