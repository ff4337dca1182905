-- Mail about new information: how far the record was looked through for it, who is to be told of what, and
-- what became of each mail.
CREATE TABLE notice_feed (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    seq BIGINT NOT NULL
);
-- What happened before is no news.
INSERT INTO notice_feed (one, seq) SELECT 1, seq FROM audit_head;

-- `kind`: `news`, or `unread` for a reminder; `due`: not looked at before; `mail`: the mail that tells of it and has
-- not left yet.
CREATE TABLE notice_item (
    account  TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    patient  TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    mail     TEXT COLLATE "C",
    PRIMARY KEY (account, resource, kind)
);
CREATE INDEX notice_item_due ON notice_item (due);
CREATE INDEX notice_item_mail ON notice_item (mail);

-- `told`: the last mail about new information; `bounced`: mail to the address came back.
ALTER TABLE contact ADD COLUMN told BIGINT;
ALTER TABLE contact ADD COLUMN bounced BIGINT;

-- `account`: whose right to it is decided again before it leaves; `due`: the next try; `ended` and `outcome`: it
-- will not be sent, and why.
ALTER TABLE mail ADD COLUMN account TEXT COLLATE "C";
ALTER TABLE mail ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mail ADD COLUMN due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mail ADD COLUMN ended BIGINT;
ALTER TABLE mail ADD COLUMN outcome TEXT COLLATE "C";
CREATE INDEX mail_waiting ON mail (due) WHERE sent_at IS NULL AND ended IS NULL;
