//! Why a value is not known, in words.

use crate::findings::Bilingual;

use super::value::Reason;

impl Reason {
    /// The reason as a clause for people, without a full stop.
    pub fn describe(&self) -> Bilingual {
        match self {
            Self::UndefinedName(name) => Bilingual::new(
                format!("the name `{name}` is not bound in this file"),
                format!("本文件中没有定义名称 `{name}`"),
            ),
            Self::StarImport(name) => Bilingual::new(
                format!("the name `{name}` may come from a star import"),
                format!("名称 `{name}` 可能来自星号导入（import *）"),
            ),
            Self::Computed(text) | Self::Text { shown: text, .. } => Bilingual::new(
                format!("only running the code can tell what `{text}` is"),
                format!("只有运行代码才能知道 `{text}` 的值"),
            ),
            Self::DeploymentFile(path) => Bilingual::new(
                format!("`{path}` gives it when the program starts"),
                format!("程序启动时由 `{path}` 给出"),
            ),
            Self::TooLarge(what) => Bilingual::new(
                format!("more than the analyser follows: {what}"),
                format!("超出分析器的跟踪上限：{}", chinese(what)),
            ),
            Self::Syntax => Bilingual::new("the parser could not read this place", "解析器无法读懂此处"),
        }
    }
}

/// What a [`Reason::TooLarge`] names, in Chinese.
fn chinese(what: &str) -> &str {
    match what {
        "alternatives" => "分支组合过多",
        "elements" => "元素过多",
        "nesting" => "嵌套过深",
        "size" => "值过大",
        "string" => "字符串过长",
        "work" => "计算量过大",
        other => other,
    }
}
