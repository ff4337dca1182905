-- Exports of many resources at once (Bulk Data Access): what was asked, how far the counting has come, and which
-- stretch of the record each file is. No clinical content is kept: files are read from the record when they are
-- fetched.
CREATE TABLE bulk_export (
    id       TEXT NOT NULL PRIMARY KEY,
    client   TEXT NOT NULL,
    token    TEXT NOT NULL,
    request  TEXT NOT NULL,
    asked    TEXT NOT NULL,
    as_of    BIGINT NOT NULL,
    members  BIGINT NOT NULL,
    part     BIGINT NOT NULL,
    place    BIGINT NOT NULL,
    rid      BIGINT NOT NULL,
    done     BIGINT NOT NULL,
    finished BIGINT,
    fault    TEXT,
    expires  BIGINT NOT NULL,
    holder   TEXT,
    lease    BIGINT NOT NULL
);
CREATE INDEX bulk_export_client ON bulk_export (client, finished);
CREATE INDEX bulk_export_lease ON bulk_export (finished, lease);

-- A file begins after one spot and ends with another.
CREATE TABLE bulk_file (
    export     TEXT NOT NULL,
    number     BIGINT NOT NULL,
    kind       BIGINT NOT NULL,
    type       TEXT NOT NULL,
    from_place BIGINT NOT NULL,
    from_rid   BIGINT NOT NULL,
    to_place   BIGINT NOT NULL,
    to_rid     BIGINT NOT NULL,
    count      BIGINT NOT NULL,
    PRIMARY KEY (export, number)
);

-- The patients an export is about, where it is not about all.
CREATE TABLE bulk_member (
    export  TEXT NOT NULL,
    place   BIGINT NOT NULL,
    patient TEXT NOT NULL,
    PRIMARY KEY (export, place)
);

-- What the patients' resources point to and is nobody's: people, places, substances.
CREATE TABLE bulk_support (
    export TEXT NOT NULL,
    type   TEXT NOT NULL,
    rid    BIGINT NOT NULL,
    PRIMARY KEY (export, type, rid)
);

-- In whose charts it stands already that an export took of them.
CREATE TABLE bulk_told (
    export  TEXT NOT NULL,
    patient TEXT NOT NULL,
    PRIMARY KEY (export, patient)
);
