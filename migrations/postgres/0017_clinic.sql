-- How often cards of decision support were accepted or overridden: by service and rule, nothing of the cards.
CREATE TABLE card_feedback (
    service TEXT COLLATE "C" NOT NULL,
    rule    TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    count   BIGINT NOT NULL,
    latest  BIGINT NOT NULL,
    PRIMARY KEY (service, rule, outcome)
);
