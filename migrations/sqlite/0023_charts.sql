-- Other patients' charts a grant opens besides the one it began in (`user/` scopes of somebody who acts for
-- several), each with the Consent that lets the app in.
CREATE TABLE grant_chart (
    app_grant TEXT NOT NULL,
    patient   TEXT NOT NULL,
    consent   TEXT,
    PRIMARY KEY (app_grant, patient)
) STRICT, WITHOUT ROWID;
