//! Paths as relative URI references.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters and the slash; a colon in the first part would make a scheme.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// `path` (relative, `/` between parts) as a relative URI reference.
pub(super) fn relative(path: &str) -> String {
    utf8_percent_encode(path, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_percent_encoded() {
        assert_eq!(relative("a b/日志/0001_x-y.z~.py"), "a%20b/%E6%97%A5%E5%BF%97/0001_x-y.z~.py");
        assert_eq!(relative(r"c:\x?#[%41]"), "c%3A%5Cx%3F%23%5B%2541%5D");
    }
}
