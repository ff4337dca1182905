-- An app about to be opened in the context of a chart: good for one app, one person and a short time.
CREATE TABLE launch (
    hash      TEXT NOT NULL PRIMARY KEY,
    client    TEXT NOT NULL,
    account   TEXT NOT NULL,
    patient   TEXT,
    encounter TEXT,
    context   TEXT NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX launch_account ON launch (account, created);
CREATE INDEX launch_expires ON launch (expires);

-- The launch an authorization request came from.
ALTER TABLE pending ADD COLUMN launch TEXT;

-- What the token endpoint says of the launch a grant came from, again at each refresh.
CREATE TABLE launch_grant (
    app_grant TEXT NOT NULL PRIMARY KEY,
    context   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Grants that end with the session they were given in (`online_access`).
CREATE TABLE session_grant (
    app_grant TEXT NOT NULL PRIMARY KEY,
    session   TEXT NOT NULL,
    account   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_grant_session ON session_grant (session);
CREATE INDEX session_grant_account ON session_grant (account);
