-- Clients a trust community vouches for (UDAP): the URI in their certificates, once per community.
CREATE TABLE udap_client (
    community TEXT COLLATE "C" NOT NULL,
    uri       TEXT COLLATE "C" NOT NULL,
    client    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (community, uri)
);
CREATE UNIQUE INDEX udap_client_client ON udap_client (client);

-- For whom and what for another organization was let in (hl7-b2b); lists are JSON arrays.
CREATE TABLE grant_b2b (
    app_grant          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    subject_name       TEXT COLLATE "C",
    subject_id         TEXT COLLATE "C",
    subject_role       TEXT COLLATE "C",
    organization_name  TEXT COLLATE "C",
    organization_id    TEXT COLLATE "C" NOT NULL,
    purposes           TEXT COLLATE "C" NOT NULL,
    consent_policies   TEXT COLLATE "C" NOT NULL,
    consent_references TEXT COLLATE "C" NOT NULL
);
