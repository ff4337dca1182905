-- The audit trail as a chain: an entry's link is a hash over the entry and the link before it.
-- `suspended_until`: a disclosure the patient must not learn of before (45 CFR 164.528(a)(2)).
ALTER TABLE audit ADD COLUMN link BLOB;
ALTER TABLE audit ADD COLUMN suspended_until INTEGER;
-- What the person was to the practice when it happened.
ALTER TABLE audit_agent ADD COLUMN role TEXT;
ALTER TABLE audit_agent ADD COLUMN department TEXT;

-- One row: the first entry of the chain, its last one, and the link of that.
CREATE TABLE audit_head (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    first INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    link  BLOB NOT NULL
) STRICT;
INSERT INTO audit_head (one, first, seq, link)
SELECT 1, COALESCE(MAX(seq), 0) + 1, COALESCE(MAX(seq), 0), zeroblob(32) FROM audit;

-- What the house signed, once a day: `day` is the last day that was over.
CREATE TABLE audit_root (
    day    TEXT NOT NULL PRIMARY KEY,
    seq    INTEGER NOT NULL,
    link   BLOB NOT NULL,
    at     INTEGER NOT NULL,
    signed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
