-- What was said or noted once about a change of who may act for whom: a notice before a birthday, the birthday
-- itself. A row is there before it is said, so that nobody says it twice.
CREATE TABLE turn (
    related_person TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    done           INTEGER NOT NULL,
    PRIMARY KEY (related_person, kind, at)
) STRICT, WITHOUT ROWID;
-- Chores that one node does for all, each held for a while at a time.
CREATE TABLE chore (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    lease  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Invitations to act for somebody; the secret of the link is stored hashed and good once.
CREATE TABLE invitation (
    code_hash      TEXT    NOT NULL PRIMARY KEY,
    task           TEXT    NOT NULL,
    patient        TEXT    NOT NULL,
    related_person TEXT    NOT NULL,
    created        INTEGER NOT NULL,
    expires        INTEGER NOT NULL,
    used           INTEGER
) STRICT, WITHOUT ROWID;
-- Who asked to act for somebody. The Task itself need not say whether the patient was found.
CREATE TABLE proxy_request (
    task    TEXT    NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX proxy_request_account ON proxy_request (account, created);
CREATE INDEX invitation_task ON invitation (task);
CREATE INDEX account_of_person ON account (person);
CREATE INDEX grant_chart_patient ON grant_chart (patient);
