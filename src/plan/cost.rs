//! How long statements take on tables of a given size: ranges, or unknown with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::django::editor::{Entry, Statement};
use crate::django::{DjangoVersion, Migration, OperationKind};
use crate::findings::Bilingual;
use crate::mysql::online_ddl::Algorithm;

use super::rates::{Rates, Work};

/// A length of time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate {
    /// At least.
    pub low: u64,
    /// At most.
    pub high: u64,
}

impl std::iter::Sum for Estimate {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            low: sum.low.saturating_add(one.low),
            high: sum.high.saturating_add(one.high),
        })
    }
}

/// The size of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Size {
    /// Rows, as the server estimates them.
    pub rows: u64,
    /// Bytes of data and indexes.
    pub bytes: u64,
}

/// Sizes by the name of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    tables: BTreeMap<String, Size>,
}

/// Why a file of sizes cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.en)]
pub struct SizesError(pub Bilingual);

impl Sizes {
    /// Reads sizes: lines of tabs or commas with a heading, as
    /// `SELECT table_name, table_rows, data_length, index_length FROM information_schema.tables` prints them.
    ///
    /// # Errors
    /// When the file cannot be read, has no such columns, or a number is none.
    pub fn read(path: &Path) -> Result<Self, SizesError> {
        let shown = path.display();
        let text = crate::source::read_given_text(path).map_err(|error| {
            SizesError(Bilingual::new(
                format!("{shown}: cannot read the sizes: {error}"),
                format!("{shown}：无法读取表大小：{error}"),
            ))
        })?;
        Self::parse(&text).map_err(|why| {
            SizesError(Bilingual::new(format!("{shown}: {}", why.en), format!("{shown}：{}", why.zh)))
        })
    }

    /// As [`Self::read`], from text.
    ///
    /// # Errors
    /// When it has no such columns, or a number is none.
    pub fn parse(text: &str) -> Result<Self, Bilingual> {
        let text = text.trim_start_matches('\u{feff}');
        let delimiter =
            if text.lines().next().is_some_and(|line| line.contains('\t')) { b'\t' } else { b',' };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
        let broken = |error: csv::Error| {
            Bilingual::new(format!("no table of sizes: {error}"), format!("不是表大小的列表：{error}"))
        };
        let heads: Vec<String> =
            reader.headers().map_err(broken)?.iter().map(str::to_ascii_lowercase).collect();
        let column = |name: &str| heads.iter().position(|head| head == name);
        let (Some(name), Some(rows), Some(data)) =
            (column("table_name"), column("table_rows"), column("data_length"))
        else {
            return Err(Bilingual::new(
                "the heading must name table_name, table_rows and data_length (index_length is taken too)",
                "表头须包含 table_name、table_rows 和 data_length（也可有 index_length）",
            ));
        };
        let index = column("index_length");
        let mut tables = BTreeMap::new();
        for (at, record) in reader.records().enumerate() {
            let record = record.map_err(broken)?;
            let number = |column: usize| match record.get(column).unwrap_or_default() {
                "" | "NULL" => Some(0),
                text => text.parse::<u64>().ok(),
            };
            let bytes = number(data).zip(index.map_or(Some(0), number)).map(|(a, b)| a.saturating_add(b));
            let (Some(rows), Some(bytes)) = (number(rows), bytes) else {
                let line = at + 2;
                return Err(Bilingual::new(
                    format!("line {line}: a size is a whole number"),
                    format!("第 {line} 行：大小应为整数"),
                ));
            };
            tables.insert(record.get(name).unwrap_or_default().to_ascii_lowercase(), Size { rows, bytes });
        }
        Ok(Self { tables })
    }

    /// The size of a table; `None` when nobody told it.
    pub fn of(&self, table: &str) -> Option<Size> {
        self.tables.get(&table.to_ascii_lowercase()).copied()
    }

    /// Sizes from a list.
    pub fn from_tables(tables: impl IntoIterator<Item = (String, Size)>) -> Self {
        Self { tables: tables.into_iter().map(|(name, size)| (name.to_ascii_lowercase(), size)).collect() }
    }

    /// True when nothing was told.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

/// The time that a migration takes.
pub(super) struct Cost {
    pub(super) takes: Result<Estimate, Bilingual>,
    pub(super) blocked: Result<Estimate, Bilingual>,
}

/// The cost of a migration; `fresh` are the tables that the upgrade itself makes.
pub(super) fn of_migration(
    migration: &Migration,
    entries: &[Entry],
    fresh: &BTreeSet<Arc<str>>,
    (sizes, rates): (&Sizes, &Rates),
    django: Option<DjangoVersion>,
) -> Cost {
    match statements(migration, entries, fresh, (sizes, rates), django) {
        Ok(each) => {
            let sum = |blocking: bool| {
                let wanted = each.iter().filter(|(blocks, ..)| *blocks || !blocking);
                let (low, high) = wanted.fold((0, 0), |(low, high): (u64, u64), (_, one_low, one_high)| {
                    (low.saturating_add(*one_low), high.saturating_add(*one_high))
                });
                Estimate { low: low / 1000, high: high.div_ceil(1000) }
            };
            Cost { takes: Ok(sum(false)), blocked: Ok(sum(true)) }
        }
        Err(why) => Cost { takes: Err(why.clone()), blocked: Err(why) },
    }
}

/// Per statement: whether writes wait, and its milliseconds.
fn statements(
    migration: &Migration,
    entries: &[Entry],
    fresh: &BTreeSet<Arc<str>>,
    known: (&Sizes, &Rates),
    django: Option<DjangoVersion>,
) -> Result<Vec<(bool, u64, u64)>, Bilingual> {
    if django.is_none() {
        return Err(Bilingual::new(
            "no release of Django is known, so no statement is",
            "不知道 Django 版本，因此不知道语句",
        ));
    }
    let all = migration.file.operations.iter().flat_map(|operation| operation.walk());
    for operation in all {
        let class = &operation.class;
        if matches!(operation.kind, OperationKind::RunPython | OperationKind::RunSql | OperationKind::Custom)
        {
            return Err(Bilingual::new(
                format!("{class} runs the project's own code or SQL"),
                format!("{class} 执行项目自己的代码或 SQL"),
            ));
        }
    }
    let mut out = Vec::new();
    for entry in entries {
        let statements = entry.sql.as_ref().map_err(|why| why.describe().clone())?;
        if let Some(why) = &entry.incomplete {
            return Err(why.describe().clone());
        }
        for statement in statements {
            out.push(of_statement(statement, fresh, known)?);
        }
    }
    Ok(out)
}

fn of_statement(
    statement: &Statement,
    fresh: &BTreeSet<Arc<str>>,
    (sizes, rates): (&Sizes, &Rates),
) -> Result<(bool, u64, u64), Bilingual> {
    let (least_low, least_high) = (rates.least.low_ms, rates.least.high_ms);
    let is_fresh = fresh.contains(&statement.table);
    let class = &statement.class;
    let work = match (class.algorithm, class.rebuild) {
        _ if is_fresh => None,
        (Some(Algorithm::Instant), _) => None,
        (Some(Algorithm::Copy), _) => match class.shape {
            Some("add-foreign-key" | "add-column-foreign-key") => Some(Work::ForeignKey),
            _ => Some(Work::Copy),
        },
        (Some(Algorithm::Inplace), Some(true)) => Some(Work::Rebuild),
        (Some(Algorithm::Inplace), Some(false)) => match class.shape.unwrap_or_default() {
            shape if shape.starts_with("add-") => Some(Work::Index),
            _ => None,
        },
        // UPDATE and the like read every row.
        (None, Some(false)) if statement.sql.starts_with("UPDATE") => Some(Work::Copy),
        (None, Some(false)) => None,
        (_, Some(true)) => Some(Work::Copy),
        (_, None) => {
            let shown = &statement.sql;
            return Err(Bilingual::new(
                format!("what the server does with this statement is not known: {shown}"),
                format!("不知道服务器如何执行该语句：{shown}"),
            ));
        }
    };
    let blocks = class.blocks_writes != Some(false) && !is_fresh;
    let Some(work) = work else { return Ok((blocks, least_low, least_high)) };
    let table = &statement.table;
    let Some(size) = sizes.of(table) else {
        return Err(Bilingual::new(
            format!("the size of `{table}` is not known"),
            format!("不知道表 `{table}` 的大小"),
        ));
    };
    let (low, high) = rates
        .takes(work, size)
        .ok_or_else(|| Bilingual::new("no rate is known for this kind of work", "没有这类操作的速率数据"))?;
    Ok((blocks, least_low.saturating_add(low), least_high.saturating_add(high)))
}
