//! The second factor of whoever is signed in: an authenticator app, and recovery codes.

use axum::{Json, extract::State, http::StatusCode};
use qrcode::{EcLevel, QrCode, render::svg};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::Body;
use crate::{app::App, caller::Caller, problem::Problem};

/// A second factor that is about to be set up. It is shown only here.
#[derive(Serialize, ToSchema)]
pub struct Enrolment {
    /// The secret, to type into an authenticator app.
    secret: String,
    /// The same for programs: `otpauth://…`.
    uri: String,
    /// The same as a QR code: a picture as a `data:` URI.
    qr: String,
}

/// A code of an authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstCode {
    /// Six digits.
    code: String,
}

/// Codes that are good once each, for when the app is lost. They are shown only here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// The codes.
    recovery_codes: Vec<String>,
}

/// Begin to set up a second factor. It counts when its first code is given.
#[utoipa::path(post, path = "/session/second-factor", tag = "Session", responses((status = 200, body = Enrolment)))]
pub async fn begin_second_factor(State(app): State<App>, caller: Caller) -> Result<Json<Enrolment>, Problem> {
    let begun = app.directory.begin_second_factor(caller.tenant(), caller.session()?.administrator).await?;
    let picture = QrCode::with_error_correction_level(begun.uri.expose_secret(), EcLevel::M)
        .map_err(|error| Problem::fault(&error))?
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build();
    let encoded: String = url::form_urlencoded::byte_serialize(picture.as_bytes()).collect();
    Ok(Json(Enrolment {
        secret: begun.secret.expose_secret().to_owned(),
        uri: begun.uri.expose_secret().to_owned(),
        qr: format!("data:image/svg+xml,{}", encoded.replace('+', "%20")),
    }))
}

/// Make a second factor count, by its first code.
#[utoipa::path(put, path = "/session/second-factor", tag = "Session", request_body = FirstCode, responses((status = 200, body = RecoveryCodes)))]
pub async fn confirm_second_factor(
    State(app): State<App>,
    caller: Caller,
    Body(first): Body<FirstCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let administrator = caller.session()?.administrator;
    let code = first.code.trim();
    let codes = app.directory.confirm_second_factor(caller.tenant(), &caller.actor(), administrator, code).await?;
    let recovery_codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Remove one's own second factor, with its recovery codes.
#[utoipa::path(delete, path = "/session/second-factor", tag = "Session", responses((status = 204)))]
pub async fn remove_second_factor(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    let administrator = caller.session()?.administrator;
    app.directory.remove_second_factor(caller.tenant(), &caller.actor(), administrator).await?;
    Ok(StatusCode::NO_CONTENT)
}
