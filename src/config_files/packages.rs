//! `support-files/bkpkgs/*.yaml`: what a package of a BlueKing product needs of other components, as `bkiam^1.12.0`.

use super::document::{Document, Node};
use crate::findings::Bilingual;
use crate::source::Span;

/// A package description.
#[derive(Debug, Clone)]
pub struct PackageDescription {
    /// The file.
    pub document: Document,
    /// What the package needs, in order.
    pub requirements: Vec<Requirement>,
}

/// One entry of `requires`: it is met when one of its alternatives is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Where it stands.
    pub span: Span,
    /// The alternatives, in order.
    pub alternatives: Vec<Need>,
    /// Why it cannot be read.
    pub fault: Option<Bilingual>,
}

/// A component with the versions that are fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Name of the component.
    pub component: String,
    /// `^`, `=`, `>=`, …; empty when any version is fit.
    pub operator: String,
    /// The version; of `=__SAME_VERSION__` the placeholder.
    pub version: String,
}

/// `^`: this version or a later one of the same major version; `~`: of the same minor version.
const OPERATORS: [&str; 9] = ["^", "~", "==", "=", ">=", "<=", "!=", ">", "<"];

impl PackageDescription {
    /// Reads the model from a document.
    pub fn new(document: Document) -> Self {
        let relations = document.root().and_then(|root| root.get("relations")).map(Node::elements);
        let entries = relations.unwrap_or_default().iter().filter_map(|relation| relation.get("requires"));
        let requirements = entries.flat_map(Node::elements).map(requirement).collect();
        Self { document, requirements }
    }
}

fn requirement(node: &Node) -> Requirement {
    let Some(text) = node.as_str() else {
        let fault = Bilingual::new(
            "a requirement is a text as `bkiam^1.12.0`",
            "依赖应写成文本，例如 `bkiam^1.12.0`",
        );
        return Requirement { span: node.span, alternatives: Vec::new(), fault: Some(fault) };
    };
    let (mut alternatives, mut fault) = (Vec::new(), None);
    for part in text.split(" OR ") {
        match need(part.trim()) {
            Ok(need) => alternatives.push(need),
            Err(why) => fault = fault.or(Some(why)),
        }
    }
    Requirement { span: node.span, alternatives, fault }
}

fn need(text: &str) -> Result<Need, Bilingual> {
    if text.is_empty() {
        return Err(Bilingual::new("one side of an `OR` is empty", "`OR` 的一侧为空"));
    }
    let is_sign = |c: char| "^~=<>!".contains(c);
    let at = text.find(is_sign).unwrap_or(text.len());
    let (component, rest) = text.split_at(at);
    let component = component.trim();
    let end = rest.find(|c| !is_sign(c)).unwrap_or(rest.len());
    let (operator, version) = rest.split_at(end);
    let version = version.trim();
    if [" or ", "|", ",", " AND ", " and "].iter().any(|word| text.contains(word)) {
        return Err(fault(
            text,
            "alternatives are joined by ` OR `, in capitals",
            "多个可选组件应以大写的 ` OR ` 连接",
        ));
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if component.is_empty() || !component.chars().all(is_name) {
        return Err(fault(text, "a requirement begins with the name of a component", "依赖应以组件名开头"));
    }
    if operator.is_empty() {
        return Ok(Need { component: component.to_owned(), operator: String::new(), version: String::new() });
    }
    if !OPERATORS.contains(&operator) {
        return Err(Bilingual::new(
            format!("`{text}`: `{operator}` is no operator (known: {})", OPERATORS.join(" ")),
            format!("`{text}`：`{operator}` 不是运算符（可用：{}）", OPERATORS.join(" ")),
        ));
    }
    if version.is_empty() {
        return Err(fault(text, "no version stands behind the operator", "运算符后没有版本号"));
    }
    if !is_version(version) {
        return Err(Bilingual::new(
            format!("`{text}`: `{version}` is no version (expected numbers with dots, as 1.12.0)"),
            format!("`{text}`：`{version}` 不是版本号（应为以点分隔的数字，例如 1.12.0）"),
        ));
    }
    Ok(Need { component: component.to_owned(), operator: operator.to_owned(), version: version.to_owned() })
}

fn fault(text: &str, en: &str, zh: &str) -> Bilingual {
    Bilingual::new(format!("`{text}`: {en}"), format!("`{text}`：{zh}"))
}

/// Numbers with dots and perhaps a pre-release, or a placeholder that the packager fills in.
fn is_version(text: &str) -> bool {
    if text.len() > 4 && text.starts_with("__") && text.ends_with("__") {
        return true;
    }
    let text = text.strip_prefix('v').unwrap_or(text);
    let (numbers, rest) = text.split_once('-').unwrap_or((text, "x"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_tag = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    numbers.split('.').all(is_number) && !rest.is_empty() && rest.chars().all(is_tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<(String, String, String)>, String> {
        let span = Span::default();
        let kind = super::super::document::Kind::Scalar { text: text.to_owned(), quoted: true };
        let requirement = requirement(&Node { span, kind });
        match requirement.fault {
            Some(why) => Err(why.en),
            None => Ok(requirement
                .alternatives
                .into_iter()
                .map(|need| (need.component, need.operator, need.version))
                .collect()),
        }
    }

    #[test]
    fn requirements_as_they_are_written() {
        let need = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(of("bkiam^1.12.0"), Ok(vec![need("bkiam", "^", "1.12.0")]));
        assert_eq!(
            of("bkpaas^2.14.0 OR bk-apigateway^1.12.0"),
            Ok(vec![need("bkpaas", "^", "2.14.0"), need("bk-apigateway", "^", "1.12.0")])
        );
        assert_eq!(of("shop=__SAME_VERSION__"), Ok(vec![need("shop", "=", "__SAME_VERSION__")]));
        assert_eq!(of("usermgr >= 2.5.4-beta.1"), Ok(vec![need("usermgr", ">=", "2.5.4-beta.1")]));
        assert_eq!(of("cmdb"), Ok(vec![need("cmdb", "", "")]));
    }

    #[test]
    fn what_is_wrong_with_others() {
        let errors: Vec<String> =
            ["bkiam^", "bkiam=>1.0", "bkiam^1.x", "^1.0", "a^1.0 OR ", "a^1.0 or b^2.0", "a|b"]
                .iter()
                .map(|text| of(text).unwrap_err())
                .collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
