-- Requests of known clients that were refused, for their developers to read; the newest of each client.
CREATE TABLE refusal (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    client      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    request_id  TEXT NOT NULL,
    endpoint    TEXT NOT NULL,
    status      INTEGER NOT NULL,
    code        TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT;
CREATE INDEX refusal_client ON refusal (client, seq);
CREATE INDEX refusal_at ON refusal (at);

-- Ids of DPoP proofs seen, by the thumbprint of their key, until they are too old to be shown again.
CREATE TABLE proof (
    jkt     TEXT NOT NULL,
    jti     TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (jkt, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX proof_expires ON proof (expires);

-- Authorization requests that clients pushed; `hash` is of the request_uri, `parameters` a form.
CREATE TABLE pushed (
    hash       TEXT NOT NULL PRIMARY KEY,
    client     TEXT NOT NULL,
    parameters TEXT NOT NULL,
    expires    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pushed_expires ON pushed (expires);

-- `jkt`: the thumbprint of the key a token, a code, or the code to come, is bound to.
ALTER TABLE token ADD COLUMN jkt TEXT;
ALTER TABLE code ADD COLUMN jkt TEXT;
ALTER TABLE pending ADD COLUMN jkt TEXT;
