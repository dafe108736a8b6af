//! The second factor of a local administrator: time-based one-time passwords (RFC 6238), and recovery codes.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    token,
};

/// A code is good for so long (RFC 6238 section 5.2).
const STEP: Millis = 30_000;
/// The clocks of two machines differ: the code before and the one after are taken too.
const DRIFT: i64 = 1;
/// So many recovery codes are made at a time.
const RECOVERY_CODES: usize = 10;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a secret at a step (RFC 4226 section 5.3, six digits).
fn code(secret: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0x0f);
    let word = u32::from_be_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]]) & 0x7fff_ffff;
    Some(format!("{:06}", word % 1_000_000))
}

/// The step that a code belongs to, unless it was used: each is good once (RFC 6238 section 5.2).
fn step_of(secret: &[u8], presented: &str, now: Millis, used: i64) -> Option<i64> {
    let current = now.div_euclid(STEP);
    (current - DRIFT..=current + DRIFT)
        .filter(|step| *step > used)
        .find(|step| code(secret, *step).is_some_and(|code| token::same(&code, presented)))
}

/// Bytes as people and QR codes carry them (RFC 4648 section 6, without padding).
fn base32(bytes: &[u8]) -> String {
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    }
    text
}

/// A secret that is about to become a second factor.
pub struct Enrolment {
    /// For people who type it.
    pub secret: SecretString,
    /// For programs: `otpauth://totp/…`.
    pub uri: SecretString,
}

fn place(tenant: Tenant, administrator: Uuid) -> String {
    format!("administrators|{}|{administrator}|totp", tenant.id())
}

/// Whether an administrator has a second factor.
pub async fn has_second_factor(tx: &mut Tx, administrator: Uuid) -> Result<bool, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(Uuid,)> = tx
        .row(
            "SELECT id FROM administrators WHERE tenant = $1 AND id = $2 AND totp_confirmed_at IS NOT NULL",
            args![tenant, administrator],
        )
        .await?;
    Ok(row.is_some())
}

/// The owners whose password alone opens their account, by name. Whoever only comes from the OpenID provider is asked
/// there for whatever it asks for.
pub async fn owners_without_second_factor(tx: &mut Tx) -> Result<Vec<(Uuid, String)>, Error> {
    let tenant = tx.tenant().id();
    let rows = tx.rows(
        "SELECT id, user_name FROM administrators
         WHERE tenant = $1 AND role = $2 AND totp_confirmed_at IS NULL AND password_hash <> '' AND disabled_at IS NULL
         ORDER BY name_key",
        args![tenant, super::Role::Owner.as_str()],
    );
    Ok(rows.await?)
}

impl Directory {
    /// Begin to set up a second factor: it counts when its first code is given.
    pub async fn begin_second_factor(&self, tenant: Tenant, administrator: Uuid) -> Result<Enrolment, Error> {
        let mut bytes = [0; 20];
        crate::clock::random(&mut bytes);
        let secret = base32(&bytes);
        let sealed = self.vault.seal(&SecretString::from(hex(&bytes)), &place(tenant, administrator))?;
        let name = transaction!(self.db, tenant, tx => {
            let row: Option<(String, Option<Millis>)> = tx
                .row("SELECT user_name, totp_confirmed_at FROM administrators WHERE tenant = $1 AND id = $2", args![tenant.id(), administrator])
                .await?;
            let (name, confirmed) = row.ok_or_else(|| Error::not_found("administrator", administrator))?;
            if confirmed.is_some() {
                return Err(Error::invalid("there is a second factor already: remove it first"));
            }
            tx.execute("UPDATE administrators SET totp = $1, totp_step = 0 WHERE tenant = $2 AND id = $3", args![&sealed, tenant.id(), administrator]).await?;
            Ok::<_, Error>(name)
        })?;
        let label: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let uri = format!("otpauth://totp/Lockstep:{}?secret={secret}&issuer=Lockstep", label.replace('+', "%20"));
        Ok(Enrolment { secret: secret.into(), uri: uri.into() })
    }

    /// Make the second factor count, by its first code. Answers recovery codes, which are only ever given here.
    ///
    /// # Errors
    /// `Invalid` when the code is wrong, or none was begun.
    pub async fn confirm_second_factor(
        &self,
        tenant: Tenant,
        actor: &Actor,
        administrator: Uuid,
        presented: &str,
    ) -> Result<Vec<SecretString>, Error> {
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| token::letters(16).to_lowercase()).collect();
        transaction!(self.db, tenant, tx => {
            if has_second_factor(tx, administrator).await? || !self.use_code(tx, administrator, presented).await? {
                return Err(Error::invalid("the code is wrong: give the one that the app shows now"));
            }
            let now = self.clock.now();
            tx.execute("UPDATE administrators SET totp_confirmed_at = $1 WHERE tenant = $2 AND id = $3", args![now, tenant.id(), administrator]).await?;
            tx.execute("DELETE FROM recovery_codes WHERE tenant = $1 AND administrator = $2", args![tenant.id(), administrator]).await?;
            for code in &codes {
                tx.execute("INSERT INTO recovery_codes (tenant, administrator, hash) VALUES ($1, $2, $3)", args![tenant.id(), administrator, token::hash(code)]).await?;
            }
            let entry = Entry { id: self.clock.id(), at: now, action: "add_second_factor", object_kind: "administrator", object: administrator, object_name: &actor.name, detail: None };
            audit::record(tx, actor, entry).await
        })?;
        Ok(codes.into_iter().map(|code| code.into()).collect())
    }

    /// Remove a second factor, with its recovery codes.
    pub async fn remove_second_factor(&self, tenant: Tenant, actor: &Actor, administrator: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let removed = tx
                .execute("UPDATE administrators SET totp = NULL, totp_confirmed_at = NULL WHERE tenant = $1 AND id = $2 AND totp IS NOT NULL", args![tenant.id(), administrator])
                .await?;
            tx.execute("DELETE FROM recovery_codes WHERE tenant = $1 AND administrator = $2", args![tenant.id(), administrator]).await?;
            if removed == 1 {
                let entry = Entry { id: self.clock.id(), at: self.clock.now(), action: "remove_second_factor", object_kind: "administrator", object: administrator, object_name: &actor.name, detail: None };
                audit::record(tx, actor, entry).await?;
            }
            Ok(())
        })
    }

    /// Whether a code is right: of the app, or a recovery code. Either is good once.
    pub async fn check_second_factor(
        &self,
        tenant: Tenant,
        administrator: Uuid,
        presented: &str,
    ) -> Result<bool, Error> {
        let presented: String = presented.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
        transaction!(self.db, tenant, tx => {
            if presented.len() == 6 {
                return self.use_code(tx, administrator, &presented).await;
            }
            let used = tx
                .execute(
                    "DELETE FROM recovery_codes WHERE tenant = $1 AND administrator = $2 AND hash = $3",
                    args![tenant.id(), administrator, token::hash(&presented.to_lowercase())],
                )
                .await?;
            Ok(used == 1)
        })
    }

    async fn use_code(&self, tx: &mut Tx, administrator: Uuid, presented: &str) -> Result<bool, Error> {
        let tenant = tx.tenant();
        let row: Option<(Option<String>, i64)> = tx
            .row(
                "SELECT totp, totp_step FROM administrators WHERE tenant = $1 AND id = $2",
                args![tenant.id(), administrator],
            )
            .await?;
        let Some((Some(sealed), used)) = row else { return Ok(false) };
        let secret = self.vault.open_sealed(&sealed, &place(tenant, administrator))?;
        let Some(secret) = unhex(secret.expose_secret()) else { return Ok(false) };
        let Some(step) = step_of(&secret, presented, self.clock.now(), used) else { return Ok(false) };
        // Only the first of two who come with the same code gets in.
        let taken = tx
            .execute(
                "UPDATE administrators SET totp_step = $1 WHERE tenant = $2 AND id = $3 AND totp_step < $1",
                args![step, tenant.id(), administrator],
            )
            .await?;
        Ok(taken == 1)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA-1, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code(secret, seconds / 30).unwrap(), expected);
        }
    }

    #[test]
    fn a_code_is_good_once_and_only_around_its_time() {
        let (secret, now) = (b"12345678901234567890", 1_111_111_109_000);
        let step = now / STEP;
        for offset in -1..=1 {
            assert_eq!(step_of(secret, &code(secret, step + offset).unwrap(), now, 0), Some(step + offset));
        }
        assert_eq!(step_of(secret, &code(secret, step - 2).unwrap(), now, 0), None);
        assert_eq!(step_of(secret, &code(secret, step).unwrap(), now, step), None, "used");
        assert_eq!(step_of(secret, "", now, 0), None);
    }

    /// RFC 4648 section 10.
    #[test]
    fn base32_is_that_of_the_rfc() {
        for (plain, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
        assert_eq!(unhex(&hex(&[0, 255, 16])), Some(vec![0, 255, 16]));
    }
}
