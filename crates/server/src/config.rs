//! The configuration: defaults, then the file, then the environment, then flags; later ones win.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

use ::scim_client::Network;
use anyhow::{Context, bail};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

/// Every setting with its default, and the documentation of all of them.
pub const DEFAULTS: &str = include_str!("../lockstep.default.toml");

/// What flags say. Absent ones leave the word to the environment and the file.
#[derive(clap::Args, Serialize, Clone, Default)]
pub struct Flags {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// Folder for the database and the key
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// PostgreSQL instead of the embedded database: postgres://…
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// How the world reaches this server: https://…
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// A private network that applications may live in; repeatable
    #[arg(long, value_name = "CIDR")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_outbound: Vec<String>,
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "LOCKSTEP_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// The settings of a process, read and checked.
#[derive(Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Folder for the embedded database and the key.
    pub data_dir: PathBuf,
    /// PostgreSQL instead of the embedded database. Holds a password.
    pub database_url: Option<SecretString>,
    /// How the world reaches us, without a slash at the end. By default the listening address.
    pub public_url: Option<String>,
    /// Private networks that may be called.
    pub allow_outbound: Vec<Network>,
    /// Requests a second that one SCIM token may make for long; 0: as many as come.
    pub scim_rate: u32,
    /// Requests that it may make at once.
    pub scim_burst: u32,
    /// SCIM requests with wrong credentials that an address may make at once, and then one a second; 0: as many as
    /// come.
    pub scim_failures: u32,
    /// Reverse proxies in front of us, whose word about clients is taken.
    pub trusted_proxies: Vec<Network>,
    /// How many days the request log and the sync log go back.
    pub log_days: u32,
    /// Which log lines are written, as `tracing` filters read it.
    pub log: String,
}

/// The settings as they stand in files.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    listen: String,
    data_dir: PathBuf,
    #[serde(default)]
    database_url: String,
    #[serde(default)]
    public_url: String,
    #[serde(deserialize_with = "list")]
    allow_outbound: Vec<String>,
    scim_rate: u32,
    scim_burst: u32,
    scim_failures: u32,
    #[serde(deserialize_with = "list")]
    trusted_proxies: Vec<String>,
    log_days: u32,
    log: String,
}

/// A list, or its elements in one text with commas between them, as an environment variable has it.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum List {
        Text(String),
        List(Vec<String>),
    }
    Ok(match List::deserialize(deserializer)? {
        List::Text(text) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect(),
        List::List(list) => list,
    })
}

impl Config {
    /// Read the settings: the compiled-in defaults, the file that `flags` name, the environment, the flags.
    ///
    /// # Errors
    /// With a sentence that names the setting.
    pub fn load(flags: &Flags) -> anyhow::Result<Config> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = &flags.config {
            figment = figment.merge(Toml::file_exact(file));
        }
        let raw: Raw = figment
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(Env::prefixed("LOCKSTEP_").only(&[
                "listen",
                "data_dir",
                "database_url",
                "public_url",
                "allow_outbound",
                "scim_rate",
                "scim_burst",
                "scim_failures",
                "trusted_proxies",
                "log_days",
                "log",
            ]))
            .merge(Serialized::defaults(flags))
            .extract()
            .context("the configuration can't be used")?;
        Config::check(raw)
    }

    fn check(raw: Raw) -> anyhow::Result<Config> {
        let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        let listen = raw
            .listen
            .to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next())
            .with_context(|| format!("listen: {:?} is no address and port such as 127.0.0.1:8080", raw.listen))?;
        let database_url = given(raw.database_url);
        if database_url
            .as_deref()
            .is_some_and(|url| !url.starts_with("postgres://") && !url.starts_with("postgresql://"))
        {
            // Not repeated here: it may hold a password.
            bail!("database_url: it must begin with postgres://");
        }
        let public_url = given(raw.public_url).map(|text| public_url(&text)).transpose()?;
        let networks = |setting: &'static str, texts: &[String]| -> anyhow::Result<Vec<Network>> {
            texts.iter().map(|network| network.parse().context(setting)).collect()
        };
        let allow_outbound = networks("allow_outbound", &raw.allow_outbound)?;
        let trusted_proxies = networks("trusted_proxies", &raw.trusted_proxies)?;
        Ok(Config {
            listen,
            data_dir: raw.data_dir,
            database_url: database_url.map(Into::into),
            public_url,
            allow_outbound,
            scim_rate: raw.scim_rate,
            scim_burst: raw.scim_burst,
            scim_failures: raw.scim_failures,
            trusted_proxies,
            log_days: raw.log_days,
            log: raw.log,
        })
    }
}

fn public_url(text: &str) -> anyhow::Result<String> {
    let url = Url::parse(text.trim()).with_context(|| format!("public_url: {text:?} is no URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        bail!("public_url: {text:?} must be http:// or https://, without ? and #");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_is_a_configuration() {
        let config = Config::load(&Flags::default()).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert!(config.database_url.is_none() && config.public_url.is_none() && config.allow_outbound.is_empty());
        assert_eq!((config.scim_rate, config.scim_burst, config.scim_failures), (50, 200, 10));
    }

    #[test]
    fn flags_win_and_are_checked() {
        let flags = Flags {
            public_url: Some("https://id.example.test/".into()),
            allow_outbound: vec!["127.0.0.0/8".into(), "::1".into()],
            ..Flags::default()
        };
        let config = Config::load(&flags).unwrap();
        assert_eq!(config.public_url.as_deref(), Some("https://id.example.test"));
        assert_eq!(config.allow_outbound.len(), 2);
        for flags in [
            Flags { listen: Some("nowhere".into()), ..Flags::default() },
            Flags { database_url: Some("mysql://x".into()), ..Flags::default() },
            Flags { public_url: Some("ftp://x".into()), ..Flags::default() },
            Flags { allow_outbound: vec!["10.0.0.0/99".into()], ..Flags::default() },
        ] {
            assert!(Config::load(&flags).is_err());
        }
    }

    #[test]
    fn every_setting_has_a_comment() {
        let mut commented = false;
        for line in DEFAULTS.lines() {
            assert!(line.is_empty() || line.starts_with('#') || commented, "no comment above {line}");
            commented = line.starts_with('#');
        }
    }
}
