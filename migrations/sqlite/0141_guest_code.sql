-- The code by which a guest sees a confidential bill: one for each bill, known by its hash. A visit remembers whether
-- one was shown.
CREATE TABLE guest_code (
    invoice TEXT NOT NULL PRIMARY KEY,
    hash    TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX guest_code_expires ON guest_code (expires);
ALTER TABLE guest_visit ADD COLUMN coded INTEGER NOT NULL DEFAULT 0;
