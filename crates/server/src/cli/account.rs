//! What `lockstep app` lists: assignments, users, accounts, groups, open work.

use super::{api::Api, application::App, show::Shown};

pub fn assignments(api: &Api, app: &App, limit: usize) -> anyhow::Result<Shown> {
    let items = api.list(&app.path("/assignments"), "after", limit)?;
    Ok(Shown::table(
        items,
        &[
            ("NAME", "name"),
            ("DISPLAY NAME", "displayName"),
            ("KIND", "kind"),
            ("SINCE", "createdAt"),
            ("ID", "subject"),
        ],
    ))
}

pub fn users(api: &Api, app: &App, limit: usize) -> anyhow::Result<Shown> {
    let items = api.list(&app.path("/users"), "after", limit)?;
    Ok(Shown::table(
        items,
        &[("USER NAME", "userName"), ("DISPLAY NAME", "displayName"), ("SINCE", "since"), ("ID", "user")],
    ))
}

pub fn accounts(api: &Api, app: &App, limit: usize) -> anyhow::Result<Shown> {
    let items = api.list(&app.path("/accounts"), "after", limit)?;
    let columns = [
        ("USER NAME", "userName"),
        ("DISPLAY NAME", "displayName"),
        ("STATE", "state"),
        ("ORIGIN", "origin"),
        ("WRITTEN", "modifiedAt"),
        ("REMOTE ID", "remoteId"),
    ];
    Ok(Shown::table(items, &columns))
}

pub fn groups(api: &Api, app: &App) -> anyhow::Result<Shown> {
    let items = api.get(&app.path("/groups"))?["items"].take();
    let columns = [
        ("NAME", "displayName"),
        ("STATE", "link/state"),
        ("ORIGIN", "link/origin"),
        ("REMOTE ID", "link/remoteId"),
        ("ID", "group"),
    ];
    Ok(Shown::table(items, &columns))
}

pub fn open(api: &Api, app: &App) -> anyhow::Result<Shown> {
    let items = api.get(&app.path("/open"))?["items"].take();
    let columns = [
        ("KIND", "kind"),
        ("ID", "subject"),
        ("STATUS", "status"),
        ("TRIES", "attempts"),
        ("NEXT", "dueAt"),
        ("WHY", "errorDetail"),
    ];
    Ok(Shown::table(items, &columns))
}
