//! Statements whose outcome nobody waits for, gathered to take one trip to the database.

use super::Sql;

/// Values bound by what has gathered: well below both engines' limits on placeholders (32,766 and 65,535).
const MOST: usize = 10_000;

/// What has gathered in a transaction, in order.
#[derive(Debug, Default)]
pub(super) struct Later(Vec<Sql>);

impl Later {
    /// Whether a statement may run in one trip with what has gathered. On PostgreSQL the trip is a single statement
    /// whose parts see the same snapshot, so no two of them may be about the same table.
    pub(super) fn takes(&self, sql: &Sql, one_statement: bool) -> bool {
        let bound: usize = self.0.iter().map(|sql| sql.args.len()).sum();
        let apart = || self.0.iter().all(|gathered| table(&gathered.text) != table(&sql.text));
        self.0.is_empty() || (bound + sql.args.len() <= MOST && (!one_statement || apart()))
    }

    pub(super) fn add(&mut self, sql: Sql) {
        self.0.push(sql);
    }

    /// All that has gathered: statements one after the other, or the parts of a single one.
    pub(super) fn take(&mut self, one_statement: bool) -> Option<Sql> {
        let mut gathered = std::mem::take(&mut self.0).into_iter();
        let last = gathered.next_back()?;
        let mut sql = Sql::default();
        for (number, part) in gathered.enumerate() {
            match (one_statement, number) {
                (false, _) => {
                    sql.join("", part);
                    sql.push(";");
                }
                (true, 0) => {
                    sql.join("WITH part0 AS (", part);
                    sql.push(")");
                }
                (true, number) => {
                    sql.join(&format!(", part{number} AS ("), part);
                    sql.push(")");
                }
            }
        }
        sql.join(" ", last);
        Some(sql)
    }
}

/// The table that a statement changes: what follows `INTO`, `FROM` or `UPDATE`.
fn table(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    words.find(|word| matches!(*word, "INTO" | "FROM" | "UPDATE"))?;
    words.next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::args;

    fn sql(text: &str, args: Vec<crate::db::Arg>) -> Sql {
        let mut sql = Sql::default();
        sql.bind_text(text, args);
        sql
    }

    fn gathered() -> Later {
        let mut later = Later::default();
        later.add(sql("INSERT INTO a (x, y) VALUES ($1, $2)", args![1_i64, 2_i64]));
        later.add(sql("DELETE FROM b WHERE x = $1", args![3_i64]));
        later.add(sql("UPDATE c SET x = $2 WHERE y = $1", args![4_i64, 5_i64]));
        later
    }

    #[test]
    fn placeholders_count_on() {
        let one_by_one = gathered().take(false).map(|sql| (sql.text, sql.args.len()));
        let text = "INSERT INTO a (x, y) VALUES ($1, $2);DELETE FROM b WHERE x = $3; UPDATE c SET x = $5 WHERE y = $4";
        assert_eq!(one_by_one, Some((text.to_owned(), 5)));
        let at_once = gathered().take(true).map(|sql| sql.text);
        let text = "WITH part0 AS (INSERT INTO a (x, y) VALUES ($1, $2)), part1 AS (DELETE FROM b WHERE x = $3) UPDATE c SET x = $5 WHERE y = $4";
        assert_eq!(at_once.as_deref(), Some(text));
        assert!(Later::default().take(true).is_none());
    }

    #[test]
    fn one_statement_changes_a_table_once() {
        let later = gathered();
        let again = sql("DELETE FROM a WHERE x = $1", args![1_i64]);
        assert!(later.takes(&again, false));
        assert!(!later.takes(&again, true));
        assert!(later.takes(&sql("INSERT INTO d (x) VALUES ($1)", args![1_i64]), true));
        let many = (0..20_000).map(|n: i64| crate::db::Arg::from(n)).collect();
        assert!(!later.takes(&sql("DELETE FROM d", many), false));
    }
}
