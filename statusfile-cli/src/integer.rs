//! Integers of up to 128 bits, which a program may save; those of `toml::Value` and of `toml_edit` end at 64.

use toml::de::DeInteger;

/// In decimal; one of more bits as it is spelled.
pub(crate) fn decimal(number: &DeInteger<'_>) -> String {
    let (text, radix) = (number.as_str(), number.radix());
    let signed = i128::from_str_radix(text, radix).map(|number| number.to_string());
    let unsigned = || u128::from_str_radix(text, radix).map(|number| number.to_string());
    signed
        .or_else(|_| unsigned())
        .unwrap_or_else(|_| number.to_string())
}

/// Whether it has more bits than `toml_edit` holds.
pub(crate) fn is_large(number: &DeInteger<'_>) -> bool {
    i64::from_str_radix(number.as_str(), number.radix()).is_err()
}
