-- What proofs of a key must hold to be fresh (RFC 9449 section 8), one for each two minutes; no secret.
CREATE TABLE dpop_nonce (
    slot  INTEGER NOT NULL PRIMARY KEY,
    nonce TEXT NOT NULL
) STRICT;
