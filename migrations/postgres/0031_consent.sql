-- What a resource takes over from others: labels, whose consent the care rests on, holds.
-- `gives` = 0: the row takes over from `target`; 1: `target` takes over from the row. `target` is `Type/id`.
CREATE TABLE guard_source (
    rid    BIGINT NOT NULL,
    target TEXT NOT NULL COLLATE "C",
    gives  BIGINT NOT NULL,
    PRIMARY KEY (rid, target, gives)
);
CREATE INDEX guard_source_target ON guard_source (target, gives, rid);

-- By which rules the resources of this database are labelled.
CREATE TABLE label_rules (
    name    TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL
);
