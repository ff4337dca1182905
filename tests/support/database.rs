//! A fresh database: SQLite in a temporary folder, or PostgreSQL when TEST_DATABASE_URL names
//! a server.

/// Its URL, and what must be kept while it is used.
pub async fn fresh() -> (String, Option<tempfile::TempDir>) {
    match std::env::var("TEST_DATABASE_URL") {
        Ok(server) => (fresh_postgres(&server).await, None),
        Err(_) => {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", folder.path().join("test.db").display());
            (url, Some(folder))
        }
    }
}

async fn fresh_postgres(server: &str) -> String {
    use sqlx::Connection as _;
    let name = format!("kinchart_{}", uuid::Uuid::new_v4().simple());
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let (start, _) = server.rsplit_once('/').unwrap();
    format!("{start}/{name}")
}
