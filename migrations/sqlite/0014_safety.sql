-- Who a session belongs to, in words its owner can check: from what browser, from what network, proved how.
ALTER TABLE session ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN amr TEXT NOT NULL DEFAULT 'pwd';
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN device TEXT;
ALTER TABLE session ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;
UPDATE session SET id = substr(hash, 1, 22), last_seen = created, proved_at = authenticated_at;
CREATE UNIQUE INDEX session_id ON session (id);

-- Browsers somebody has signed in with before, by the hash of a cookie each keeps.
CREATE TABLE device (
    account    TEXT NOT NULL,
    hash       TEXT NOT NULL,
    agent      TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_seen ON device (last_seen);

-- Somebody who proved a password and has yet to prove the rest: not a session.
CREATE TABLE second_step (
    hash    TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    amr     TEXT NOT NULL,
    wants   TEXT NOT NULL,
    mailed  TEXT,
    tries   INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX second_step_expires ON second_step (expires);

-- One authenticator app an account; its secret is sealed. Until it is confirmed it counts for nothing.
CREATE TABLE totp (
    account   TEXT NOT NULL PRIMARY KEY,
    sealed    TEXT NOT NULL,
    confirmed INTEGER,
    last_step INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER
) STRICT, WITHOUT ROWID;

-- Passkeys: the public halves of keys that devices hold (WebAuthn Level 3, 4: credential record).
CREATE TABLE passkey (
    credential TEXT NOT NULL PRIMARY KEY,
    account    TEXT NOT NULL,
    label      TEXT NOT NULL,
    public_key BLOB NOT NULL,
    counter    INTEGER NOT NULL,
    backed_up  INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    last_used  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_account ON passkey (account);

-- Codes for the day the second factor is lost; each good once.
CREATE TABLE recovery_code (
    account TEXT NOT NULL,
    hash    TEXT NOT NULL,
    created INTEGER NOT NULL,
    used    INTEGER,
    PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;

-- Challenges a passkey is to sign, each for one purpose, one bearer and one answer.
CREATE TABLE ceremony (
    challenge TEXT NOT NULL PRIMARY KEY,
    purpose   TEXT NOT NULL,
    bearer    TEXT NOT NULL,
    expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ceremony_expires ON ceremony (expires);
