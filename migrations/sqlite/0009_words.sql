-- The words of each resource, for search by text: of the narrative, and of everything else. They come
-- folded and one space apart, so that a word here is a word of ours.
CREATE VIRTUAL TABLE ix_text USING fts5(
    narrative, content, content = '', contentless_delete = 1, tokenize = 'ascii'
);
