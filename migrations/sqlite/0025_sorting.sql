-- The resources of a type in the order of their principal date, so that the newest of all are found without
-- sorting them all. The second condition says nothing of rows; a query repeats it to have this index chosen.
CREATE INDEX resource_sorted ON resource (type, sort_key, rid) WHERE deleted = 0 AND type <> '';
