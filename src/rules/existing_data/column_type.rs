//! Column types by what they can hold.

/// A column type as Django writes it: `varchar(64)`, `integer UNSIGNED`, `numeric(10, 2)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnType {
    /// The first word, in lower case.
    name: String,
    /// Numbers in parentheses.
    numbers: Vec<i64>,
    unsigned: bool,
}

/// What a change of type may do to values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeChange {
    /// Some values no longer fit.
    Narrower,
    /// Negative values no longer fit.
    LosesSign,
    /// Values lose a part, without an error.
    Rounds,
    /// Values are converted.
    OtherFamily,
}

/// Kinds of types between which MySQL converts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Integer,
    Decimal,
    Float,
    Date,
    Time,
    Binary,
    Json,
    Other,
}

impl ColumnType {
    pub(super) fn parse(text: &str) -> Self {
        let lower = text.to_lowercase();
        let name = lower.split(['(', ' ']).next().unwrap_or_default().to_owned();
        let inside =
            lower.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
        let numbers =
            inside.map(|inside| inside.split(',').filter_map(|one| one.trim().parse().ok()).collect());
        Self { name, numbers: numbers.unwrap_or_default(), unsigned: lower.contains("unsigned") }
    }

    fn family(&self) -> Family {
        match self.name.as_str() {
            "varchar" | "char" | "longtext" | "text" | "mediumtext" | "tinytext" => Family::Text,
            "bool" | "tinyint" | "smallint" | "mediumint" | "integer" | "int" | "bigint" => Family::Integer,
            "numeric" | "decimal" => Family::Decimal,
            "double" | "float" => Family::Float,
            "date" | "datetime" | "timestamp" => Family::Date,
            "time" => Family::Time,
            "longblob" | "blob" | "varbinary" | "binary" | "mediumblob" => Family::Binary,
            "json" => Family::Json,
            _ => Family::Other,
        }
    }

    /// Bytes of an integer.
    fn width(&self) -> u8 {
        match self.name.as_str() {
            "bool" | "tinyint" => 1,
            "smallint" => 2,
            "mediumint" => 3,
            "integer" | "int" => 4,
            _ => 8,
        }
    }

    /// Characters that fit; none for a text without a limit of its own that matters here.
    fn length(&self) -> Option<i64> {
        match self.name.as_str() {
            "varchar" | "char" => self.numbers.first().copied(),
            "tinytext" => Some(255),
            _ => None,
        }
    }

    fn number(&self, at: usize) -> i64 {
        self.numbers.get(at).copied().unwrap_or(0)
    }

    /// What may happen to values of this type in a column of type `to`; `None` when all are kept as they are.
    pub(super) fn change_to(&self, to: &Self) -> Option<TypeChange> {
        use Family::*;
        match (self.family(), to.family()) {
            (Other, _) | (_, Other) => None,
            (Text, Text) => match (self.length(), to.length()) {
                (from, Some(to)) if from.is_none_or(|from| from > to) => Some(TypeChange::Narrower),
                _ => None,
            },
            (Integer, Integer) => {
                // An unsigned type of the same width holds twice as much as the signed one.
                let fits =
                    to.width() > self.width() || (to.width() == self.width() && to.unsigned == self.unsigned);
                match (fits, self.unsigned, to.unsigned) {
                    _ if to.width() < self.width() => Some(TypeChange::Narrower),
                    (_, false, true) => Some(TypeChange::LosesSign),
                    (true, ..) => None,
                    _ => Some(TypeChange::Narrower),
                }
            }
            (Decimal, Decimal) => {
                let whole = |one: &Self| one.number(0) - one.number(1);
                if whole(to) < whole(self) {
                    Some(TypeChange::Narrower)
                } else if to.number(1) < self.number(1) {
                    Some(TypeChange::Rounds)
                } else {
                    None
                }
            }
            (Date, Date) => {
                let loses_time = self.name != "date" && to.name == "date";
                let loses_fraction = to.name != "date" && to.number(0) < self.number(0);
                (loses_time || loses_fraction).then_some(TypeChange::Rounds)
            }
            (Float, Float) | (Binary, Binary) | (Json, Json) => None,
            (Time, Time) => (to.number(0) < self.number(0)).then_some(TypeChange::Rounds),
            // What any text can show: numbers and dates are kept where there is room.
            (Integer | Decimal | Date | Time | Json, Text) => match to.length() {
                Some(length) if length < 26 || self.family() == Json => Some(TypeChange::Narrower),
                _ => None,
            },
            (Integer, Decimal) => (to.number(0) - to.number(1) < 19).then_some(TypeChange::Narrower),
            // A double keeps whole numbers up to 2^53.
            (Integer, Float) => (self.width() == 8).then_some(TypeChange::Rounds),
            (Decimal | Float, Integer) | (Float, Decimal) | (Decimal, Float) => Some(TypeChange::Rounds),
            _ => Some(TypeChange::OtherFamily),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_and_what_is_not() {
        let change = |from: &str, to: &str| ColumnType::parse(from).change_to(&ColumnType::parse(to));
        assert_eq!(change("varchar(100)", "varchar(200)"), None);
        assert_eq!(change("varchar(100)", "longtext"), None);
        assert_eq!(change("varchar(100)", "varchar(99)"), Some(TypeChange::Narrower));
        assert_eq!(change("longtext", "varchar(9000)"), Some(TypeChange::Narrower));
        assert_eq!(change("integer", "bigint"), None);
        assert_eq!(change("integer AUTO_INCREMENT", "bigint AUTO_INCREMENT"), None);
        assert_eq!(change("bigint", "integer"), Some(TypeChange::Narrower));
        assert_eq!(change("integer", "integer UNSIGNED"), Some(TypeChange::LosesSign));
        assert_eq!(change("integer UNSIGNED", "integer"), Some(TypeChange::Narrower));
        assert_eq!(change("integer UNSIGNED", "bigint"), None);
        assert_eq!(change("numeric(10, 4)", "numeric(10, 2)"), Some(TypeChange::Rounds));
        assert_eq!(change("numeric(10, 2)", "numeric(10, 4)"), Some(TypeChange::Narrower));
        assert_eq!(change("numeric(10, 2)", "numeric(12, 4)"), None);
        assert_eq!(change("datetime(6)", "date"), Some(TypeChange::Rounds));
        assert_eq!(change("datetime", "datetime(6)"), None);
        assert_eq!(change("longtext", "json"), Some(TypeChange::OtherFamily));
        assert_eq!(change("varchar(10)", "integer"), Some(TypeChange::OtherFamily));
        assert_eq!(change("integer", "varchar(64)"), None);
        assert_eq!(change("bool", "integer"), None);
        assert_eq!(change("integer", "double precision"), None);
        assert_eq!(change("bigint", "double precision"), Some(TypeChange::Rounds));
        assert_eq!(change("uuid", "char(32)"), None);
        assert_eq!(change("varchar(100)", "varchar(100)"), None);
        assert_eq!(change("varchar(300)", "tinytext"), Some(TypeChange::Narrower));
        assert_eq!(change("varchar(255)", "tinytext"), None);
        assert_eq!(change("numeric(10, 2)", "numeric(10, 2)"), None);
        assert_eq!(change("date", "datetime(6)"), None);
        assert_eq!(change("date", "date"), None);
        assert_eq!(change("datetime(6)", "datetime"), Some(TypeChange::Rounds));
        assert_eq!(change("time(6)", "time"), Some(TypeChange::Rounds));
        assert_eq!(change("time(6)", "time(6)"), None);
        assert_eq!(change("time", "time(6)"), None);
        assert_eq!(change("time", "datetime"), Some(TypeChange::OtherFamily));
        assert_eq!(change("double precision", "double precision"), None);
        assert_eq!(change("longblob", "blob"), None);
        assert_eq!(change("longblob", "integer"), Some(TypeChange::OtherFamily));
        assert_eq!(change("json", "json"), None);
        assert_eq!(change("json", "integer"), Some(TypeChange::OtherFamily));
    }

    #[test]
    fn whole_numbers_go_by_their_bytes() {
        let change = |from: &str, to: &str| ColumnType::parse(from).change_to(&ColumnType::parse(to));
        let by_width = ["bool", "smallint", "mediumint", "integer", "bigint"];
        for (at, from) in by_width.iter().enumerate() {
            for (other, to) in by_width.iter().enumerate() {
                let narrower = (other < at).then_some(TypeChange::Narrower);
                assert_eq!(change(from, to), narrower, "{from} to {to}");
                let unsigned = format!("{to} UNSIGNED");
                let signed_lost = narrower.or(Some(TypeChange::LosesSign));
                assert_eq!(change(from, &unsigned), signed_lost, "{from} to {unsigned}");
            }
        }
    }

    #[test]
    fn a_text_or_decimal_needs_room_for_what_it_is_to_show() {
        let change = |from: &str, to: &str| ColumnType::parse(from).change_to(&ColumnType::parse(to));
        for from in ["bigint", "numeric(10, 2)", "datetime(6)", "time(6)"] {
            assert_eq!(change(from, "varchar(25)"), Some(TypeChange::Narrower), "{from}");
            assert_eq!(change(from, "varchar(26)"), None, "{from}");
            assert_eq!(change(from, "longtext"), None, "{from}");
        }
        assert_eq!(change("json", "varchar(4000)"), Some(TypeChange::Narrower));
        assert_eq!(change("json", "longtext"), None);
        assert_eq!(change("bigint", "numeric(20, 2)"), Some(TypeChange::Narrower));
        assert_eq!(change("bigint", "numeric(21, 2)"), None);
        assert_eq!(change("bigint", "numeric(19, 0)"), None);
        assert_eq!(change("numeric(10, 2)", "integer"), Some(TypeChange::Rounds));
        assert_eq!(change("double precision", "numeric(10, 2)"), Some(TypeChange::Rounds));
        assert_eq!(change("numeric(10, 2)", "double precision"), Some(TypeChange::Rounds));
    }
}
