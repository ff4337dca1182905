-- An app about to be opened in the context of a chart: good for one app, one person and a short time.
CREATE TABLE launch (
    hash      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    client    TEXT COLLATE "C" NOT NULL,
    account   TEXT COLLATE "C" NOT NULL,
    patient   TEXT COLLATE "C",
    encounter TEXT COLLATE "C",
    context   TEXT COLLATE "C" NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX launch_account ON launch (account, created);
CREATE INDEX launch_expires ON launch (expires);

-- The launch an authorization request came from.
ALTER TABLE pending ADD COLUMN launch TEXT COLLATE "C";

-- What the token endpoint says of the launch a grant came from, again at each refresh.
CREATE TABLE launch_grant (
    app_grant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    context   TEXT COLLATE "C" NOT NULL
);

-- Grants that end with the session they were given in (`online_access`).
CREATE TABLE session_grant (
    app_grant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    session   TEXT COLLATE "C" NOT NULL,
    account   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX session_grant_session ON session_grant (session);
CREATE INDEX session_grant_account ON session_grant (account);
