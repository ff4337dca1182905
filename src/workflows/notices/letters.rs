//! The words of mail about new information. Whoever else reads it learns that somebody has an account here, and
//! nothing else: no name, no kind of thing, no place, no day.

use storage::notices;

/// A mail as it will be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub subject: &'static str,
    pub text: String,
}

impl Letter {
    pub(super) fn as_queued(&self) -> notices::Letter<'_> {
        notices::Letter {
            to: &self.to,
            subject: self.subject,
            text: &self.text,
        }
    }
}

/// That there is something new, or that something still waits to be read.
pub fn new_information(to: &str, base_url: &str, reminder: bool) -> Letter {
    let (subject, what) = match reminder {
        false => (
            "There is something new in your account",
            "There is something new for you to read.",
        ),
        true => (
            "Something in your account waits to be read",
            "Something has been waiting for you to read it for a few days.",
        ),
    };
    let text = format!(
        "{what} To see it, sign in: {base_url}/account\n\n\
         We never say by e-mail what it is. You may get one mail for several things.\n\n\
         To get no more of these mails, open “Notices” in your account: {base_url}/account/notices\n"
    );
    Letter {
        to: to.to_owned(),
        subject,
        text,
    }
}
