-- Links by which somebody without a chart here opens an account of their own, to act for others: the secret is
-- stored hashed, and one account comes of each.
CREATE TABLE entrance (
    secret_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email       TEXT    NOT NULL,
    created     BIGINT  NOT NULL,
    expires     BIGINT  NOT NULL,
    account     TEXT
);
