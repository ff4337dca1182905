-- The words of each resource, for search by text: those of the narrative weigh A, everything else D.
CREATE TABLE ix_text (
    rid   BIGINT PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX ix_text_words ON ix_text USING gin (words);
