-- Codes with which a patient without an account makes one; stored hashed, used once.
CREATE TABLE activation (
    code_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    patient   TEXT COLLATE "C" NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    used      BIGINT
);
CREATE INDEX activation_patient ON activation (patient);
