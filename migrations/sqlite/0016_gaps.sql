-- Contained resources, so that they can be searched: their index rows stand under rid, a number below
-- zero that no resource has.
CREATE TABLE contained (
    rid         INTEGER PRIMARY KEY,
    holder      INTEGER NOT NULL,
    holder_type TEXT NOT NULL,
    type        TEXT NOT NULL,
    id          TEXT NOT NULL
) STRICT;
CREATE INDEX contained_holder ON contained (holder);
CREATE INDEX contained_type ON contained (type, holder_type);
