//! Which function runs which operation: one row each.

use std::pin::Pin;

use web::Answer;

use super::{Asked, validate};
use crate::error::Error;

type Running<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;
type Run = for<'a> fn(&'a Asked<'a>) -> Running<'a>;

/// By the id of the operation's definition.
const RUNS: &[(&str, Run)] = &[("Resource-validate", |asked| Box::pin(validate::run(asked)))];

pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let row = RUNS.iter().find(|(id, _)| *id == asked.operation.id);
    match row {
        Some((_, run)) => run(asked).await,
        None => Err(Error::House("an operation of the table has no function")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_function_and_every_function_its_operation() {
        let mut declared: Vec<_> = fhir::operation::OPERATIONS.iter().map(|o| o.id).collect();
        let mut run: Vec<_> = RUNS.iter().map(|(id, _)| *id).collect();
        declared.sort_unstable();
        run.sort_unstable();
        assert_eq!(declared, run);
    }
}
