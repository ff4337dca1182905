//! Units parse, compare and convert as UCUM has it; what is no code is refused.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn converted(value: &str, from: &str, to: &str) -> Option<String> {
    let value = Decimal::from_str_exact(value).unwrap();
    let (from, to) = (Unit::parse(from).unwrap(), Unit::parse(to).unwrap());
    Some(from.convert(value, &to)?.to_string())
}

#[test]
fn every_line_of_the_table_is_a_unit() {
    let table = include_str!("../../../profiles/ucum/units.txt");
    let lines: Vec<&str> = table.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(atoms::all().codes().count(), lines.len());
    assert!(lines.len() > 300);
    for line in lines {
        let code = line.split('\t').next().unwrap();
        let unit = Unit::parse(code).unwrap();
        assert_eq!(
            Unit::parse(&unit.canonical()).unwrap().dimension,
            unit.dimension,
            "{code}"
        );
    }
}

#[test]
fn values_convert_exactly() {
    for (value, from, to, expected) in [
        ("180", "mg/dL", "g/L", "1.8"),
        ("2", "g", "mg", "2000"),
        ("1", "[lb_av]", "g", "453.59237"),
        ("1", "[in_i]", "cm", "2.54"),
        ("5", "[ft_i]", "[in_i]", "60"),
        ("120", "mm[Hg]", "kPa", "15.99864"),
        ("1", "U/L", "kat/m3", "0.0000166666666666666666666667"),
        ("60", "U", "umol/s", "1"),
        ("98.6", "[degF]", "Cel", "37"),
        ("37", "Cel", "K", "310.15"),
        ("0", "Cel", "[degF]", "32"),
        ("80", "[degRe]", "Cel", "100"),
        ("36600", "mCel", "Cel", "36.6"),
        ("5", "10*9/L", "10*12/L", "0.005"),
        ("7", "10*3/uL", "10*9/L", "7"),
        ("50", "%", "1", "0.5"),
        ("12", "g%", "g/L", "120"),
        ("1", "[drp]", "uL", "50"),
        ("3", "{cells}/mL", "/L", "3000"),
        ("90", "min", "h", "1.5"),
        ("1", "a", "d", "365.25"),
        ("1", "mo", "d", "30.4375"),
        ("1", "mol", "mmol", "1000"),
        ("5.5", "mmol/L", "umol/mL", "5.5"),
        ("1", "eq", "osm", "1"),
        ("4", "[IU]/mL", "k[IU]/L", "4"),
        ("1", "kg.m/s2", "N", "1"),
        ("1", "J/(kg.K)", "m2.s-2.K-1", "1"),
        ("1", "KiBy", "bit", "8192"),
        ("70", "/min", "Hz", "1.16666666666666666666666"),
        ("1", "10*-6", "[ppm]", "1"),
        ("30", "kg/m2", "g/cm2", "3"),
        ("1", "[gal_us]", "mL", "3785.411784"),
        ("14.7", "[psi]", "kPa", "101.35293220957"),
    ] {
        let found = converted(value, from, to).unwrap();
        let found = found.get(..expected.len().min(found.len())).unwrap();
        assert_eq!(found, expected, "{value} {from} in {to}");
    }
}

#[test]
fn scales_that_are_not_straight_convert_closely() {
    for (value, from, to, expected) in [
        ("7.4", "[pH]", "nmol/L", 39.810_717),
        ("20", "dB", "1", 100.0),
        ("1", "Np", "1", std::f64::consts::E),
        ("94", "dB[SPL]", "Pa", 1.002_374),
        ("3", "bit_s", "1", 8.0),
        ("100", "%[slope]", "deg", 45.0),
        ("2", "[hp'_X]", "1", 0.01),
    ] {
        let found: f64 = converted(value, from, to).unwrap().parse().unwrap();
        assert!(
            (found / expected - 1.0).abs() < 1e-6,
            "{value} {from}: {found}"
        );
    }
}

#[test]
fn what_measures_different_things_is_not_comparable() {
    for (a, b) in [
        ("mg", "mL"),
        ("[IU]", "mg"),
        ("[IU]", "[arb'U]"),
        ("Cel", "m"),
        ("mol/L", "g/L"),
        ("1", "rad"),
    ] {
        assert!(
            !Unit::parse(a).unwrap().comparable(&Unit::parse(b).unwrap()),
            "{a} {b}"
        );
        assert_eq!(converted("1", a, b), None);
    }
}

#[test]
fn canonical_forms_are_the_same_for_the_same_amount() {
    let canonical = |value: &str, code: &str| {
        let value = Decimal::from_str_exact(value).unwrap();
        let (value, unit) = super::canonical(value, code).unwrap();
        format!("{} {unit}", value.to_decimal().unwrap())
    };
    assert_eq!(canonical("2000", "mg"), "2 g");
    assert_eq!(canonical("2", "g"), "2 g");
    assert_eq!(canonical("95", "mg/dL"), "950 g.m-3");
    assert_eq!(canonical("0.95", "g/L"), "950 g.m-3");
    assert_eq!(canonical("50", "%"), "0.5 1");
    assert_eq!(canonical("120", "mm[Hg]"), "15998640 g.m-1.s-2");
    assert_eq!(canonical("1", "[IU]/L"), "1000 [iU].m-3");
    assert_eq!(super::canonical(Decimal::ONE, "nope"), None);
}

#[test]
fn codes_that_are_none_are_refused() {
    let deep = format!("{}m{}", "(".repeat(40), ")".repeat(40));
    let long = "m.".repeat(200);
    for code in [
        "",
        " ",
        "mg dL",
        "mgdL",
        "MGG",
        "mg//dL",
        "mg/",
        "(mg",
        "mg)",
        "mg{x",
        "m+",
        "10*9999",
        "0",
        "xyz",
        "[nope]",
        "ug/µL",
        "mmHg",
        "µg",
        "cc",
        "kk",
        "m2m",
        "B[SPL].m",
        "[pH]2",
        "m99",
        "{a}{b}",
        "[in_i",
        "99999999999999999999",
        "da",
        "%%",
        deep.as_str(),
        long.as_str(),
    ] {
        assert!(Unit::parse(code).is_err(), "{code}");
    }
    let fault = Unit::parse("mg/xy").unwrap_err();
    assert_eq!((fault.at, fault.why), (3, "no such unit or prefix"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "[a-zA-Z0-9.*/(){}\\[\\]'%+-]{0,24}") {
        if let Ok(unit) = Unit::parse(&text) {
            let _ = unit.to_canonical(Decimal::from(7)).map(|n| (n.to_float(), n.to_decimal()));
        }
    }

    #[test]
    fn there_and_back_is_the_same(value in -1_000_000i64..1_000_000, scale in 0u32..6) {
        let value = Decimal::new(value, scale);
        for (a, b) in [("mg", "[lb_av]"), ("mg/dL", "g/L"), ("Cel", "[degF]"), ("cm", "[ft_i]"), ("h", "min")] {
            let (a, b) = (Unit::parse(a).unwrap(), Unit::parse(b).unwrap());
            let back = b.convert(a.convert(value, &b).unwrap(), &a).unwrap();
            prop_assert!((back - value).abs() < Decimal::new(1, 15));
        }
    }
}
