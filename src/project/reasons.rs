//! Why nothing is known of a file, in words.

use crate::findings::Bilingual;
use crate::source::{DecodeError, ReadError};

use super::NotAnalysedReason;

impl NotAnalysedReason {
    /// The reason as a clause for people, without a full stop.
    pub fn describe(&self) -> Bilingual {
        match self {
            Self::Read(error) => Bilingual::new(error.to_string(), read_zh(error)),
            Self::Decode(error) => Bilingual::new(error.to_string(), decode_zh(error)),
        }
    }
}

fn read_zh(error: &ReadError) -> String {
    match error {
        ReadError::Io(text) => format!("操作系统拒绝读取（{text}）"),
        ReadError::Link(text) => format!("符号链接无法跟随（{text}）"),
        ReadError::TooLarge { size, limit } => format!("文件有 {size} 字节，超过 {limit} 字节的上限"),
        ReadError::Git(text) => format!("git 仓库里读不到（{text}）"),
    }
}

fn decode_zh(error: &DecodeError) -> String {
    match error {
        DecodeError::Invalid { encoding, at } => format!("第 {at} 字节处不是合法的 {encoding}"),
        DecodeError::UnknownEncoding(name) => format!("编码声明里的 {name:?} 是未知编码"),
        DecodeError::UnsupportedEncoding(name) => format!("本程序不认识文件所用的编码 {name:?}"),
        DecodeError::MarkAndCookie(name) => {
            format!("文件以 UTF-8 的字节顺序标记开头，编码声明却写着 {name:?}")
        }
        DecodeError::Nul(at) => format!("第 {at} 字节处有 NUL 字符"),
    }
}
