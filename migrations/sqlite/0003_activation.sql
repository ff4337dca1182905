-- Codes with which a patient without an account makes one; stored hashed, used once.
CREATE TABLE activation (
    code_hash TEXT NOT NULL PRIMARY KEY,
    patient   TEXT NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    used      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX activation_patient ON activation (patient);
