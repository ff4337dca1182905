-- `apart`: the account's address was taken from it, as somebody who acts for its owner reads mail there too; until
-- one is proven again.
ALTER TABLE contact ADD COLUMN apart INTEGER;
