//! `Invoice/$guest-code`: the code by which a guest sees one confidential bill.

use web::Answer;
use workflows::guest_pay;

use super::{Asked, parameters};
use crate::error::Error;

pub(super) async fn guest_code(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    let id = asked.id.filter(|id| fhir::reference::is_id(id));
    let id = id.ok_or(Error::Absent)?;
    let given = guest_pay::give_code(&call.house.storage, &call.access, id).await?;
    Ok(parameters::answer(&[
        parameters::text("code", &given.code),
        parameters::at("expires", given.expires),
    ]))
}
