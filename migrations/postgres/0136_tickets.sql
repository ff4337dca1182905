-- What people asked support: the Task, the number they were told, and who asked, if they were signed in.
CREATE TABLE ticket (
    task    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number  TEXT COLLATE "C" NOT NULL UNIQUE,
    account TEXT COLLATE "C",
    opened  BIGINT NOT NULL
);
CREATE INDEX ticket_account ON ticket (account, opened);

-- Accounts that support looks at for a ticket: one at a time through one authorization.
CREATE TABLE ticket_view (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    task     TEXT COLLATE "C" NOT NULL,
    number   TEXT COLLATE "C" NOT NULL,
    account  TEXT COLLATE "C" NOT NULL,
    grant_id TEXT COLLATE "C" NOT NULL,
    patient  TEXT COLLATE "C" NOT NULL,
    opened   BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    ended    BIGINT
);
CREATE UNIQUE INDEX ticket_view_open ON ticket_view (grant_id) WHERE ended IS NULL;
CREATE INDEX ticket_view_grant ON ticket_view (grant_id, opened);
CREATE INDEX ticket_view_task ON ticket_view (task);

-- Why another organization says it is an emergency.
ALTER TABLE grant_b2b ADD COLUMN emergency_reason TEXT COLLATE "C";

-- Charts that another organization looked at in an emergency, each once for an authorization.
CREATE TABLE organization_emergency (
    grant_id TEXT COLLATE "C" NOT NULL,
    patient  TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL,
    done     BIGINT,
    PRIMARY KEY (grant_id, patient)
);
CREATE INDEX organization_emergency_open ON organization_emergency (at) WHERE done IS NULL;

-- Times at which the house changes nothing, or answers nothing, and what is said about them.
CREATE TABLE maintenance (
    id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    mode   TEXT COLLATE "C" NOT NULL,
    starts BIGINT NOT NULL,
    ends   BIGINT NOT NULL,
    said   TEXT COLLATE "C" NOT NULL,
    over   BIGINT
);
CREATE INDEX maintenance_ends ON maintenance (ends);
