-- How often cards of decision support were accepted or overridden: by service and rule, nothing of the cards.
CREATE TABLE card_feedback (
    service TEXT NOT NULL,
    rule    TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count   INTEGER NOT NULL,
    latest  INTEGER NOT NULL,
    PRIMARY KEY (service, rule, outcome)
) STRICT, WITHOUT ROWID;
