-- The browser session a grant was given in (`sid` of its id_tokens).
ALTER TABLE app_grant ADD COLUMN session TEXT;

-- Whom the app expects to answer, and whether it asked for the account to be chosen.
ALTER TABLE pending ADD COLUMN login_hint TEXT;
ALTER TABLE pending ADD COLUMN choose_account INTEGER NOT NULL DEFAULT 0;
