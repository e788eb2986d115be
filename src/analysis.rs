//! The whole run as a library call: read, assemble, judge, sort out.
