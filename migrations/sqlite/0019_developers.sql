-- Codes by which a developer proves a mail address, before there is an account: SHA-256 of address and code.
CREATE TABLE developer_code (
    email   TEXT NOT NULL PRIMARY KEY,
    hash    TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
