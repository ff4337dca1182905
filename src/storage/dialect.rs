//! The few places where the two databases want different words.

use crate::db::Db;

impl Db {
    /// `column IN (list)`, where `$number` is bound to a list of texts or integers: one text for
    /// any length.
    pub(crate) fn in_list(&self, column: &str, number: usize) -> String {
        if self.is_sqlite() {
            format!("{column} IN (SELECT value FROM json_each(${number}))")
        } else {
            format!("{column} = ANY(${number})")
        }
    }

    /// A column of the few rows at hand, to be compared with a long list: SQLite would look for
    /// each of the list in an index otherwise.
    pub(crate) fn at_hand(&self, column: &str) -> String {
        let plus = if self.is_sqlite() { "+" } else { "" };
        format!("{plus}{column}")
    }

    /// Appended to a SELECT in a transaction whose rows are to be changed.
    /// SQLite has one writer and needs no locks.
    pub(crate) fn for_update(&self) -> &'static str {
        if self.is_sqlite() { "" } else { " FOR UPDATE" }
    }

    /// Begins a transaction that will write.
    pub(crate) const BEGIN_SQLITE: &'static str = "BEGIN IMMEDIATE";

    /// `FROM …`: the resources `r` of a bound list of `Type/id` texts. CROSS JOIN keeps SQLite from
    /// reading every row of a type for each name.
    pub(crate) fn naming(&self, number: usize) -> String {
        let (rows, join) = if self.is_sqlite() {
            let rows = format!(
                "SELECT substr(value, 1, instr(value, '/') - 1) AS type, \
                 substr(value, instr(value, '/') + 1) AS id FROM json_each(${number})"
            );
            (rows, "CROSS JOIN")
        } else {
            let rows = format!(
                "SELECT split_part(v, '/', 1) AS type, split_part(v, '/', 2) AS id \
                 FROM unnest(${number}) AS v"
            );
            (rows, "JOIN")
        };
        format!(
            "FROM ({rows}) wanted {join} resource r ON r.type = wanted.type AND r.id = wanted.id"
        )
    }

    /// `FROM … WHERE …`: the rows `x` that an index table holds of the row `r` under one parameter.
    /// PostgreSQL is
    /// kept from looking them up by value instead, which reads every row of the record with that
    /// value.
    pub(crate) fn of_row(&self, table: &str, param: usize) -> String {
        self.rows_of_row(table, |i| format!("{i}.param = ${param}"))
    }

    /// The same for all parameters from one number to another.
    pub(crate) fn of_row_among(&self, table: &str, from: usize, to: usize) -> String {
        self.rows_of_row(table, |i| format!("{i}.param BETWEEN ${from} AND ${to}"))
    }

    fn rows_of_row(&self, table: &str, params: impl Fn(&str) -> String) -> String {
        if self.is_sqlite() {
            format!("FROM {table} x WHERE x.rid = r.rid AND {}", params("x"))
        } else {
            format!(
                "FROM (SELECT i.* FROM {table} i WHERE i.rid = r.rid AND {} OFFSET 0) x WHERE true",
                params("i")
            )
        }
    }

    /// `FROM … WHERE …`: the rows `x` of the reference index that point by one parameter to the row
    /// `r`, whose type is given.
    pub(crate) fn pointing_at_row(&self, param: usize, resource_type: usize) -> String {
        let wanted = |i: &str| {
            format!("{i}.param = ${param} AND {i}.target = r.id AND {i}.type = ${resource_type}")
        };
        if self.is_sqlite() {
            format!("FROM ix_reference x WHERE {}", wanted("x"))
        } else {
            let wanted = wanted("i");
            format!("FROM (SELECT i.rid FROM ix_reference i WHERE {wanted} OFFSET 0) x WHERE true")
        }
    }

    /// Begins `column IN (SELECT …)` for a SELECT that is run once, before anything else.
    pub(crate) fn among(&self, column: &'static str) -> &'static str {
        match (column, self.is_sqlite()) {
            ("r.id", true) => "r.id IN (",
            ("r.id", false) => "r.id = ANY(ARRAY(",
            (_, true) => "r.rid IN (",
            (_, false) => "r.rid = ANY(ARRAY(",
        }
    }

    /// Ends what [`Self::among`] began.
    pub(crate) fn among_end(&self) -> &'static str {
        if self.is_sqlite() { ")" } else { "))" }
    }

    /// Ends a SELECT that is to be run as it stands, not merged into the one around it.
    pub(crate) fn fence(&self) -> &'static str {
        if self.is_sqlite() { "" } else { " OFFSET 0" }
    }
}
