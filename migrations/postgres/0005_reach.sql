-- Work on the search index that goes on beside everything else: how far it has come and who is at it.
-- `name` is `whole` for the rebuilding of everything; `total` is below 0 until the rows were counted.
CREATE TABLE index_work (
    name     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    form     BIGINT NOT NULL,
    next     BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    done     BIGINT NOT NULL,
    total    BIGINT NOT NULL,
    finished BIGINT NOT NULL,
    holder   TEXT COLLATE "C",
    lease    BIGINT NOT NULL
);

-- The history of a type is read in the order of time.
ALTER TABLE history ADD COLUMN type TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE history SET type = (SELECT r.type FROM resource r WHERE r.rid = history.rid);
CREATE INDEX history_updated ON history (type, updated, rid, version);
