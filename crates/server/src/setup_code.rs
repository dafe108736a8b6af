//! The code that makes the first administrator: printed at the first start, good for half an hour and once.
//!
//! Whoever comes later gets another one without a restart: the server prints it when they try. It is only ever printed,
//! so it still takes somebody who can see what the server prints.

use std::io::Write;

use directory::Millis;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::{app::App, problem::Problem};

/// So long a code is good.
const MINUTES: Millis = 30;

/// The code that makes the first administrator.
pub struct SetupCode {
    code: SecretString,
    /// When it stops working.
    pub expires_at: Millis,
}

impl SetupCode {
    /// A new code, of 125 bits, in letters that nobody confuses.
    pub fn new(now: Millis) -> SetupCode {
        const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
        let mut bytes = [0; 25];
        // Without randomness there are no safe codes, and nothing sensible to go on with.
        getrandom::fill(&mut bytes).expect("the operating system provides randomness");
        let code: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        SetupCode { code: code.into(), expires_at: now + MINUTES * 60_000 }
    }

    /// The text to print.
    pub fn text(&self) -> &str {
        self.code.expose_secret()
    }

    fn is(&self, text: &str) -> bool {
        text.as_bytes().ct_eq(self.text().as_bytes()).into()
    }
}

/// Make a code in place of the one there may be, and say where to go with it.
pub fn renew(app: &App) -> String {
    let code = SetupCode::new(app.directory.clock.now());
    let text = format!(
        "There is no administrator yet. Within {MINUTES} minutes, make the first one here:\n  {}/setup?code={}\n",
        app.public_url,
        code.text()
    );
    *app.setup_code() = Some(code);
    text
}

/// Print for the operator. Not into the log, which keeps no secrets.
pub fn print(text: &str) {
    // Nobody may be reading: that is no reason not to serve.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Insist that a code is the one that was printed last, and in time.
///
/// # Errors
/// 403 says how to get a better one; to whoever comes late, a new one is printed.
pub async fn check(app: &App, given: &str) -> Result<(), Problem> {
    if app.directory.has_administrator().await? {
        return Err(Problem::forbidden("there is an administrator already: sign in"));
    }
    let now = app.directory.clock.now();
    {
        let code = app.setup_code();
        match code.as_ref().filter(|code| now < code.expires_at) {
            Some(code) if code.is(given) => return Ok(()),
            Some(_) => {
                let detail = "the code is wrong: open the link that this server printed last, on its standard output";
                return Err(Problem::forbidden(detail));
            }
            None => {}
        }
    }
    print(&renew(app));
    Err(Problem::forbidden(format!(
        "the code is too old, it was good for {MINUTES} minutes: this server has just printed a new link, on its \
         standard output"
    )))
}
