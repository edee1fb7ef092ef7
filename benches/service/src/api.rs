//! The requests.

use std::sync::Arc;

use autoshard::{DurableFlushError, telemetry::Telemetry};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};

use crate::users::{Overloaded, Status, Users};

/// What a write waits for before it is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wait {
    /// Nothing: 202, and it is made within milliseconds.
    #[default]
    No,
    /// Until reads find it: 204.
    Visible,
    /// Until it is in the file: 204.
    Durable,
}

#[derive(Debug, Deserialize)]
struct Options {
    #[serde(default)]
    wait: Wait,
}

#[derive(Debug, Serialize)]
struct Count {
    users: usize,
}

/// `GET`, `PUT` and `DELETE /users/{id}`, the latter two with `?wait=visible` or `durable`; `GET /users` for their number; `GET /telemetry` for what the
/// store says of itself.
pub(crate) fn router(users: Arc<Users>) -> Router {
    Router::new()
        .route("/users", get(count))
        .route("/users/{id}", get(show).put(set).delete(remove))
        .route("/telemetry", get(telemetry))
        .with_state(users)
}

async fn count(State(users): State<Arc<Users>>) -> Json<Count> {
    Json(Count { users: users.count() })
}

async fn telemetry(State(users): State<Arc<Users>>) -> Json<Telemetry> {
    Json(users.telemetry())
}

async fn show(State(users): State<Arc<Users>>, Path(id): Path<u64>) -> Result<Json<Status>, StatusCode> {
    users.get(id).map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn set(
    State(users): State<Arc<Users>>,
    Path(id): Path<u64>,
    Query(options): Query<Options>,
    Json(status): Json<Status>,
) -> Result<StatusCode, Refusal> {
    users.set(id, status)?;
    confirm(&users, options.wait).await
}

async fn remove(
    State(users): State<Arc<Users>>,
    Path(id): Path<u64>,
    Query(options): Query<Options>,
) -> Result<StatusCode, Refusal> {
    users.remove(id)?;
    confirm(&users, options.wait).await
}

/// A client that goes away meanwhile loses the answer, and not the write.
async fn confirm(users: &Users, wait: Wait) -> Result<StatusCode, Refusal> {
    match wait {
        Wait::No => return Ok(StatusCode::ACCEPTED),
        Wait::Visible => users.visible().await,
        Wait::Durable => users.durable().await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Why a write is not made, or not confirmed.
enum Refusal {
    Overloaded,
    NotDurable(DurableFlushError),
}

impl From<Overloaded> for Refusal {
    fn from(_: Overloaded) -> Self {
        Self::Overloaded
    }
}

impl From<DurableFlushError> for Refusal {
    fn from(error: DurableFlushError) -> Self {
        Self::NotDurable(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "too many writes wait; try again\n").into_response(),
            Self::NotDurable(DurableFlushError::NoSink) => {
                (StatusCode::NOT_IMPLEMENTED, "the service has no file (--file)\n").into_response()
            }
            Self::NotDurable(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Method, Request, header::CONTENT_TYPE},
    };
    use http_body_util::BodyExt;
    use tokio::runtime::Runtime;
    use tower::ServiceExt;

    use super::*;

    /// What the service says to a request.
    fn ask(users: &Arc<Users>, method: Method, path: &str, body: &str) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        Runtime::new().unwrap().block_on(async {
            let response = router(Arc::clone(users)).oneshot(request).await.unwrap();
            let status = response.status();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8(body.to_vec()).unwrap())
        })
    }

    const AWAY: &str = r#"{"state":"away","text":"lunch"}"#;

    #[test]
    fn a_status_is_set_read_and_removed() {
        let users = Arc::new(Users::open(None).unwrap());
        assert_eq!(ask(&users, Method::GET, "/users/7", "").0, StatusCode::NOT_FOUND);
        assert_eq!(ask(&users, Method::PUT, "/users/7?wait=visible", AWAY).0, StatusCode::NO_CONTENT);
        assert_eq!(ask(&users, Method::GET, "/users/7", ""), (StatusCode::OK, AWAY.to_owned()));
        assert_eq!(ask(&users, Method::GET, "/users", "").1, r#"{"users":1}"#);
        assert_eq!(ask(&users, Method::DELETE, "/users/7", "").0, StatusCode::ACCEPTED);
        assert_eq!(ask(&users, Method::DELETE, "/users/8?wait=visible", "").0, StatusCode::NO_CONTENT);
        assert_eq!(ask(&users, Method::GET, "/users", "").1, r#"{"users":0}"#);
        assert_eq!(ask(&users, Method::PUT, "/users/7?wait=durable", AWAY).0, StatusCode::NOT_IMPLEMENTED);
        assert_eq!(ask(&users, Method::PUT, "/users/7", r#"{"state":"asleep"}"#).0, StatusCode::UNPROCESSABLE_ENTITY);
        let telemetry: serde_json::Value = serde_json::from_str(&ask(&users, Method::GET, "/telemetry", "").1).unwrap();
        assert!(telemetry["workers"][0]["committed"].is_u64(), "{telemetry}");
    }

    #[test]
    fn what_is_durable_outlives_the_service() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users");
        let users = Arc::new(Users::open(Some(&file)).unwrap());
        assert_eq!(ask(&users, Method::PUT, "/users/7?wait=durable", AWAY).0, StatusCode::NO_CONTENT);
        drop(users);
        let users = Arc::new(Users::open(Some(&file)).unwrap());
        assert_eq!(ask(&users, Method::GET, "/users/7", "").1, AWAY);
    }
}
