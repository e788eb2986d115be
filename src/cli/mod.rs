//! The face: arguments, one file per subcommand, exit codes.
