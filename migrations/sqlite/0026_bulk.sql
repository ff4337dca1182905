-- Exports of many resources at once (Bulk Data Access): what was asked, how far the counting has come, and which
-- stretch of the record each file is. No clinical content is kept: files are read from the record when they are
-- fetched.
CREATE TABLE bulk_export (
    id       TEXT NOT NULL PRIMARY KEY,
    client   TEXT NOT NULL,
    token    TEXT NOT NULL,
    request  TEXT NOT NULL,
    asked    TEXT NOT NULL,
    as_of    INTEGER NOT NULL,
    members  INTEGER NOT NULL,
    part     INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    rid      INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    finished INTEGER,
    fault    TEXT,
    expires  INTEGER NOT NULL,
    holder   TEXT,
    lease    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_export_client ON bulk_export (client, finished);
CREATE INDEX bulk_export_lease ON bulk_export (finished, lease);

-- A file begins after one spot and ends with another.
CREATE TABLE bulk_file (
    export     TEXT NOT NULL,
    number     INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    type       TEXT NOT NULL,
    from_place INTEGER NOT NULL,
    from_rid   INTEGER NOT NULL,
    to_place   INTEGER NOT NULL,
    to_rid     INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (export, number)
) STRICT, WITHOUT ROWID;

-- The patients an export is about, where it is not about all.
CREATE TABLE bulk_member (
    export  TEXT NOT NULL,
    place   INTEGER NOT NULL,
    patient TEXT NOT NULL,
    PRIMARY KEY (export, place)
) STRICT, WITHOUT ROWID;

-- What the patients' resources point to and is nobody's: people, places, substances.
CREATE TABLE bulk_support (
    export TEXT NOT NULL,
    type   TEXT NOT NULL,
    rid    INTEGER NOT NULL,
    PRIMARY KEY (export, type, rid)
) STRICT, WITHOUT ROWID;

-- In whose charts it stands already that an export took of them.
CREATE TABLE bulk_told (
    export  TEXT NOT NULL,
    patient TEXT NOT NULL,
    PRIMARY KEY (export, patient)
) STRICT, WITHOUT ROWID;
