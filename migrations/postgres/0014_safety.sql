-- Who a session belongs to, in words its owner can check: from what browser, from what network, proved how.
ALTER TABLE session ADD COLUMN id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN amr TEXT COLLATE "C" NOT NULL DEFAULT 'pwd';
ALTER TABLE session ADD COLUMN agent TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN source TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN device TEXT COLLATE "C";
ALTER TABLE session ADD COLUMN last_seen BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
UPDATE session SET id = substr(hash, 1, 22), last_seen = created, proved_at = authenticated_at;
CREATE UNIQUE INDEX session_id ON session (id);

-- Browsers somebody has signed in with before, by the hash of a cookie each keeps.
CREATE TABLE device (
    account    TEXT COLLATE "C" NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    agent      TEXT COLLATE "C" NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    PRIMARY KEY (account, hash)
);
CREATE INDEX device_seen ON device (last_seen);

-- Somebody who proved a password and has yet to prove the rest: not a session.
CREATE TABLE second_step (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    amr     TEXT COLLATE "C" NOT NULL,
    wants   TEXT COLLATE "C" NOT NULL,
    mailed  TEXT COLLATE "C",
    tries   BIGINT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX second_step_expires ON second_step (expires);

-- One authenticator app an account; its secret is sealed. Until it is confirmed it counts for nothing.
CREATE TABLE totp (
    account   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sealed    TEXT COLLATE "C" NOT NULL,
    confirmed BIGINT,
    last_step BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    last_used BIGINT
);

-- Passkeys: the public halves of keys that devices hold (WebAuthn Level 3, 4: credential record).
CREATE TABLE passkey (
    credential TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account    TEXT COLLATE "C" NOT NULL,
    label      TEXT COLLATE "C" NOT NULL,
    public_key BYTEA NOT NULL,
    counter    BIGINT NOT NULL,
    backed_up  BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    last_used  BIGINT
);
CREATE INDEX passkey_account ON passkey (account);

-- Codes for the day the second factor is lost; each good once.
CREATE TABLE recovery_code (
    account TEXT COLLATE "C" NOT NULL,
    hash    TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    used    BIGINT,
    PRIMARY KEY (account, hash)
);

-- Challenges a passkey is to sign, each for one purpose, one bearer and one answer.
CREATE TABLE ceremony (
    challenge TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    purpose   TEXT COLLATE "C" NOT NULL,
    bearer    TEXT COLLATE "C" NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX ceremony_expires ON ceremony (expires);
