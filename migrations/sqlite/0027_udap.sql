-- Clients a trust community vouches for (UDAP): the URI in their certificates, once per community.
CREATE TABLE udap_client (
    community TEXT NOT NULL,
    uri       TEXT NOT NULL,
    client    TEXT NOT NULL,
    PRIMARY KEY (community, uri)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX udap_client_client ON udap_client (client);

-- For whom and what for another organization was let in (hl7-b2b); lists are JSON arrays.
CREATE TABLE grant_b2b (
    app_grant          TEXT NOT NULL PRIMARY KEY,
    subject_name       TEXT,
    subject_id         TEXT,
    subject_role       TEXT,
    organization_name  TEXT,
    organization_id    TEXT NOT NULL,
    purposes           TEXT NOT NULL,
    consent_policies   TEXT NOT NULL,
    consent_references TEXT NOT NULL
) STRICT, WITHOUT ROWID;
