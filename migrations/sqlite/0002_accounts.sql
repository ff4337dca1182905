-- What a patient must never see: accounts, clients, authorizations, tokens, sessions, keys, mail, counters.
-- Secrets are here as SHA-256 (base64url) only; times are microseconds since 1970 UTC; flags are 0 or 1.

CREATE TABLE account (
    id              TEXT NOT NULL PRIMARY KEY,
    username        TEXT NOT NULL,
    username_folded TEXT NOT NULL UNIQUE,
    password_hash   TEXT NOT NULL,
    kind            TEXT NOT NULL,
    state           TEXT NOT NULL,
    role            TEXT,
    display         TEXT NOT NULL,
    email           TEXT,
    person          TEXT,
    patient         TEXT,
    practitioner    TEXT,
    pools           TEXT NOT NULL,
    terms_accepted  INTEGER NOT NULL,
    failed_sign_ins INTEGER NOT NULL,
    locked_until    INTEGER,
    created         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_patient ON account (patient);

CREATE TABLE client (
    id            TEXT NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL,
    kind          TEXT NOT NULL,
    secret_hash   TEXT,
    redirect_uris TEXT NOT NULL,
    launch_uri    TEXT,
    scopes        TEXT NOT NULL,
    jwks          TEXT,
    jwks_uri      TEXT,
    first_party   INTEGER NOT NULL,
    active        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An authorization request on its way through sign-in, patient choice and consent.
CREATE TABLE pending (
    id            TEXT NOT NULL PRIMARY KEY,
    client        TEXT NOT NULL,
    redirect_uri  TEXT NOT NULL,
    state         TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    challenge     TEXT NOT NULL,
    nonce         TEXT,
    sign_in_after INTEGER,
    created       INTEGER NOT NULL,
    expires       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_expires ON pending (expires);

-- What somebody allowed a client.
CREATE TABLE app_grant (
    id        TEXT NOT NULL PRIMARY KEY,
    client    TEXT NOT NULL,
    account   TEXT,
    patient   TEXT,
    encounter TEXT,
    scopes    TEXT NOT NULL,
    fhir_user TEXT,
    nonce     TEXT,
    auth_time INTEGER,
    created   INTEGER NOT NULL,
    revoked   INTEGER,
    last_used INTEGER,
    consent   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX app_grant_account ON app_grant (account, created);
CREATE INDEX app_grant_client ON app_grant (client);

-- An authorization code, good for one exchange.
CREATE TABLE code (
    hash         TEXT NOT NULL PRIMARY KEY,
    app_grant    TEXT NOT NULL,
    client       TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge    TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    used         INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX code_expires ON code (expires);

-- Access and refresh tokens of a grant; all refresh tokens of a grant are one family.
CREATE TABLE token (
    hash      TEXT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL,
    app_grant TEXT NOT NULL,
    scopes    TEXT NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    used      INTEGER,
    revoked   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_grant ON token (app_grant);
CREATE INDEX token_expires ON token (expires);

CREATE TABLE session (
    hash             TEXT NOT NULL PRIMARY KEY,
    account          TEXT NOT NULL,
    csrf             TEXT NOT NULL,
    created          INTEGER NOT NULL,
    expires          INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires);

-- `private` is PKCS#8 DER.
CREATE TABLE signing_key (
    kid       TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    private   BLOB NOT NULL,
    created   INTEGER NOT NULL,
    retired   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE mail (
    id        TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject   TEXT NOT NULL,
    text      TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    sent_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_queued ON mail (queued_at);

CREATE TABLE throttle (
    key     TEXT NOT NULL PRIMARY KEY,
    tries   INTEGER NOT NULL,
    started INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_expires ON throttle (expires);

-- Ids of client assertions seen, until they expire.
CREATE TABLE assertion (
    client  TEXT NOT NULL,
    jti     TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (client, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX assertion_expires ON assertion (expires);
