-- Who is let in without an account: guests who pay one bill, openers of a share link.
CREATE TABLE guest_visit (
    hash    TEXT NOT NULL PRIMARY KEY,
    invoice TEXT NOT NULL,
    patient TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX guest_visit_expires ON guest_visit (expires);

-- SMART Health Links. The address is known by its hash; address and key are kept sealed.
CREATE TABLE share_link (
    id          TEXT NOT NULL PRIMARY KEY,
    hash        TEXT NOT NULL UNIQUE,
    sealed      TEXT NOT NULL,
    patient     TEXT NOT NULL,
    account     TEXT NOT NULL,
    acting_as   TEXT,
    consent     TEXT NOT NULL,
    label       TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    categories  TEXT NOT NULL,
    labels      TEXT NOT NULL,
    flags       TEXT NOT NULL,
    live        INTEGER NOT NULL,
    passcode    TEXT,
    tries_left  INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    ended       INTEGER,
    opened      INTEGER NOT NULL,
    last_opened INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX share_link_patient ON share_link (patient, created);
CREATE INDEX share_link_account ON share_link (account);

-- What a link gave out for a while: the address of a file, or a token for the FHIR API.
CREATE TABLE share_ticket (
    hash      TEXT NOT NULL PRIMARY KEY,
    link      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    recipient TEXT NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX share_ticket_expires ON share_ticket (expires);
CREATE INDEX share_ticket_link ON share_ticket (link);
