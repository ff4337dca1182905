-- Signing keys are kept sealed (storage/sealed.rs); what lay open is marked so and sealed at the next start.
-- A key is published from `created`, signs from `signs_from`, and is one generation later than the one before.
ALTER TABLE signing_key ADD COLUMN secret TEXT NOT NULL DEFAULT '';
ALTER TABLE signing_key ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;
UPDATE signing_key SET
    secret = 'p1.' || lower(hex(private)),
    signs_from = created,
    generation = (SELECT count(*) FROM signing_key AS other
                  WHERE other.created < signing_key.created
                     OR (other.created = signing_key.created AND other.kid <= signing_key.kid));
ALTER TABLE signing_key DROP COLUMN private;
CREATE UNIQUE INDEX signing_key_generation ON signing_key (generation);

-- An outside sign-in that stands for an account: `subject` at the provider `issuer`.
CREATE TABLE outside_identity (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    account   TEXT NOT NULL,
    shown     TEXT NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX outside_identity_account ON outside_identity (account);

-- A sign-in under way at an outside provider, and afterwards who it was, until the person has proved whose
-- account that is. Bound to one browser. `secret` holds nonce and PKCE verifier, sealed.
CREATE TABLE outside_sign_in (
    state   TEXT NOT NULL PRIMARY KEY,
    browser TEXT NOT NULL,
    issuer  TEXT NOT NULL,
    secret  TEXT NOT NULL,
    next    TEXT NOT NULL,
    account TEXT,
    subject TEXT,
    shown   TEXT,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outside_sign_in_expires ON outside_sign_in (expires);
