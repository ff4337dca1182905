-- What a write leaves for people to do: a result the patient waits to hear, a report to be considered. A row goes
-- when the Task for it is there.
CREATE TABLE owed (
    kind TEXT COLLATE "C" NOT NULL,
    rid  BIGINT NOT NULL,
    PRIMARY KEY (kind, rid)
);
