//! The pages by which people ask support.

use super::{Guard, Route, get, post};

/// Help, for everybody.
pub(super) fn routes() -> Vec<Route> {
    use Guard::Anyone;
    use account::help::{self, ticket};
    const HELP: &str = "/account/help";
    const TICKET: &str = "/account/help/ticket";
    vec![
        get(HELP, Anyone, help::form),
        post(HELP, Anyone, help::submit),
        get(TICKET, Anyone, ticket::form),
        post(TICKET, Anyone, ticket::submit),
    ]
}
