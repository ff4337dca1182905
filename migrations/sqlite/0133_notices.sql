-- Mail about new information: how far the record was looked through for it, who is to be told of what, and
-- what became of each mail.
CREATE TABLE notice_feed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
) STRICT;
-- What happened before is no news.
INSERT INTO notice_feed (one, seq) SELECT 1, seq FROM audit_head;

-- `kind`: `news`, or `unread` for a reminder; `due`: not looked at before; `mail`: the mail that tells of it and has
-- not left yet.
CREATE TABLE notice_item (
    account  TEXT    NOT NULL,
    resource TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    patient  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    mail     TEXT,
    PRIMARY KEY (account, resource, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_item_due ON notice_item (due);
CREATE INDEX notice_item_mail ON notice_item (mail);

-- `told`: the last mail about new information; `bounced`: mail to the address came back.
ALTER TABLE contact ADD COLUMN told INTEGER;
ALTER TABLE contact ADD COLUMN bounced INTEGER;

-- `account`: whose right to it is decided again before it leaves; `due`: the next try; `ended` and `outcome`: it
-- will not be sent, and why.
ALTER TABLE mail ADD COLUMN account TEXT;
ALTER TABLE mail ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mail ADD COLUMN due INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mail ADD COLUMN ended INTEGER;
ALTER TABLE mail ADD COLUMN outcome TEXT;
CREATE INDEX mail_waiting ON mail (due) WHERE sent_at IS NULL AND ended IS NULL;
