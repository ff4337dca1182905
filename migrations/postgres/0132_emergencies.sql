-- Emergencies declared by staff: each opens one chart to one person, through one authorization.
CREATE TABLE break_glass (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account  TEXT COLLATE "C" NOT NULL,
    grant_id TEXT COLLATE "C" NOT NULL,
    patient  TEXT COLLATE "C" NOT NULL,
    reason   TEXT COLLATE "C" NOT NULL,
    said     TEXT COLLATE "C" NOT NULL,
    opened   BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    ended    BIGINT
);
CREATE UNIQUE INDEX break_glass_open ON break_glass (grant_id, patient) WHERE ended IS NULL;
CREATE INDEX break_glass_patient ON break_glass (patient, opened);

-- Patients who are not to be told of an emergency, for a while: who says so, and why.
CREATE TABLE untold (
    patient TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    reason  TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    until   BIGINT NOT NULL
);
