-- Opening an account: what a code was given out as, sign-ups under way, what a person says of themself
-- and how we write to them, links sent by mail, and which version of which terms was accepted.
-- Secrets are here as SHA-256 (base64url) only, answers as PHC strings; times are microseconds since 1970 UTC.

-- `channel` is how the code reached the person; `wrong` counts tries that named another person; `task` is
-- the Task that tells of it.
ALTER TABLE activation ADD COLUMN channel TEXT COLLATE "C" NOT NULL DEFAULT 'avs';
ALTER TABLE activation ADD COLUMN wrong BIGINT NOT NULL DEFAULT 0;
ALTER TABLE activation ADD COLUMN task TEXT COLLATE "C";

-- Somebody who showed a good code and is about to choose a username and a password.
CREATE TABLE opening (
    hash      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    code_hash TEXT COLLATE "C" NOT NULL,
    patient   TEXT COLLATE "C" NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX opening_expires ON opening (expires);

-- `verified`: when the address of the account was proven; `notify`: mail about new information is wanted.
CREATE TABLE contact (
    account     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    verified    BIGINT,
    notify      BIGINT NOT NULL,
    question    TEXT COLLATE "C",
    answer_hash TEXT COLLATE "C",
    updated     BIGINT NOT NULL
);
CREATE INDEX account_email ON account (lower(email));

-- A link sent by mail, good once.
CREATE TABLE mail_link (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    purpose TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    email   TEXT COLLATE "C" NOT NULL,
    wrong   BIGINT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX mail_link_account ON mail_link (account, purpose);
CREATE INDEX mail_link_expires ON mail_link (expires);

CREATE TABLE terms_acceptance (
    account  TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    version  TEXT COLLATE "C" NOT NULL,
    accepted BIGINT NOT NULL,
    PRIMARY KEY (account, document, version)
);
-- Until now there was one version of each document.
INSERT INTO terms_acceptance (account, document, version, accepted)
    SELECT id, 'portal', '2026-01', created FROM account WHERE terms_accepted = 1;
INSERT INTO terms_acceptance (account, document, version, accepted)
    SELECT id, 'proxy', '2026-01', created FROM account WHERE terms_accepted = 1;
