-- Emergencies declared by staff: each opens one chart to one person, through one authorization.
CREATE TABLE break_glass (
    id       TEXT NOT NULL PRIMARY KEY,
    account  TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    patient  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    said     TEXT NOT NULL,
    opened   INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    ended    INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX break_glass_open ON break_glass (grant_id, patient) WHERE ended IS NULL;
CREATE INDEX break_glass_patient ON break_glass (patient, opened);

-- Patients who are not to be told of an emergency, for a while: who says so, and why.
CREATE TABLE untold (
    patient TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
