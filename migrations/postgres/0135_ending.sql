-- What became of accounts: closed, taken away by the organization, opened again. The reason and the note are the
-- house's own. `settled`: when all that follows from it was done.
CREATE TABLE account_ending (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    patient TEXT COLLATE "C",
    what    TEXT COLLATE "C" NOT NULL,
    reason  TEXT COLLATE "C" NOT NULL,
    note    TEXT COLLATE "C" NOT NULL,
    said_by TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    settled BIGINT
);
CREATE INDEX account_ending_account ON account_ending (account, at);
CREATE INDEX account_ending_open ON account_ending (at) WHERE settled IS NULL;

-- Investigations: what an account did is kept, and it is not closed by its owner meanwhile.
CREATE TABLE account_hold (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account   TEXT COLLATE "C" NOT NULL,
    patient   TEXT COLLATE "C",
    reason    TEXT COLLATE "C" NOT NULL,
    note      TEXT COLLATE "C" NOT NULL,
    opened_by TEXT COLLATE "C" NOT NULL,
    opened    BIGINT NOT NULL,
    lifted_by TEXT COLLATE "C",
    lifted    BIGINT
);
CREATE UNIQUE INDEX account_hold_open ON account_hold (account) WHERE lifted IS NULL;

-- Sessions on computers that others use too.
ALTER TABLE session ADD COLUMN shared BIGINT NOT NULL DEFAULT 0;
