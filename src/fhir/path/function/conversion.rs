//! Conversion (FHIRPath 5.5): each `toX` gives nothing where `convertsToX` says false.

use super::super::bag::Bag;
use super::super::evaluate::{Machine, Result};
use super::super::syntax::Function as F;
use super::super::{Item, conversion, operator};
use super::Call;

impl<'d> Machine<'_, 'd> {
    pub(super) fn conversion(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let Some(item) = operator::single(call.input)? else {
            return Ok(Bag::Empty);
        };
        let unit = match call.arguments.first() {
            Some(unit) => self.string(*unit, call.frame)?,
            None => None,
        };
        let value = item.value();
        let value = value.as_ref();
        let found = match call.function {
            F::ToBoolean | F::ConvertsToBoolean => value.and_then(conversion::to_boolean),
            F::ToInteger | F::ConvertsToInteger => value.and_then(conversion::to_integer),
            F::ToDecimal | F::ConvertsToDecimal => value.and_then(conversion::to_decimal),
            F::ToDate | F::ConvertsToDate => value.and_then(conversion::to_date),
            F::ToDateTime | F::ConvertsToDateTime => value.and_then(conversion::to_date_time),
            F::ToTime | F::ConvertsToTime => value.and_then(conversion::to_time),
            F::ToText | F::ConvertsToText => value.and_then(conversion::to_text),
            _ => value.and_then(|value| conversion::to_quantity(value, unit.as_deref())),
        };
        let asks = matches!(
            call.function,
            F::ConvertsToBoolean
                | F::ConvertsToInteger
                | F::ConvertsToDecimal
                | F::ConvertsToDate
                | F::ConvertsToDateTime
                | F::ConvertsToTime
                | F::ConvertsToText
                | F::ConvertsToQuantity
        );
        Ok(match asks {
            true => found.is_some().into(),
            false => found.map(Item::Value).into(),
        })
    }
}
