//! Python source as tree-sitter sees it.

use std::cell::RefCell;
use std::sync::OnceLock;

use tree_sitter::{Node, Parser, Tree};

use crate::source::{SourceText, Span};

/// The tree of a Python file. It always covers the whole text; what the parser could not read are `ERROR` nodes.
#[derive(Debug, Clone)]
pub struct PythonTree {
    tree: Option<Tree>,
}

impl PythonTree {
    /// The `module` node; `None` when the parser gave up, which it does only without memory.
    pub fn root(&self) -> Option<Node<'_>> {
        self.tree.as_ref().map(Tree::root_node)
    }

    /// True when some place could not be read.
    pub fn has_error(&self) -> bool {
        self.root().is_none_or(|root| root.has_error())
    }
}

thread_local! {
    /// A parser per thread: setting one up costs more than parsing a small file.
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Parses a file. Never fails: the tree of a file that is not Python consists of errors.
pub fn parse(text: &SourceText) -> PythonTree {
    parse_str(&text.text)
}

/// Parses the first `end` bytes of a file alone; `None` when these cannot be read on their own, as when they end in a string.
pub fn parse_start(text: &SourceText, end: usize) -> Option<PythonTree> {
    let tree = parse_str(text.text.get(..end)?);
    (!tree.has_error()).then_some(tree)
}

/// Parses Python source that stands in no file.
pub fn parse_str(text: &str) -> PythonTree {
    let tree = PARSER.with(|slot| {
        let mut slot = slot.borrow_mut();
        let parser = slot.get_or_insert_with(|| {
            let mut parser = Parser::new();
            // Fails only for a grammar of another tree-sitter version, which the tests would show at once.
            let _ = parser.set_language(&language());
            parser
        });
        parser.parse(text, None)
    });
    PythonTree { tree }
}

/// The byte range of a node.
pub(crate) fn span(node: Node<'_>) -> Span {
    Span { start: node.start_byte() as u32, end: node.end_byte() as u32 }
}

fn language() -> tree_sitter::Language {
    tree_sitter_python::LANGUAGE.into()
}

/// Defines [`Kind`] and its table of names.
macro_rules! kinds {
    ($($variant:ident = $name:literal,)*) => {
        /// The node kinds of the grammar that the evaluator tells apart; comparing these is cheaper than comparing names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($variant,)*
            /// Any other named node.
            Other,
            /// Punctuation and keywords.
            Token,
        }

        fn kind_of_name(name: &str) -> Kind {
            match name {
                $($name => Kind::$variant,)*
                _ => Kind::Other,
            }
        }
    };
}

kinds! {
    AliasedImport = "aliased_import",
    ArgumentList = "argument_list",
    AsPattern = "as_pattern",
    Assert = "assert_statement",
    Assignment = "assignment",
    Attribute = "attribute",
    AugmentedAssignment = "augmented_assignment",
    Await = "await",
    BinaryOperator = "binary_operator",
    Block = "block",
    BooleanOperator = "boolean_operator",
    Break = "break_statement",
    Call = "call",
    CaseClause = "case_clause",
    ClassDefinition = "class_definition",
    Comment = "comment",
    ComparisonOperator = "comparison_operator",
    ConcatenatedString = "concatenated_string",
    ConditionalExpression = "conditional_expression",
    Continue = "continue_statement",
    DecoratedDefinition = "decorated_definition",
    Decorator = "decorator",
    DefaultParameter = "default_parameter",
    Delete = "delete_statement",
    Dictionary = "dictionary",
    DictionaryComprehension = "dictionary_comprehension",
    DictionarySplat = "dictionary_splat",
    DottedName = "dotted_name",
    ElifClause = "elif_clause",
    Ellipsis = "ellipsis",
    ElseClause = "else_clause",
    Error = "ERROR",
    ExceptClause = "except_clause",
    ExceptGroupClause = "except_group_clause",
    ExecStatement = "exec_statement",
    ExpressionList = "expression_list",
    ExpressionStatement = "expression_statement",
    False = "false",
    FinallyClause = "finally_clause",
    Float = "float",
    ForInClause = "for_in_clause",
    For = "for_statement",
    FunctionDefinition = "function_definition",
    FutureImport = "future_import_statement",
    GeneratorExpression = "generator_expression",
    Identifier = "identifier",
    If = "if_statement",
    IfClause = "if_clause",
    ImportFrom = "import_from_statement",
    Import = "import_statement",
    Integer = "integer",
    Interpolation = "interpolation",
    KeywordArgument = "keyword_argument",
    KeywordSeparator = "keyword_separator",
    Lambda = "lambda",
    LineContinuation = "line_continuation",
    List = "list",
    ListComprehension = "list_comprehension",
    ListPattern = "list_pattern",
    ListSplat = "list_splat",
    ListSplatPattern = "list_splat_pattern",
    Match = "match_statement",
    Module = "module",
    NamedExpression = "named_expression",
    None = "none",
    NotOperator = "not_operator",
    Pair = "pair",
    ParenthesizedExpression = "parenthesized_expression",
    ParenthesizedListSplat = "parenthesized_list_splat",
    Pass = "pass_statement",
    PatternList = "pattern_list",
    PrintStatement = "print_statement",
    Raise = "raise_statement",
    RelativeImport = "relative_import",
    Return = "return_statement",
    Set = "set",
    SetComprehension = "set_comprehension",
    Slice = "slice",
    String = "string",
    StringContent = "string_content",
    Subscript = "subscript",
    True = "true",
    Try = "try_statement",
    Tuple = "tuple",
    TuplePattern = "tuple_pattern",
    TypedDefaultParameter = "typed_default_parameter",
    TypedParameter = "typed_parameter",
    UnaryOperator = "unary_operator",
    While = "while_statement",
    WildcardImport = "wildcard_import",
    With = "with_statement",
}

/// The kind of a node.
pub(crate) fn kind(node: Node<'_>) -> Kind {
    static TABLE: OnceLock<Vec<Kind>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let language = language();
        (0..language.node_kind_count() as u16)
            .map(|id| match language.node_kind_for_id(id) {
                Some(name) if language.node_kind_is_named(id) => kind_of_name(name),
                _ => Kind::Token,
            })
            .collect()
    });
    // The id of ERROR is the largest of its type and stands outside the table.
    table.get(node.kind_id() as usize).copied().unwrap_or(Kind::Error)
}
