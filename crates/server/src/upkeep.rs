//! What the process does by itself now and then: write what was refused.

use crate::{app::App, refusals};

/// Do it until the process ends.
pub async fn run(app: App) {
    let mut tick = tokio::time::interval(refusals::PATIENCE);
    loop {
        tick.tick().await;
        app.refusals.write(&app.directory).await;
    }
}
