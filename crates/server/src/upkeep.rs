//! What the process does by itself now and then: write what was refused, tell the log of new alarms, remove what
//! self-tests of a dead node left behind.

use std::time::Duration;

use crate::{alarm::words, app::App, metrics, refusals};

/// So often alarms are looked for.
const LOOK: Duration = Duration::from_secs(60);

/// Do it until the process ends.
pub async fn run(app: App) {
    let mut write = tokio::time::interval(refusals::PATIENCE);
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = write.tick() => app.refusals.write(&app.directory).await,
            _ = look.tick() => {
                if let Err(error) = tell(&app).await {
                    tracing::error!(%error, "looking for alarms failed");
                }
            }
        }
    }
}

/// Tell the log of each new alarm, once, whichever node sees it first.
async fn tell(app: &App) -> Result<(), directory::Error> {
    for tenant in app.directory.tenants().await? {
        app.directory.end_old_scratches(tenant).await?;
        for alarm in app.directory.new_alarms(tenant).await? {
            let words = words(&alarm, app.directory.clock.now());
            metrics::alarmed(words.kind);
            tracing::warn!(alarm = words.kind, source = %alarm.source, fix = words.fix, "{}", words.text);
        }
    }
    Ok(())
}
