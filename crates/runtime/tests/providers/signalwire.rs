//! A vendor with SignalWire's addresses and numbers, and a memory.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Shop, Vendor, door, said};

type Answer = (StatusCode, Json<Value>);
type Table = Arc<Mutex<Tables>>;

pub struct Tables {
    addresses: Vec<Value>,
    number: Value,
    due: u64,
    polls: u64,
    next: u64,
}

#[derive(Clone)]
pub struct SignalWire(Table);

impl Default for SignalWire {
    fn default() -> Self {
        let number = json!({"id": super::NUMBER_ID, "e911_address_id": null, "e911_status": null});
        Self(Arc::new(Mutex::new(Tables { addresses: Vec::new(), number, due: 0, polls: 0, next: 0 })))
    }
}

impl Vendor for SignalWire {
    fn router(&self) -> Router {
        Router::new()
            .route("/api/relay/rest/addresses", get(list).post(make))
            .route("/api/relay/rest/addresses/{id}", get(one).delete(forget))
            .route("/api/relay/rest/phone_numbers/{id}", get(number))
            .route("/api/relay/rest/phone_numbers/{id}/e911_address", post(assign).delete(remove))
            .with_state(Arc::clone(&self.0))
    }

    /// Only the one number is there, whoever asks.
    fn bound(&self, _name: &str) -> Vec<String> {
        let tables = self.0.lock().unwrap();
        if tables.number["e911_status"] != "active" {
            return Vec::new();
        }
        let id = &tables.number["e911_address_id"];
        let address = tables.addresses.iter().find(|row| &row["id"] == id);
        vec![address.map_or_else(|| "dangling".to_owned(), place)]
    }

    /// The number holds one address: what a call is given while it changes is the carrier's affair.
    fn gaps(&self) -> usize {
        0
    }

    fn withdrawn(&self) {}

    fn called_from(&self, _token: &str) -> Option<String> {
        self.bound("").into_iter().next()
    }
}

fn place(address: &Value) -> String {
    let part = |name: &str| address[name].as_str().unwrap_or_default().to_owned();
    let kind = if part("address_type") == "Floor" { "FL " } else { "" };
    let street = ["street_number", "street_name"].map(part).join(" ");
    door(&street, &format!("{kind}{}", part("address_number")), &part("city"))
}

impl Tables {
    fn look(&mut self) {
        self.polls += 1;
        if self.polls < self.due {
            return;
        }
        let id = self.number["e911_address_id"].clone();
        let fails = self.addresses.iter().any(|row| row["id"] == id && row["street_number"] == "13");
        match self.number["e911_status"].as_str() {
            Some("pending") => self.number["e911_status"] = json!(if fails { "failed" } else { "active" }),
            Some("pending_removal") => {
                self.number["e911_status"] = json!("unregistered");
                self.number["e911_address_id"] = Value::Null;
            }
            _ => {}
        }
    }
}

fn allowed(headers: &HeaderMap) -> Result<(), Answer> {
    // project:s3cret
    if said(headers, "authorization") == "Basic cHJvamVjdDpzM2NyZXQ=" {
        return Ok(());
    }
    Err((StatusCode::UNAUTHORIZED, Json(json!({"error": "Unauthorized"}))))
}

fn missing() -> Answer {
    (StatusCode::NOT_FOUND, Json(json!({"error": "Not Found"})))
}

fn wrong(detail: &str, candidates: Value) -> Answer {
    let error = json!({"detail": detail, "status": "422", "title": "Unprocessable", "code": "422"});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"errors": [error], "candidates": candidates})))
}

async fn list(
    State(table): State<Table>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let table = table.lock().unwrap();
    let label = query.get("filter_label").cloned().unwrap_or_default();
    let rows: Vec<&Value> = table.addresses.iter().filter(|row| row["label"] == label.as_str()).collect();
    Ok((StatusCode::OK, Json(json!({"links": {"self": "/", "first": "/"}, "data": rows}))))
}

async fn make(
    State(table): State<Table>,
    headers: HeaderMap,
    Json(mut body): Json<Value>,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    if body["city"] == "Nowhere" {
        return Err(wrong("City is not known", json!([])));
    }
    if body["street_name"] == "Blaek St" {
        let other = |name: &str| json!({"street_number": "1600", "street_name": name, "city": "Denver", "state": "CO", "postal_code": "80202"});
        return Err(wrong("Address is ambiguous", json!([other("Blake St"), other("Blaine St")])));
    }
    let mut table = table.lock().unwrap();
    table.next += 1;
    let more = json!({"id": format!("3fa85f64-5717-4562-b3fc-{:012}", table.next), "zip_code": body["postal_code"],
        "emergency_enabled": false, "validated": true, "validated_at": null,
        "address_type": body["address_type"], "address_number": body["address_number"]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    table.addresses.push(body.clone());
    Ok((StatusCode::OK, Json(body)))
}

async fn one(
    State(table): State<Table>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let table = table.lock().unwrap();
    let found = table.addresses.iter().find(|row| row["id"] == id.as_str());
    found.map(|row| (StatusCode::OK, Json(row.clone()))).ok_or_else(missing)
}

async fn forget(
    State(table): State<Table>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Answer> {
    allowed(&headers)?;
    let mut table = table.lock().unwrap();
    if table.number["e911_address_id"] == id.as_str() {
        return Err((StatusCode::BAD_REQUEST, Json(json!({"error": "in use"}))));
    }
    let before = table.addresses.len();
    table.addresses.retain(|row| row["id"] != id.as_str());
    if table.addresses.len() < before { Ok(StatusCode::NO_CONTENT) } else { Err(missing()) }
}

async fn number(
    State(table): State<Table>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    if id != super::NUMBER_ID {
        return Err(missing());
    }
    let mut table = table.lock().unwrap();
    table.look();
    Ok((StatusCode::OK, Json(table.number.clone())))
}

async fn assign(
    State(table): State<Table>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let mut table = table.lock().unwrap();
    if !table.addresses.iter().any(|row| row["id"] == body["e911_address_id"]) {
        return Err(missing());
    }
    table.number["e911_address_id"] = body["e911_address_id"].clone();
    table.number["e911_status"] = json!("pending");
    table.due = table.polls + 2;
    Ok((StatusCode::OK, Json(table.number.clone())))
}

async fn remove(State(table): State<Table>, headers: HeaderMap) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let mut table = table.lock().unwrap();
    if table.number["e911_status"] != "active" {
        return Err(wrong("not active", json!([])));
    }
    table.number["e911_status"] = json!("pending_removal");
    table.due = table.polls + 2;
    Ok((StatusCode::OK, Json(table.number.clone())))
}
