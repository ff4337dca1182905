-- What was said or noted once about a change of who may act for whom: a notice before a birthday, the birthday
-- itself. A row is there before it is said, so that nobody says it twice.
CREATE TABLE turn (
    related_person TEXT COLLATE "C" NOT NULL,
    kind           TEXT COLLATE "C" NOT NULL,
    at             BIGINT  NOT NULL,
    done           BIGINT  NOT NULL,
    PRIMARY KEY (related_person, kind, at)
);
-- Chores that one node does for all, each held for a while at a time.
CREATE TABLE chore (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    lease  BIGINT  NOT NULL
);
-- Invitations to act for somebody; the secret of the link is stored hashed and good once.
CREATE TABLE invitation (
    code_hash      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    task           TEXT COLLATE "C" NOT NULL,
    patient        TEXT COLLATE "C" NOT NULL,
    related_person TEXT COLLATE "C" NOT NULL,
    created        BIGINT  NOT NULL,
    expires        BIGINT  NOT NULL,
    used           BIGINT 
);
-- Who asked to act for somebody. The Task itself need not say whether the patient was found.
CREATE TABLE proxy_request (
    task    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    created BIGINT  NOT NULL
);
CREATE INDEX proxy_request_account ON proxy_request (account, created);
CREATE INDEX invitation_task ON invitation (task);
CREATE INDEX account_of_person ON account (person);
CREATE INDEX grant_chart_patient ON grant_chart (patient);
