-- The audit trail as a chain: an entry's link is a hash over the entry and the link before it.
-- `suspended_until`: a disclosure the patient must not learn of before (45 CFR 164.528(a)(2)).
ALTER TABLE audit ADD COLUMN link BYTEA;
ALTER TABLE audit ADD COLUMN suspended_until BIGINT;
-- What the person was to the practice when it happened.
ALTER TABLE audit_agent ADD COLUMN role TEXT COLLATE "C";
ALTER TABLE audit_agent ADD COLUMN department TEXT COLLATE "C";

-- One row: the first entry of the chain, its last one, and the link of that.
CREATE TABLE audit_head (
    one   BIGINT PRIMARY KEY CHECK (one = 1),
    first BIGINT NOT NULL,
    seq   BIGINT NOT NULL,
    link  BYTEA NOT NULL
);
INSERT INTO audit_head (one, first, seq, link)
SELECT 1, COALESCE(MAX(seq), 0) + 1, COALESCE(MAX(seq), 0), decode(repeat('00', 32), 'hex') FROM audit;

-- What the house signed, once a day: `day` is the last day that was over.
CREATE TABLE audit_root (
    day    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq    BIGINT NOT NULL,
    link   BYTEA NOT NULL,
    at     BIGINT NOT NULL,
    signed TEXT NOT NULL
);
