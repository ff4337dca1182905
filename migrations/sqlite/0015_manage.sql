-- What the person left of a grant, if less than was given, and since when.
ALTER TABLE app_grant ADD COLUMN narrowed TEXT;
ALTER TABLE app_grant ADD COLUMN narrowed_at INTEGER;
CREATE INDEX app_grant_patient ON app_grant (patient, created);
