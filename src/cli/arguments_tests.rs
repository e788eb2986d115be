use super::*;

fn parsed(line: &str) -> Arguments {
    Arguments::try_parse_from(line.split_whitespace()).unwrap_or_else(|error| panic!("{line}\n{error}"))
}

fn refused(line: &str) -> String {
    Arguments::try_parse_from(line.split_whitespace()).unwrap_err().to_string()
}

/// The check that a line asks for, with or without the word.
fn check(line: &str) -> CheckArguments {
    let arguments = parsed(line);
    match arguments.command {
        None => arguments.check,
        Some(Command::Check(check)) => check,
        Some(other) => panic!("{line}: {other:?}"),
    }
}

fn paths(line: &str) -> Vec<String> {
    check(line).paths.iter().map(|path| path.display().to_string()).collect()
}

fn request(line: &str) -> Request {
    check(line).request(Speech { named: None, locale: Lang::En })
}

#[test]
fn the_definition_is_sound() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
}

#[test]
fn check_may_be_left_out() {
    assert_eq!(paths("bklog-lint"), Vec::<String>::new());
    assert_eq!(paths("bklog-lint ."), ["."]);
    assert_eq!(paths("bklog-lint check ."), ["."]);
    assert_eq!(paths("bklog-lint --all bklog bkmonitor"), ["bklog", "bkmonitor"]);
    assert_eq!(paths("bklog-lint bklog --all"), ["bklog"]);
}

#[test]
fn folders_may_be_called_like_commands() {
    assert_eq!(paths("bklog-lint check rules"), ["rules"]);
    assert_eq!(paths("bklog-lint check check"), ["check"]);
    assert_eq!(paths("bklog-lint -- rules init"), ["rules", "init"]);
    assert_eq!(paths("bklog-lint ./rules"), ["./rules"]);
    assert_eq!(paths("bklog-lint apps rules"), ["apps", "rules"]);
    assert!(matches!(parsed("bklog-lint rules").command, Some(Command::Rules(_))));
    // A slip of the pen is a path too, and the error about a missing path speaks of it.
    assert_eq!(paths("bklog-lint ruels"), ["ruels"]);
}

#[test]
fn rules_come_in_lists() {
    let request = request("bklog-lint --select GRA,NAM001 --select naming --ignore GRA003 .");
    assert_eq!(request.select, ["GRA", "NAM001", "naming"]);
    assert_eq!(request.ignore, ["GRA003"]);
}

#[test]
fn what_is_not_given_is_left_to_the_configuration() {
    let request = request("bklog-lint");
    assert!(request.paths.is_empty() && request.select.is_empty() && request.ignore.is_empty());
    assert!(matches!(request.configuration, ConfigurationSource::Found));
    assert!(matches!(request.baseline, BaselineSource::Configured));
    assert_eq!((request.fail_on, request.scope, request.diff_base), (None, Scope::Auto, None));
}

#[test]
fn all_is_short_for_a_scope() {
    assert_eq!(request("bklog-lint --all").scope, Scope::All);
    assert_eq!(request("bklog-lint --scope changed --diff-base main").scope, Scope::Changed);
    assert!(refused("bklog-lint --all --scope changed").contains("cannot be used with"));
}

#[test]
fn outputs_are_a_format_and_a_file() {
    let given = check("bklog-lint --output sarif=a=b.sarif --output text=out.txt .").output;
    assert_eq!(given, [Output::parse("sarif=a=b.sarif").unwrap(), Output::parse("text=out.txt").unwrap()]);
    for (given, said) in [
        ("report.json", "must be FORMAT=FILE"),
        ("pdf=x", "no format is called `pdf`; there are text, json, sarif"),
        ("json=", "the file is missing"),
        ("json=-", "use --format json"),
        ("json=/dev/stdout", "use --format json"),
    ] {
        let error = refused(&format!("bklog-lint --output {given}"));
        assert!(error.contains(said), "{given}: {error}");
    }
}

#[test]
fn wrong_words_are_answered_with_the_right_ones() {
    let error = refused("bklog-lint --format pdf");
    assert!(
        error
            .contains("[possible values: text, json, sarif, github, gitlab, junit, markdown, comment, html]"),
        "{error}"
    );
    assert!(refused("bklog-lint --fail-on warn").contains("'warning'"));
    assert!(refused("bklog-lint --threads 0").contains("1..=1024"));
    assert!(refused("bklog-lint --no-config --config x.toml").contains("cannot be used with"));
    assert!(refused("bklog-lint --quiet --verbose").contains("cannot be used with"));
    assert!(refused("bklog-lint inspect tables").contains("unrecognized subcommand"));
}

#[test]
fn baselines_are_written_where_either_option_says() {
    for option in ["--output", "--baseline"] {
        let arguments = parsed(&format!("bklog-lint baseline {option} b.json bklog"));
        let Some(Command::Baseline(baseline)) = arguments.command else { panic!("{arguments:?}") };
        assert_eq!(baseline.output, Some(PathBuf::from("b.json")));
        assert_eq!(baseline.paths, [PathBuf::from("bklog")]);
    }
}

#[test]
fn every_command_says_how_to_speak() {
    for line in [
        "bklog-lint --lang zh --color never",
        "bklog-lint explain --lang zh --color never GRA001",
        "bklog-lint rules --lang zh --color never",
        "bklog-lint inspect graph --lang zh --color never",
        "bklog-lint baseline --lang zh --color never",
        "bklog-lint init --lang zh --color never",
    ] {
        let arguments = parsed(line);
        let face = arguments.command.unwrap_or(Command::Check(arguments.check)).face();
        assert_eq!((face.lang, face.color), (Some(Lang::Zh), anstream::ColorChoice::Never), "{line}");
    }
}
