//! The encodings that a coding cookie (PEP 263) may name, as Python understands their names and their bytes.
//!
//! `encoding_rs` follows the WHATWG standard, which reads several names as a superset of what Python reads (`latin-1` as
//! `cp1252`, `gb2312` as `gb18030`). Bytes that Python would refuse are refused here as well.

use encoding_rs::Encoding;

use super::text::DecodeError;

/// A codec of Python.
#[derive(Debug, Clone, Copy)]
pub(super) enum Codec {
    /// `utf-8`
    Utf8,
    /// `latin-1`: byte n is code point n.
    Latin1,
    /// `ascii`
    Ascii,
    /// One byte per character.
    Single {
        encoding: &'static Encoding,
        /// Whether a C1 control character stands for itself (ISO 8859) or for an undefined byte (Windows code pages).
        controls: bool,
    },
    /// One to four bytes per character, ASCII bytes standing for themselves at the start of a character.
    Multi { encoding: &'static Encoding, shape: Shape },
    /// Python knows it and this program does not; the text is readable as long as it is plain ASCII.
    AsciiOnly,
}

/// Which sequences that are not ASCII a codec takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Two bytes, both from A1 on (`gb2312`, `euc-kr`).
    HighPairs,
    /// Two bytes.
    Pairs,
    /// Two or more bytes.
    Several,
    /// Two bytes, or one of A1 to DF (`shift_jis`).
    PairsAndKana,
}

/// The codec that Python finds under `name`, the way `tokenizer.c` and `encodings.normalize_encoding` look it up.
pub(super) fn lookup(name: &str) -> Option<Codec> {
    use encoding_rs as e;
    let windows = |encoding| Codec::Single { encoding, controls: false };
    let single = |encoding| Codec::Single { encoding, controls: true };
    let multi = |encoding, shape| Codec::Multi { encoding, shape };
    match tokenizer_name(name) {
        "utf-8" => return Some(Codec::Utf8),
        "iso-8859-1" => return Some(Codec::Latin1),
        _ => {}
    }
    Some(match normalise(name).as_str() {
        "utf_8" | "u8" | "utf" | "utf8" | "utf8_ucs2" | "utf8_ucs4" | "cp65001" | "utf_8_sig" => Codec::Utf8,
        "latin_1" | "8859" | "cp819" | "csisolatin1" | "ibm819" | "iso8859" | "iso8859_1" | "iso_8859_1"
        | "iso_8859_1_1987" | "iso_ir_100" | "l1" | "latin" | "latin1" => Codec::Latin1,
        "ascii" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "ansi_x3.4_1986" | "cp367" | "csascii"
        | "ibm367" | "iso646_us" | "iso_646.irv_1991" | "iso_ir_6" | "us" | "us_ascii" => Codec::Ascii,
        "gb2312" | "chinese" | "csiso58gb231280" | "euc_cn" | "euccn" | "eucgb2312_cn" | "gb2312_1980"
        | "gb2312_80" | "iso_ir_58" | "x_mac_simp_chinese" => multi(e::GBK, Shape::HighPairs),
        "gbk" | "936" | "cp936" | "ms936" => multi(e::GBK, Shape::Pairs),
        "gb18030" | "gb18030_2000" => multi(e::GB18030, Shape::Several),
        "big5" | "big5_tw" | "csbig5" | "x_mac_trad_chinese" | "cp950" | "950" | "ms950" | "big5hkscs"
        | "big5_hkscs" | "hkscs" => multi(e::BIG5, Shape::Pairs),
        "shift_jis" | "csshiftjis" | "shiftjis" | "sjis" | "s_jis" | "x_mac_japanese" | "cp932" | "932"
        | "ms932" | "mskanji" | "ms_kanji" | "windows_31j" => multi(e::SHIFT_JIS, Shape::PairsAndKana),
        "euc_jp" | "eucjp" | "ujis" | "u_jis" => multi(e::EUC_JP, Shape::Several),
        "euc_kr" | "euckr" | "korean" | "ksc5601" | "ks_c_5601" | "ks_c_5601_1987" | "ksx1001"
        | "ks_x_1001" | "x_mac_korean" => multi(e::EUC_KR, Shape::HighPairs),
        "cp949" | "949" | "ms949" | "uhc" => multi(e::EUC_KR, Shape::Pairs),
        "cp874" => windows(e::WINDOWS_874),
        "cp1250" | "1250" | "windows_1250" => windows(e::WINDOWS_1250),
        "cp1251" | "1251" | "windows_1251" => windows(e::WINDOWS_1251),
        "cp1252" | "1252" | "windows_1252" => windows(e::WINDOWS_1252),
        "cp1253" | "1253" | "windows_1253" => windows(e::WINDOWS_1253),
        "cp1254" | "1254" | "windows_1254" => windows(e::WINDOWS_1254),
        "cp1255" | "1255" | "windows_1255" => windows(e::WINDOWS_1255),
        "cp1256" | "1256" | "windows_1256" => windows(e::WINDOWS_1256),
        "cp1257" | "1257" | "windows_1257" => windows(e::WINDOWS_1257),
        "cp1258" | "1258" | "windows_1258" => windows(e::WINDOWS_1258),
        "iso8859_2" | "csisolatin2" | "iso_8859_2" | "iso_ir_101" | "l2" | "latin2" => single(e::ISO_8859_2),
        "iso8859_3" | "csisolatin3" | "iso_8859_3" | "iso_ir_109" | "l3" | "latin3" => single(e::ISO_8859_3),
        "iso8859_4" | "csisolatin4" | "iso_8859_4" | "iso_ir_110" | "l4" | "latin4" => single(e::ISO_8859_4),
        "iso8859_5" | "csisolatincyrillic" | "cyrillic" | "iso_8859_5" | "iso_ir_144" => {
            single(e::ISO_8859_5)
        }
        "iso8859_7" | "csisolatingreek" | "greek" | "greek8" | "iso_8859_7" | "iso_ir_126" => {
            single(e::ISO_8859_7)
        }
        "iso8859_8" | "csisolatinhebrew" | "hebrew" | "iso_8859_8" | "iso_ir_138" => single(e::ISO_8859_8),
        "iso8859_10" | "csisolatin6" | "iso_8859_10" | "iso_ir_157" | "l6" | "latin6" => {
            single(e::ISO_8859_10)
        }
        "iso8859_13" | "iso_8859_13" | "l7" | "latin7" => single(e::ISO_8859_13),
        "iso8859_14" | "iso_8859_14" | "iso_celtic" | "iso_ir_199" | "l8" | "latin8" => {
            single(e::ISO_8859_14)
        }
        "iso8859_15" | "iso_8859_15" | "l9" | "latin9" => single(e::ISO_8859_15),
        "iso8859_16" | "iso_8859_16" | "iso_ir_226" | "l10" | "latin10" => single(e::ISO_8859_16),
        "koi8_r" | "cskoi8r" => single(e::KOI8_R),
        "koi8_u" => single(e::KOI8_U),
        "mac_roman" | "macintosh" | "macroman" => single(e::MACINTOSH),
        "cp866" | "866" | "csibm866" | "ibm866" => single(e::IBM866),
        // WHATWG reads these as the Windows code page, which fills 80 to 9F with letters where Python has controls.
        "iso8859_9" | "csisolatin5" | "iso_8859_9" | "iso_ir_148" | "l5" | "latin5" | "iso8859_11"
        | "thai" | "iso_8859_11" | "tis_620" | "tis620" | "iso8859_6" | "arabic" | "iso_8859_6" => {
            Codec::AsciiOnly
        }
        "cp437" | "cp737" | "cp775" | "cp850" | "cp852" | "cp855" | "cp857" | "cp858" | "cp860" | "cp861"
        | "cp862" | "cp863" | "cp865" | "cp869" | "cp1125" | "johab" | "koi8_t" | "kz1048" | "ptcp154"
        | "mac_cyrillic" | "mac_greek" | "mac_iceland" | "mac_latin2" | "mac_turkish" | "euc_jis_2004"
        | "euc_jisx0213" | "shift_jis_2004" | "shift_jisx0213" => Codec::AsciiOnly,
        _ => return None,
    })
}

/// What CPython's tokenizer makes of a cookie before it asks the codec registry; other names come back unchanged.
///
/// A byte order mark is compatible with exactly those names for which this is `utf-8`.
pub(super) fn tokenizer_name(name: &str) -> &str {
    let head: String =
        name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    let is = |stem: &str| head == stem || head.strip_prefix(stem).is_some_and(|rest| rest.starts_with('-'));
    if is("utf-8") {
        "utf-8"
    } else if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        "iso-8859-1"
    } else {
        name
    }
}

/// `encodings.normalize_encoding` and the lower case of the alias table.
fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// Decoded text, and for each character of more than one byte in the file where it ends: in the text, in the file.
pub(super) type Stepped = (String, Vec<(u32, u32)>);

/// Decodes bytes of a codec with one to four bytes per character.
///
/// # Errors
/// At the first sequence that Python would refuse.
pub(super) fn decode_multi(
    bytes: &[u8],
    encoding: &'static Encoding,
    shape: Shape,
    invalid: impl Fn(usize) -> DecodeError,
) -> Result<Stepped, DecodeError> {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    let mut steps = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let ascii = Encoding::ascii_valid_up_to(&bytes[at..]);
        text.push_str(std::str::from_utf8(&bytes[at..at + ascii]).map_err(|_| invalid(at))?);
        at += ascii;
        if at == bytes.len() {
            break;
        }
        // No sequence of these encodings is the beginning of another, so the shortest that decodes is the character.
        let decoded = (1..=4.min(bytes.len() - at)).find_map(|length| {
            let sequence = &bytes[at..at + length];
            encoding
                .decode_without_bom_handling_and_without_replacement(sequence)
                .map(|text| (sequence, text))
        });
        let taken = decoded.filter(|(sequence, _)| shape.takes(sequence));
        let (sequence, character) = taken.ok_or_else(|| invalid(at))?;
        text.push_str(&character);
        at += sequence.len();
        steps.push((text.len() as u32, at as u32));
    }
    Ok((text, steps))
}

impl Shape {
    fn takes(self, sequence: &[u8]) -> bool {
        match (self, sequence) {
            (Self::PairsAndKana, [0xA1..=0xDF]) => true,
            (_, [_]) => false,
            (Self::HighPairs, [a, b]) => *a >= 0xA1 && *b >= 0xA1,
            (_, [_, _]) | (Self::Several, _) => true,
            _ => false,
        }
    }
}
