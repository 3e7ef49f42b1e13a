//! What the workers know of a source in common, as bytes.

use crate::Milliseconds;

/// A source's state in the store. All numbers are little endian, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The list in force: the token of the fetch that it came by. 0: there is none.
    pub(crate) version: u64,
    /// When the service confirmed it last.
    pub(crate) confirmed: Milliseconds,
    /// When the last fetch ended.
    pub(crate) attempted: Milliseconds,
    /// Failed fetches since the last good one.
    pub(crate) failures: u64,
    /// The digest of the body that the list came from.
    pub(crate) digest: u64,
    /// The last fetch: a random number that no other fetch has.
    pub(crate) token: u64,
    /// Whoever fetches has until then; 0: nobody does.
    pub(crate) lease_until: Milliseconds,
    /// The service's `ETag` for that body; empty: none.
    pub(crate) etag: Vec<u8>,
}

const NUMBERS: usize = 7;

impl Record {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(NUMBERS * 8 + self.etag.len());
        for number in self.numbers() {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.etag);
        bytes
    }

    /// `None` where the bytes are no record.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut next = || {
            let (number, after) = rest.split_first_chunk()?;
            rest = after;
            Some(u64::from_le_bytes(*number))
        };
        let [version, confirmed, attempted] = [next()?, next()?, next()?];
        let [failures, digest, token, lease_until] = [next()?, next()?, next()?, next()?];
        let etag = rest.to_vec();
        Some(Self { version, confirmed, attempted, failures, digest, token, lease_until, etag })
    }

    fn numbers(&self) -> [u64; NUMBERS] {
        let Self { version, confirmed, attempted, failures, digest, token, lease_until, etag: _ } = self;
        [*version, *confirmed, *attempted, *failures, *digest, *token, *lease_until]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_from_its_bytes() {
        let record = Record {
            version: 1,
            confirmed: 2,
            attempted: u64::MAX,
            failures: 4,
            digest: 5,
            token: 6,
            lease_until: 7,
            etag: b"\"e\xff\"".to_vec(),
        };
        assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record.clone()));
        let bytes = record.to_bytes();
        for length in 0..NUMBERS * 8 {
            assert_eq!(Record::from_bytes(&bytes[..length]), None, "{length} bytes");
        }
    }
}
