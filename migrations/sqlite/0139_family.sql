-- Links by which somebody without a chart here opens an account of their own, to act for others: the secret is
-- stored hashed, and one account comes of each.
CREATE TABLE entrance (
    secret_hash TEXT    NOT NULL PRIMARY KEY,
    email       TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    account     TEXT
) STRICT, WITHOUT ROWID;
