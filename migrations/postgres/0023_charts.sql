-- Other patients' charts a grant opens besides the one it began in (`user/` scopes of somebody who acts for
-- several), each with the Consent that lets the app in.
CREATE TABLE grant_chart (
    app_grant TEXT COLLATE "C" NOT NULL,
    patient   TEXT COLLATE "C" NOT NULL,
    consent   TEXT COLLATE "C",
    PRIMARY KEY (app_grant, patient)
);
