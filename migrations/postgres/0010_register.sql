-- How a client came to be, whose it is, what an administrator let it have, and what it tells about itself.
-- `state` takes the place of `active`; `approved_scopes` are those that somebody with the right to approve did.
ALTER TABLE client ADD COLUMN state TEXT COLLATE "C" NOT NULL DEFAULT 'live';
UPDATE client SET state = 'disabled' WHERE active = 0;
ALTER TABLE client DROP COLUMN active;
ALTER TABLE client ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT 'admin';
ALTER TABLE client ADD COLUMN owner TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN approved_scopes TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN review_note TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN auth_method TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN contacts TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE client ADD COLUMN client_uri TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN logo_uri TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN policy_uri TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN tos_uri TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN software_id TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN software_version TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN registration_token_hash TEXT COLLATE "C";
ALTER TABLE client ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE client ADD COLUMN post_logout_redirect_uris TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE client ADD COLUMN dpop_bound_access_tokens BIGINT NOT NULL DEFAULT 0;
UPDATE client SET approved_scopes = scopes;
CREATE INDEX client_owner ON client (owner);
CREATE INDEX client_state ON client (state);
