//! What the evaluator knows, in small pieces.

use super::*;
use crate::syntax::python;

fn run(source: &str) -> Module {
    module_of(source, &python::parse_str(source))
}

/// The value of a name as compact text.
fn shown(source: &str, name: &str) -> String {
    let module = run(source);
    module.bindings.get(name).map_or_else(|| "unbound".to_owned(), |expr| show(&expr.value))
}

fn show(value: &Value) -> String {
    let all = |parts: &[Expr]| parts.iter().map(|part| show(&part.value)).collect::<Vec<_>>().join(", ");
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Number(text) => text.to_string(),
        Value::Str(text) => format!("{text:?}"),
        Value::Bytes(bytes) => format!("b{:?}", String::from_utf8_lossy(bytes)),
        Value::List(items) => format!("[{}]", all(items)),
        Value::Tuple(items) => format!("({})", all(items)),
        Value::Set(items) => format!("{{{}}}", all(items)),
        Value::Dict(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", show(&key.value), show(&value.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Imported(path) => path.to_string(),
        Value::Call(call) => {
            let args: Vec<_> = call
                .args
                .iter()
                .map(|arg| match &arg.kind {
                    crate::syntax::ArgKind::Keyword(name) => format!("{name}={}", show(&arg.value.value)),
                    crate::syntax::ArgKind::Positional => show(&arg.value.value),
                    crate::syntax::ArgKind::Splat => format!("*{}", show(&arg.value.value)),
                    crate::syntax::ArgKind::DoubleSplat => format!("**{}", show(&arg.value.value)),
                })
                .collect();
            format!("{}({})", show(&call.callee.value), args.join(", "))
        }
        Value::Function(function) => format!("def {}({})", function.name, function.parameters.join(", ")),
        Value::Class(class) => format!("class {}", class.name),
        Value::Either(parts) => format!("either({})", all(parts)),
        Value::Maybe(part) => format!("maybe({})", show(&part.value)),
        Value::Unknown(Reason::Computed(text)) => format!("?`{text}`"),
        Value::Unknown(reason) => format!("?{reason:?}"),
    }
}

#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(shown(source, "x"), expected, "for\n{source}");
}

#[test]
fn literals() {
    check(
        "x = [1, -2, 1.5, 0x10, 1_000, True, None, 'a', b'b', (1,), {1}, {'k': 2}]",
        r#"[1, -2, 1.5, 16, 1000, true, None, "a", b"b", (1), {1}, {"k": 2}]"#,
    );
    check(
        r#"x = 'a\n\x41\u4e2d\101\
b' "c" r'\d'"#,
        r#""a\nA中Abc\\d""#,
    );
    check("x = '''a\r\nb'''", r#""a\nb""#);
    check("x = 99999999999999999999", "99999999999999999999");
}

#[test]
fn names_and_operators() {
    check("a = 'p'\nx = a + '_t' + 'u'", r#""p_tu""#);
    check("x = [1] + [2] * 2", "[1, 2, 2]");
    check("x = '%s_%d%%' % ('a', 3)", r#""a_3%""#);
    check("x = '%(n)s' % {'n': 'a'}", r#""a""#);
    check("p = 'c'\nx = f'{p}_{1}{{}}'", r#""c_1{}""#);
    check("x = f'{q}_ptr'", "?`f'{q}_ptr'`");
    check("x = '{}_{a}'.format('b', a=1)", r#""b_1""#);
    check("x = '_'.join(['a', 'b'])", r#""a_b""#);
    check("x = unbound", "?UndefinedName(\"unbound\")");
    check("x = (a, b) = 1, 2", "(1, 2)");
    check("a, *x = [1, 2, 3]", "[2, 3]");
    check("y = {'a': {'b': [7]}}\nx = y['a']['b'][-1]", "7");
    check("x = {**{'a': 1}, 'b': 2}", r#"{"a": 1, "b": 2}"#);
    check("x = dict({'a': 1}, b=2)", r#"{"a": 1, "b": 2}"#);
    check("x = list(range(3)) + list(('a',))", r#"[0, 1, 2, "a"]"#);
}

#[test]
fn imports() {
    check("from a import b as c\nx = c.d", "a.b.d");
    check("import a.b.c\nx = a.b.c.d", "a.b.c.d");
    check("import a.b as m\nx = m.d", "a.b.d");
    check("from .f import J\nx = J(1)", ".f.J(1)");
    check("from . import f\nx = f.J", ".f.J");
    check(
        "from django.db.models import *\nx = CharField(max_length=1)",
        "django.db.models.CharField(max_length=1)",
    );
    check("from q import *\nx = CharField", "?StarImport(\"CharField\")");
    check(
        "try:\n    from a import J\nexcept ImportError:\n    from b import J\nx = J()",
        "either(a.J(), b.J())",
    );
}

#[test]
fn changes_in_place() {
    check("x = []\nx += [1]\nx.append(2)\nx.extend((3,))\nx.insert(0, 0)", "[0, 1, 2, 3]");
    check("x = []\ny = x\ny.append(1)", "[1]");
    check("x = {}\nx['a'] = 1\nx.update(b=2)\nx['a'] = 3", r#"{"a": 3, "b": 2}"#);
    check("x = {'a': []}\nx['a'].append(1)", r#"{"a": [1]}"#);
    check("x = [1]\nregister(x)", "[1, ?`register(x)`]");
    check("x = f()\nx.append(1)", "[?`f()`, 1]");
    check("x = [2, 1]\nx.sort()", "[2, 1, ?`x.sort()`]");
    check("class M:\n    ops = []\nM.ops += [1]\nM.ops.append(2)\nx = M.ops", "[1, 2]");
    check("class M:\n    y = 1\nM.y = 2\nx = M.y", "2");
    check("class B:\n    y = 1\nclass M(B):\n    pass\nx = M.y", "1");
    check("from e import E\nclass M(E):\n    y = 1\nx = M.y", "?`M.y`");
}

#[test]
fn classes_are_seen_as_later_statements_left_them() {
    let module = run("class M:\n    ops = [1]\nM.ops.extend([2])\nM.more = 3\n");
    let Some(Value::Class(class)) = module.bindings.get("M").map(|expr| &expr.value) else {
        panic!("no class");
    };
    assert_eq!(show(&class.attributes["ops"].value), "[1, 2]");
    assert_eq!(show(&class.attributes["more"].value), "3");
}

#[test]
fn branches() {
    check("if c:\n    x = 1\nelif d:\n    x = 2\nelse:\n    x = 3", "either(1, 2, 3)");
    check("x = 1\nif c:\n    x = 1", "1");
    check("x = []\nif c:\n    x.append(1)\nx += [2]", "either([1, 2], [2])");
    check("x = 1 if c else 2", "either(1, 2)");
    check("if False:\n    x = 1\nelse:\n    x = 2", "2");
    check("a = 'm'\nx = 1 if a == 'm' else 2", "1");
    check("x = c or []", "either(?UndefinedName(\"c\"), [])");
    check("if c:\n    raise E\nelse:\n    x = 1", "1");
    check("match c:\n    case 1:\n        x = 1\n    case _:\n        x = 2", "either(1, 2)");
    check("x = []\ntry:\n    x += [1]\nexcept E:\n    pass", "either([1], [])");
    let many = (0..10).fold("x = []\n".to_owned(), |source, n| source + &format!("if c:\n    x += [{n}]\n"));
    let union = shown(&many, "x");
    assert!(
        (0..10).all(|n| union.contains(&format!("maybe({n})")) || union.contains(&format!(" {n}"))),
        "{union}"
    );
}

#[test]
fn loops() {
    check("x = []\nfor a in ['p', 'q']:\n    x.append(a + '_t')", r#"["p_t", "q_t"]"#);
    check("x = []\nfor a, b in {'p': 1}.items():\n    x += [(a, b)]", r#"[("p", 1)]"#);
    check("x = [(a, n) for a in ('p', 'q') for n in range(2) if n]", r#"[("p", 1), ("q", 1)]"#);
    check("x = {k: 1 for k in 'ab'}", r#"{"a": 1, "b": 1}"#);
    check("x = []\nfor a in f():\n    x.append(1)", "either([1, ?`f()`], [?`f()`])");
    check("x = [1 for a in f()]", "[maybe(1), ?`[1 for a in f()]`]");
    check("x = []\nfor a in [1, 2, 3]:\n    if a == 2:\n        continue\n    x.append(a)", "[1, 3]");
    check(
        "x = []\nfor a in [1, 2]:\n    if c:\n        continue\n    x.append(a)",
        "either([1, 2], [2], [1], [])",
    );
}

/// A test for each shape, so that one that hangs has a name.
macro_rules! bounded {
    ($($name:ident: $source:expr;)*) => {
        mod bounded {
            use super::run;
            $(#[test] fn $name() { run(&$source); })*
        }
    };
}

#[test]
fn nesting_is_unknown_and_brackets_are_not_nesting() {
    let deep = |open: &str, close: &str| format!("x = {}1{}", open.repeat(20_000), close.repeat(20_000));
    assert!(shown(&deep("[", "]"), "x").contains("TooLarge"));
    check(&deep("(", ")"), "1");
}

bounded! {
    signs: format!("x = {}1", "-".repeat(20_000));
    nots: format!("x = {}1", "not ".repeat(20_000));
    sums: format!("x = {}", vec!["'a'"; 20_000].join(" + "));
    alternatives: format!("x = {}", vec!["a"; 20_000].join(" or "));
    attributes: format!("x = {}", vec!["a"; 20_000].join("."));
    unclosed_calls: format!("x = {}", "f(".repeat(20_000));
    chained_calls: format!("x = a{}", ".get()".repeat(20_000));
    subscripts: format!("x = a{}", "[0]".repeat(20_000));
    conditional_expressions: format!("x = {}", vec!["1 if a else"; 20_000].join(" ") + " 2");
    doubling_lists: format!("x = [1]\n{}", "x = [x, x]\n".repeat(20_000));
    growing_depth: format!("x = 1\n{}", "x = {'a': x}\n".repeat(20_000));
    doubling_text: format!("x = 'a'\n{}", "x = x + x\n".repeat(20_000));
    doubling_in_place: format!("x = [1]\n{}", "x += x\n".repeat(20_000));
    many_branches: format!("x = []\n{}", "if c:\n    x = x + [1]\n".repeat(20_000));
    large_comprehension: "x = [0 for a in range(10000) for b in range(10000) for c in range(10000)]";
    large_repetition: "x = 'a' * 10 ** 18";
    nested_ifs: (0..5_000).fold(String::new(), |source, depth| source + &" ".repeat(depth) + "if c:\n");
    nested_classes: (0..500).fold(String::new(), |source, depth| source + &" ".repeat(depth) + "class A:\n");
}
