-- What proofs of a key must hold to be fresh (RFC 9449 section 8), one for each two minutes; no secret.
CREATE TABLE dpop_nonce (
    slot  BIGINT NOT NULL PRIMARY KEY,
    nonce TEXT COLLATE "C" NOT NULL
);
