-- Who is let in without an account: guests who pay one bill, openers of a share link.
CREATE TABLE guest_visit (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    invoice TEXT COLLATE "C" NOT NULL,
    patient TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX guest_visit_expires ON guest_visit (expires);

-- SMART Health Links. The address is known by its hash; address and key are kept sealed.
CREATE TABLE share_link (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash        TEXT COLLATE "C" NOT NULL UNIQUE,
    sealed      TEXT COLLATE "C" NOT NULL,
    patient     TEXT COLLATE "C" NOT NULL,
    account     TEXT COLLATE "C" NOT NULL,
    acting_as   TEXT COLLATE "C",
    consent     TEXT COLLATE "C" NOT NULL,
    label       TEXT COLLATE "C" NOT NULL,
    recipient   TEXT COLLATE "C" NOT NULL,
    categories  TEXT COLLATE "C" NOT NULL,
    labels      TEXT COLLATE "C" NOT NULL,
    flags       TEXT COLLATE "C" NOT NULL,
    live        BIGINT NOT NULL,
    passcode    TEXT COLLATE "C",
    tries_left  BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    ended       BIGINT,
    opened      BIGINT NOT NULL,
    last_opened BIGINT
);
CREATE INDEX share_link_patient ON share_link (patient, created);
CREATE INDEX share_link_account ON share_link (account);

-- What a link gave out for a while: the address of a file, or a token for the FHIR API.
CREATE TABLE share_ticket (
    hash      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    link      TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX share_ticket_expires ON share_ticket (expires);
CREATE INDEX share_ticket_link ON share_ticket (link);
