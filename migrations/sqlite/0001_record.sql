-- The clinical record: current rows, earlier versions, the search index, and the audit trail.
-- Times are microseconds since 1970 UTC; `rid` is never reused and is the paging key.

CREATE TABLE mark (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers are handed out in blocks, so that a busy writer asks seldom.
CREATE TABLE block (
    name TEXT NOT NULL PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO block (name, next) VALUES ('rid', 1);

CREATE TABLE facet (
    id   INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    key  TEXT NOT NULL UNIQUE
) STRICT;

-- The current version of every resource; a deleted one stays as a row without body.
CREATE TABLE resource (
    rid        INTEGER PRIMARY KEY,
    type       TEXT NOT NULL,
    id         TEXT NOT NULL,
    version    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    method     INTEGER NOT NULL,
    deleted    INTEGER NOT NULL,
    owner      TEXT,
    facet      INTEGER NOT NULL,
    hold_until INTEGER,
    pool       TEXT,
    sort_key   INTEGER NOT NULL,
    body       BLOB
) STRICT;
CREATE UNIQUE INDEX resource_id ON resource (type, id);
CREATE INDEX resource_owner ON resource (owner, type, rid);
CREATE INDEX resource_type ON resource (type, rid);
CREATE INDEX resource_updated ON resource (type, updated, rid);

-- Versions that are no longer current; the current one is in `resource` alone.
CREATE TABLE history (
    rid        INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    method     INTEGER NOT NULL,
    deleted    INTEGER NOT NULL,
    owner      TEXT,
    facet      INTEGER NOT NULL,
    hold_until INTEGER,
    pool       TEXT,
    body       BLOB
) STRICT;
CREATE UNIQUE INDEX history_version ON history (rid, version);

-- The search index. Texts are cut to a length every database can index; a missing sort key is the smallest number.
CREATE TABLE ix_string (
    rid      INTEGER NOT NULL,
    param    INTEGER NOT NULL,
    folded   TEXT NOT NULL,
    exact    TEXT NOT NULL,
    sort_key INTEGER NOT NULL,
    PRIMARY KEY (rid, param, folded, exact)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_string_value ON ix_string (param, folded, sort_key, rid);

CREATE TABLE ix_token (
    rid      INTEGER NOT NULL,
    param    INTEGER NOT NULL,
    code     TEXT NOT NULL,
    system   TEXT NOT NULL,
    sort_key INTEGER NOT NULL,
    PRIMARY KEY (rid, param, code, system)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_token_value ON ix_token (param, code, system, sort_key, rid);

-- `type` is empty where `target` is a URL of somewhere else.
CREATE TABLE ix_reference (
    rid      INTEGER NOT NULL,
    param    INTEGER NOT NULL,
    target   TEXT NOT NULL,
    type     TEXT NOT NULL,
    sort_key INTEGER NOT NULL,
    PRIMARY KEY (rid, param, target, type)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_reference_value ON ix_reference (param, target, type, sort_key, rid);

CREATE TABLE ix_date (
    rid   INTEGER NOT NULL,
    param INTEGER NOT NULL,
    low   INTEGER NOT NULL,
    high  INTEGER NOT NULL,
    PRIMARY KEY (rid, param, low, high)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_date_value ON ix_date (param, low, high, rid);

CREATE TABLE ix_quantity (
    rid    INTEGER NOT NULL,
    param  INTEGER NOT NULL,
    low    REAL NOT NULL,
    high   REAL NOT NULL,
    code   TEXT NOT NULL,
    system TEXT NOT NULL,
    PRIMARY KEY (rid, param, low, high, code, system)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_quantity_value ON ix_quantity (param, low, high, rid);

CREATE TABLE ix_uri (
    rid      INTEGER NOT NULL,
    param    INTEGER NOT NULL,
    value    TEXT NOT NULL,
    sort_key INTEGER NOT NULL,
    PRIMARY KEY (rid, param, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_uri_value ON ix_uri (param, value, sort_key, rid);

-- Who acted, once for all their events.
CREATE TABLE audit_agent (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,
    who          TEXT NOT NULL,
    display      TEXT NOT NULL,
    on_behalf_of TEXT,
    account      TEXT,
    client_id    TEXT,
    grant_id     TEXT,
    purpose      TEXT
) STRICT;

-- `shown`: an AuditEvent resource was made of it.
CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    action     INTEGER NOT NULL,
    permitted  INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    agent      INTEGER NOT NULL,
    patient    TEXT,
    entity     TEXT,
    query      TEXT,
    request_id TEXT,
    shown      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX audit_patient ON audit (patient, shown, seq);
