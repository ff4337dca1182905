//! As much of DER (X.690) as it takes to find one extension of a certificate.

/// An element: its tag, its content, and what follows it.
pub(super) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short if short < 0x80 => (usize::from(short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = digits.iter().try_fold(0_usize, |sum, digit| {
                sum.checked_mul(256)?.checked_add(usize::from(*digit))
            })?;
            (length, rest)
        }
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

/// Every element of a sequence's content, as far as they can be read.
fn elements(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, content, after) = element(bytes)?;
        bytes = after;
        Some((tag, content))
    })
}

const SEQUENCE: u8 = 0x30;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `extensions` of a TBSCertificate (RFC 5280 section 4.1).
const EXTENSIONS: u8 = 0xa3;

/// The value of an extension, found by the content of its object identifier.
pub(super) fn extension<'c>(certificate: &'c [u8], identifier: &[u8]) -> Option<&'c [u8]> {
    let (_, certificate, _) = element(certificate)?;
    let (_, signed, _) = element(certificate)?;
    let (_, wrapped) = elements(signed).find(|(tag, _)| *tag == EXTENSIONS)?;
    let (SEQUENCE, all, _) = element(wrapped)? else {
        return None;
    };
    let named = |content: &&[u8]| {
        element(content)
            .is_some_and(|(tag, name, _)| tag == OBJECT_IDENTIFIER && name == identifier)
    };
    let found = elements(all).map(|(_, content)| content).find(named)?;
    elements(found)
        .find(|(tag, _)| *tag == OCTET_STRING)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_never_believed() {
        assert_eq!(
            element(&[4, 2, 1, 2, 9]),
            Some((4, &[1_u8, 2][..], &[9_u8][..]))
        );
        assert_eq!(element(&[4, 0x81, 1, 7]), Some((4, &[7_u8][..], &[][..])));
        for bad in [
            &[][..],
            &[4],
            &[4, 2, 1],
            &[4, 0x82, 1],
            &[4, 0x89, 255, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            assert_eq!(element(bad), None, "{bad:?}");
        }
        assert_eq!(extension(&[0x30, 0], &[0x55, 0x1d, 0x0f]), None);
    }
}
