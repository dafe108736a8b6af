//! Ids of resources as texts.

use uuid::Uuid;

/// The id that a text is, written as we write ids: they are case-exact (RFC 7643 section 3.1), so that another spelling
/// of one is the id of nothing.
pub fn read(text: &str) -> Option<Uuid> {
    let mut written = Uuid::encode_buffer();
    Uuid::try_parse(text).ok().filter(|id| id.hyphenated().encode_lower(&mut written) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert!(read(id).is_some());
        for other in [&id.to_uppercase(), &id.replace('-', ""), &format!("{{{id}}}"), &format!("urn:uuid:{id}"), ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
