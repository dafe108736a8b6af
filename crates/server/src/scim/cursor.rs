//! Cursors (RFC 9865): where the next page begins, stamped so that nobody but us can make one, and only for the
//! source and the question that they were made for. Nothing is kept on the server, so paging uses nothing up.

use ::scim::{Error, ListQuery, ScimType};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use directory::{Kind, Millis, Vault};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// So long a cursor is good, in seconds.
pub(super) const LIFE_SECS: u32 = 600;

/// Stands where a place in the order of ids has the code of its kind.
const BY_INDEX: i64 = -1;

/// Bytes of a stamp, HMAC-SHA-256.
const STAMP: usize = 32;

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// Behind this record, in the order of ids.
    After(Kind, Uuid),
    /// At this number, counted from 1.
    Index(u64),
}

/// Makes and reads the cursors of one question.
pub(super) struct Cursors<'a> {
    vault: &'a Vault,
    now: Millis,
    /// What a cursor is good for; everything that must stay the same from page to page, except for `count`, whose
    /// change has an error of its own.
    question: Vec<u8>,
    count: u64,
}

impl Cursors<'_> {
    pub(super) fn new<'a>(
        vault: &'a Vault,
        now: Millis,
        source: Uuid,
        kinds: &[Kind],
        query: &ListQuery,
    ) -> Cursors<'a> {
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.code()).collect();
        let ListQuery { filter, sort_by, descending, attributes, excluded_attributes, count, .. } = query;
        let question = (source, kinds, filter, sort_by, descending, attributes, excluded_attributes);
        // Texts and lists of them always serialise.
        let question = serde_json::to_vec(&question).unwrap_or_default();
        Cursors { vault, now, question, count: *count }
    }

    /// The cursor for the page that begins here. RFC 3986's unreserved characters only.
    pub(super) fn write(&self, place: Place) -> String {
        let (code, place) = match place {
            Place::After(kind, id) => (kind.code(), id.as_u128()),
            Place::Index(index) => (BY_INDEX, index.into()),
        };
        let mut bytes: Vec<u8> = code.to_be_bytes().to_vec();
        bytes.extend(place.to_be_bytes());
        bytes.extend(self.count.to_be_bytes());
        bytes.extend((self.now + Millis::from(LIFE_SECS) * 1_000).to_be_bytes());
        bytes.extend(self.stamp(&bytes));
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where a cursor points to.
    ///
    /// # Errors
    /// `invalidCursor`, in the same words whether it is made up, another source's or another question's;
    /// `expiredCursor`; `invalidCount` when `count` is not what it was.
    pub(super) fn read(&self, text: &str) -> Result<Place, Error> {
        let refused = |kind, detail: &str| Err(Error::new(400, Some(kind), detail));
        let Some((place, count, until)) = self.open(text) else {
            return refused(ScimType::InvalidCursor, "the cursor does not belong to this question: begin without one");
        };
        if until <= self.now {
            return refused(ScimType::ExpiredCursor, "the cursor has expired: begin again without one");
        }
        if count != self.count {
            return refused(ScimType::InvalidCount, "count must stay what it was when the cursor was made");
        }
        Ok(place)
    }

    fn open(&self, text: &str) -> Option<(Place, u64, Millis)> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (content, stamp) = bytes.split_at_checked(bytes.len().checked_sub(STAMP)?)?;
        if !bool::from(self.stamp(content).ct_eq(stamp)) {
            return None;
        }
        let (code, rest) = content.split_first_chunk()?;
        let (place, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (place, until) = (u128::from_be_bytes(*place), rest.try_into().ok()?);
        let place = match i64::from_be_bytes(*code) {
            BY_INDEX => Place::Index(u64::try_from(place).ok()?),
            code => Place::After(Kind::from_code(code), Uuid::from_u128(place)),
        };
        Some((place, u64::from_be_bytes(*count), Millis::from_be_bytes(until)))
    }

    fn stamp(&self, content: &[u8]) -> [u8; STAMP] {
        let mut message = content.to_vec();
        // What comes before has one length, so nothing can move between the two.
        message.extend(&self.question);
        self.vault.stamp("cursor", &message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_question_and_its_time() {
        let folder = std::env::temp_dir().join(format!("lockstep-cursor-{}", uuid::Uuid::now_v7()));
        let vault = Vault::open(&folder).unwrap();
        let (source, id) = (Uuid::from_u128(7), Uuid::from_u128(u128::MAX / 3));
        let asked = ListQuery { filter: Some("userName pr".into()), count: 10, ..ListQuery::default() };
        let at = |now, source, kinds: &[Kind], query: &ListQuery| Cursors::new(&vault, now, source, kinds, query);
        let users = [Kind::User];
        let kind_of = |read: Result<Place, Error>| read.err().and_then(|error| error.scim_type);
        for place in [Place::After(Kind::User, id), Place::After(Kind::Custom(16), id), Place::Index(201)] {
            let text = at(1_000, source, &users, &asked).write(place);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{text}");
            assert_eq!(at(600_999, source, &users, &asked).read(&text), Ok(place));
            assert_eq!(kind_of(at(601_000, source, &users, &asked).read(&text)), Some(ScimType::ExpiredCursor));
            let more = ListQuery { count: 11, ..asked.clone() };
            assert_eq!(kind_of(at(1_000, source, &users, &more).read(&text)), Some(ScimType::InvalidCount));
            let other = ListQuery { filter: None, ..asked.clone() };
            let forged = format!("{}{}", if text.starts_with('A') { 'B' } else { 'A' }, &text[1..]);
            let foreign = [
                at(1_000, source, &users, &other).read(&text),
                at(1_000, Uuid::from_u128(8), &users, &asked).read(&text),
                at(1_000, source, &[Kind::Group], &asked).read(&text),
                at(1_000, source, &users, &asked).read(&forged),
                at(1_000, source, &users, &asked).read("x"),
                at(1_000, source, &users, &asked).read("ü&"),
            ];
            for read in &foreign {
                assert_eq!(read, &foreign[0]);
                assert_eq!(kind_of(read.clone()), Some(ScimType::InvalidCursor));
            }
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
