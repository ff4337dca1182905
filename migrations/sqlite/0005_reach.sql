-- Work on the search index that goes on beside everything else: how far it has come and who is at it.
-- `name` is `whole` for the rebuilding of everything; `total` is below 0 until the rows were counted.
CREATE TABLE index_work (
    name     TEXT NOT NULL PRIMARY KEY,
    form     INTEGER NOT NULL,
    next     INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    total    INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    holder   TEXT,
    lease    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The history of a type is read in the order of time.
ALTER TABLE history ADD COLUMN type TEXT NOT NULL DEFAULT '';
UPDATE history SET type = (SELECT r.type FROM resource r WHERE r.rid = history.rid);
CREATE INDEX history_updated ON history (type, updated, rid, version);
