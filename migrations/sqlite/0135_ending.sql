-- What became of accounts: closed, taken away by the organization, opened again. The reason and the note are the
-- house's own. `settled`: when all that follows from it was done.
CREATE TABLE account_ending (
    id      TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    patient TEXT,
    what    TEXT NOT NULL,
    reason  TEXT NOT NULL,
    note    TEXT NOT NULL,
    said_by TEXT NOT NULL,
    at      INTEGER NOT NULL,
    settled INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX account_ending_account ON account_ending (account, at);
CREATE INDEX account_ending_open ON account_ending (at) WHERE settled IS NULL;

-- Investigations: what an account did is kept, and it is not closed by its owner meanwhile.
CREATE TABLE account_hold (
    id        TEXT NOT NULL PRIMARY KEY,
    account   TEXT NOT NULL,
    patient   TEXT,
    reason    TEXT NOT NULL,
    note      TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened    INTEGER NOT NULL,
    lifted_by TEXT,
    lifted    INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_hold_open ON account_hold (account) WHERE lifted IS NULL;

-- Sessions on computers that others use too.
ALTER TABLE session ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
