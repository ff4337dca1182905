-- What a patient must never see: accounts, clients, authorizations, tokens, sessions, keys, mail, counters.
-- Secrets are here as SHA-256 (base64url) only; times are microseconds since 1970 UTC; flags are 0 or 1.

CREATE TABLE account (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    username        TEXT COLLATE "C" NOT NULL,
    username_folded TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash   TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL,
    role            TEXT COLLATE "C",
    display         TEXT COLLATE "C" NOT NULL,
    email           TEXT COLLATE "C",
    person          TEXT COLLATE "C",
    patient         TEXT COLLATE "C",
    practitioner    TEXT COLLATE "C",
    pools           TEXT COLLATE "C" NOT NULL,
    terms_accepted  BIGINT NOT NULL,
    failed_sign_ins BIGINT NOT NULL,
    locked_until    BIGINT,
    created         BIGINT NOT NULL
);
CREATE INDEX account_patient ON account (patient);

CREATE TABLE client (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    secret_hash   TEXT COLLATE "C",
    redirect_uris TEXT COLLATE "C" NOT NULL,
    launch_uri    TEXT COLLATE "C",
    scopes        TEXT COLLATE "C" NOT NULL,
    jwks          TEXT COLLATE "C",
    jwks_uri      TEXT COLLATE "C",
    first_party   BIGINT NOT NULL,
    active        BIGINT NOT NULL
);

-- An authorization request on its way through sign-in, patient choice and consent.
CREATE TABLE pending (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    client        TEXT COLLATE "C" NOT NULL,
    redirect_uri  TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL,
    scopes        TEXT COLLATE "C" NOT NULL,
    challenge     TEXT COLLATE "C" NOT NULL,
    nonce         TEXT COLLATE "C",
    sign_in_after BIGINT,
    created       BIGINT NOT NULL,
    expires       BIGINT NOT NULL
);
CREATE INDEX pending_expires ON pending (expires);

-- What somebody allowed a client.
CREATE TABLE app_grant (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    client    TEXT COLLATE "C" NOT NULL,
    account   TEXT COLLATE "C",
    patient   TEXT COLLATE "C",
    encounter TEXT COLLATE "C",
    scopes    TEXT COLLATE "C" NOT NULL,
    fhir_user TEXT COLLATE "C",
    nonce     TEXT COLLATE "C",
    auth_time BIGINT,
    created   BIGINT NOT NULL,
    revoked   BIGINT,
    last_used BIGINT,
    consent   TEXT COLLATE "C"
);
CREATE INDEX app_grant_account ON app_grant (account, created);
CREATE INDEX app_grant_client ON app_grant (client);

-- An authorization code, good for one exchange.
CREATE TABLE code (
    hash         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    app_grant    TEXT COLLATE "C" NOT NULL,
    client       TEXT COLLATE "C" NOT NULL,
    redirect_uri TEXT COLLATE "C" NOT NULL,
    challenge    TEXT COLLATE "C" NOT NULL,
    expires      BIGINT NOT NULL,
    used         BIGINT
);
CREATE INDEX code_expires ON code (expires);

-- Access and refresh tokens of a grant; all refresh tokens of a grant are one family.
CREATE TABLE token (
    hash      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind      TEXT COLLATE "C" NOT NULL,
    app_grant TEXT COLLATE "C" NOT NULL,
    scopes    TEXT COLLATE "C" NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    used      BIGINT,
    revoked   BIGINT
);
CREATE INDEX token_grant ON token (app_grant);
CREATE INDEX token_expires ON token (expires);

CREATE TABLE session (
    hash             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account          TEXT COLLATE "C" NOT NULL,
    csrf             TEXT COLLATE "C" NOT NULL,
    created          BIGINT NOT NULL,
    expires          BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires);

-- `private` is PKCS#8 DER.
CREATE TABLE signing_key (
    kid       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm TEXT COLLATE "C" NOT NULL,
    private   BYTEA NOT NULL,
    created   BIGINT NOT NULL,
    retired   BIGINT
);

CREATE TABLE mail (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    recipient TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    text      TEXT COLLATE "C" NOT NULL,
    queued_at BIGINT NOT NULL,
    sent_at   BIGINT
);
CREATE INDEX mail_queued ON mail (queued_at);

CREATE TABLE throttle (
    key     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tries   BIGINT NOT NULL,
    started BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX throttle_expires ON throttle (expires);

-- Ids of client assertions seen, until they expire.
CREATE TABLE assertion (
    client  TEXT COLLATE "C" NOT NULL,
    jti     TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (client, jti)
);
CREATE INDEX assertion_expires ON assertion (expires);
