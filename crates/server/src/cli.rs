//! The command line: the admin API for people and scripts, and the process itself.
//!
//! A file below is about one noun: its subcommands and how their answers look. Everything but `serve` and
//! `admin token` goes through the API, so it can do there what its token may do and no more.

mod account;
mod administrator;
mod api;
mod application;
mod assignment;
mod demo;
mod duration;
mod export;
mod group;
mod group_preview;
mod history;
mod match_trial;
mod schema;
mod settings;
mod show;
mod sign_in;
mod source;
mod source_setup;
mod source_token;
mod status;
mod token;
mod user;

use anyhow::Context;
use clap::{Parser, Subcommand};
use directory::{Clock, administrator::Role};
use secrecy::ExposeSecret;
use std::process::ExitCode;

use crate::{
    app,
    config::{Config, Flags},
    serve, telemetry,
};
use api::Api;

/// Keeps people's accounts in step across applications.
#[derive(Parser)]
#[command(name = "lockstep", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print JSON instead of a table
    #[arg(long, global = true)]
    json: bool,
    /// The server to talk to; its API token comes from LOCKSTEP_TOKEN
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "LOCKSTEP_URL",
        default_value = "http://127.0.0.1:8080",
        hide_default_value = true
    )]
    url: String,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(Flags),
    /// Work on the database itself, on its machine
    #[command(subcommand)]
    Admin(Admin),
    /// Where people come from
    #[command(subcommand)]
    Source(source::Command),
    /// Schemas that sources accept
    #[command(subcommand)]
    Schema(schema::SchemaCommand),
    /// Kinds of resources that sources accept
    #[command(subcommand)]
    ResourceType(schema::TypeCommand),
    /// The people
    #[command(subcommand)]
    User(user::Command),
    /// The groups
    #[command(subcommand)]
    Group(group::Command),
    /// Where people get accounts
    #[command(subcommand)]
    App(application::Command),
    /// Assign an application to someone
    Assign(assignment::Arguments),
    /// Take an assignment back
    Unassign(assignment::Arguments),
    /// What was sent to applications, run by run
    #[command(subcommand)]
    Run(history::RunCommand),
    /// What was done to one object
    #[command(subcommand)]
    Operation(history::OperationCommand),
    /// Why someone has an account, or not
    Why(history::WhyArguments),
    /// Who changed what
    #[command(subcommand)]
    Audit(history::AuditCommand),
    /// A list as a file: CSV, or JSON lines
    Export(export::Arguments),
    /// People, groups and an application to try things on
    #[command(subcommand)]
    Demo(demo::Command),
    /// What is pending, waiting and failed
    Status,
    /// What should be seen to: tokens that end, sources that are silent
    Alarms,
    /// Wait until nothing is pending
    Wait(status::WaitArguments),
    /// People who may use this API, and who is invited to
    #[command(subcommand)]
    Administrator(administrator::Command),
    /// The OpenID provider that administrators may sign in with
    #[command(subcommand)]
    SignIn(sign_in::Command),
    /// Tokens for this API
    #[command(subcommand)]
    Token(token::Command),
    /// What is decided about the whole deployment
    Settings(settings::Arguments),
}

#[derive(Subcommand)]
enum Admin {
    /// Make an API token and print it alone
    Token(AdminToken),
}

#[derive(clap::Args)]
struct AdminToken {
    /// What it may do: owner, administrator, operator or auditor
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Role,
    /// What it is for
    #[arg(long, value_name = "NAME", default_value = "command line")]
    name: String,
    #[command(flatten)]
    flags: Flags,
}

fn role(text: &str) -> Result<Role, directory::Error> {
    text.parse()
}

/// Run the program. The exit status is 0 when it did what was asked, 1 when not, 2 when it was asked wrongly.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match answer(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lockstep: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn answer(cli: Cli) -> anyhow::Result<()> {
    let api = || Api::new(&cli.url);
    let shown = match cli.command {
        Command::Serve(flags) => return run_server(&flags),
        Command::Admin(Admin::Token(token)) => return admin_token(&token),
        Command::Source(command) => source::run(&api()?, command),
        Command::Schema(command) => schema::schema(&api()?, command),
        Command::ResourceType(command) => schema::resource_type(&api()?, command),
        Command::User(command) => user::run(&api()?, command),
        Command::Group(command) => group::run(&api()?, command),
        Command::App(command) => application::run(&api()?, command),
        Command::Assign(arguments) => assignment::assign(&api()?, &arguments),
        Command::Unassign(arguments) => assignment::unassign(&api()?, &arguments),
        Command::Run(command) => history::run(&api()?, command),
        Command::Operation(command) => history::operation(&api()?, command),
        Command::Why(arguments) => history::why(&api()?, &arguments),
        Command::Export(arguments) => export::run(&api()?, &arguments),
        Command::Demo(command) => demo::run(&api()?, command),
        Command::Audit(command) => history::audit(&api()?, command),
        Command::Status => status::show(&api()?),
        Command::Alarms => status::alarms(&api()?),
        Command::Wait(arguments) => status::wait(&api()?, &arguments),
        Command::Administrator(command) => administrator::run(&api()?, command),
        Command::SignIn(command) => sign_in::run(&api()?, command),
        Command::Token(command) => token::run(&api()?, command),
        Command::Settings(arguments) => settings::run(&api()?, arguments),
    }?;
    shown.print(cli.json)
}

fn run_server(flags: &Flags) -> anyhow::Result<()> {
    let config = Config::load(flags)?;
    telemetry::start(&config.log)?;
    runtime()?.block_on(serve::serve(config))
}

/// Runs on the machine itself: whoever can read the database and its key is trusted.
fn admin_token(token: &AdminToken) -> anyhow::Result<()> {
    let config = Config::load(&token.flags)?;
    let text = runtime()?.block_on(async {
        let directory = app::open_directory(&config, Clock::system()).await?;
        let made = directory.add_local_api_token(&token.name, token.role).await?;
        directory.db.close().await;
        anyhow::Ok(made.text)
    })?;
    println!("{}", text.expose_secret());
    Ok(())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("can't start")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_made() {
        Cli::command().debug_assert();
    }

    #[test]
    fn json_is_understood_anywhere() {
        for line in [
            "lockstep --json status",
            "lockstep status --json",
            "lockstep app add A --base-url http://x --token t --match email --json",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok_and(|cli| cli.json), "{line}");
        }
    }
}
