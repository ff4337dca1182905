-- What people asked support: the Task, the number they were told, and who asked, if they were signed in.
CREATE TABLE ticket (
    task    TEXT NOT NULL PRIMARY KEY,
    number  TEXT NOT NULL UNIQUE,
    account TEXT,
    opened  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_account ON ticket (account, opened);

-- Accounts that support looks at for a ticket: one at a time through one authorization.
CREATE TABLE ticket_view (
    id       TEXT NOT NULL PRIMARY KEY,
    task     TEXT NOT NULL,
    number   TEXT NOT NULL,
    account  TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    patient  TEXT NOT NULL,
    opened   INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    ended    INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ticket_view_open ON ticket_view (grant_id) WHERE ended IS NULL;
CREATE INDEX ticket_view_grant ON ticket_view (grant_id, opened);
CREATE INDEX ticket_view_task ON ticket_view (task);

-- Why another organization says it is an emergency.
ALTER TABLE grant_b2b ADD COLUMN emergency_reason TEXT;

-- Charts that another organization looked at in an emergency, each once for an authorization.
CREATE TABLE organization_emergency (
    grant_id TEXT NOT NULL,
    patient  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    done     INTEGER,
    PRIMARY KEY (grant_id, patient)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_emergency_open ON organization_emergency (at) WHERE done IS NULL;

-- Times at which the house changes nothing, or answers nothing, and what is said about them.
CREATE TABLE maintenance (
    id     TEXT NOT NULL PRIMARY KEY,
    mode   TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends   INTEGER NOT NULL,
    said   TEXT NOT NULL,
    over   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX maintenance_ends ON maintenance (ends);
