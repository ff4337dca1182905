//! Reasons in plain words, for people; never more telling than the reason's status code.

/// One sentence for a denial.
pub fn why_not(reason: &str) -> &'static str {
    match reason {
        "DENY_TOKEN_MISSING" => "Sign in first: this needs an access token.",
        "DENY_TOKEN_REVOKED" => "This access was ended.",
        "DENY_TOKEN_EXPIRED" => "This access token has expired.",
        "DENY_CLIENT_INACTIVE" => "This app is not allowed to connect.",
        "DENY_ACCOUNT_INACTIVE" => "This account is not open.",
        "DENY_TERMS_NOT_ACCEPTED" => "The current terms have not been accepted.",
        "DENY_ACCOUNT_MIN_AGE" => "The patient is too young for an account of their own.",
        "DENY_PROXY_UNDERAGE" => "Only an adult can act for somebody else.",
        "DENY_SCOPE" => "The access token's scopes do not allow this.",
        "DENY_ACTION" => "This cannot be changed this way.",
        "DENY_ROLE" => "Your role does not include this.",
        "DENY_QUEUE" => "This work is not in your role's queues.",
        "DENY_POOL" => "This is routed to a group you are not in.",
        "DENY_NO_TREATMENT_RELATIONSHIP" => "You are not on this patient's care team.",
        "DENY_BTG_NEEDS_REASON" => "Emergency access needs a reason.",
        "DENY_PURPOSE" => "This is not available for the stated purpose of use.",
        "DENY_RELEASE_HOLD" => "Your care team has not released this yet.",
        "DENY_CONSENT" => "The patient has not agreed to share this.",
        "DENY_CONSENT_TYPE" => "The patient has not agreed to share this kind of data.",
        "DENY_LABEL" => "This is more closely protected.",
        "DENY_PSYCHOTHERAPY_NOTE" => "Psychotherapy notes are not available here.",
        "DENY_PROXY_READ_ONLY" => "You can see this, but not change it.",
        _ => "Not available.",
    }
}

/// Why somebody cannot be chosen to act for just now: one sentence for the family page.
pub fn why_not_for(reason: &str) -> &'static str {
    match reason {
        "DENY_PROXY_PENDING" => "Your request has not been approved yet.",
        "DENY_PROXY_NOT_STARTED" => "Your access has not started yet.",
        "DENY_PROXY_EXPIRED" => "Your access has ended.",
        "DENY_PROXY_AGED_OUT_18" => {
            "They are 18 or older now and look after their own record. They can invite you again."
        }
        "DENY_ADULT_PROXY_NEEDS_ADULT_CONSENT" => {
            "They need to agree again now that they are an adult."
        }
        "DENY_PATIENT_DECEASED" => {
            "Online access ended. Medical Records can help the representative of the estate."
        }
        "DENY_TERMS_NOT_ACCEPTED" => "Accept the current terms first.",
        "DENY_ACCOUNT_INACTIVE" => "This account is not open.",
        "DENY_ACCOUNT_MIN_AGE" => "An account of one's own is possible from a later age.",
        "DENY_PROXY_UNDERAGE" => "You can act for others once you are an adult yourself.",
        // Court orders, safety blocks and terminations say no more than that there is no access.
        _ => "Your access is not active. Medical Records can tell you more.",
    }
}
