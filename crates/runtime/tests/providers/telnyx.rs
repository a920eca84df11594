//! A vendor with Telnyx's dynamic emergency interface and a memory.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Shop, Vendor, door, said};

type Answer = (StatusCode, Json<Value>);
type Table = Arc<Mutex<Tables>>;

#[derive(Default)]
pub struct Tables {
    addresses: Vec<Value>,
    endpoints: Vec<Value>,
    next: u64,
    polls: u64,
    was_bound: bool,
    gaps: usize,
}

#[derive(Clone, Default)]
pub struct Telnyx(Table);

impl Vendor for Telnyx {
    fn router(&self) -> Router {
        Router::new()
            .route("/dynamic_emergency_addresses", get(list_addresses).post(make_address))
            .route("/dynamic_emergency_addresses/{id}", get(one_address).delete(drop_address))
            .route("/dynamic_emergency_endpoints", get(list_endpoints).post(make_endpoint))
            .route("/dynamic_emergency_endpoints/{id}", axum::routing::delete(drop_endpoint))
            .route("/addresses/actions/validate", post(validate))
            .with_state(Arc::clone(&self.0))
    }

    fn bound(&self, name: &str) -> Vec<String> {
        let tables = self.0.lock().unwrap();
        let active = |row: &&Value| row["status"] == "activated" && row["caller_name"] == name;
        let of = |row: &Value| {
            let id = &row["dynamic_emergency_address_id"];
            let address = tables.addresses.iter().find(|address| &address["id"] == id);
            address.map_or_else(|| "dangling".to_owned(), place)
        };
        tables.endpoints.iter().filter(active).map(of).collect()
    }

    fn gaps(&self) -> usize {
        self.0.lock().unwrap().gaps
    }

    fn withdrawn(&self) {
        self.0.lock().unwrap().was_bound = false;
    }

    fn called_from(&self, token: &str) -> Option<String> {
        let token: Value = serde_json::from_str(token).ok()?;
        let tables = self.0.lock().unwrap();
        let endpoint = tables.endpoints.iter().find(|row| row["sip_from_id"] == token["sip_from_id"])?;
        let id = &endpoint["dynamic_emergency_address_id"];
        let address = tables.addresses.iter().find(|row| &row["id"] == id)?;
        (address["sip_geolocation_id"] == token["sip_geolocation_id"]).then(|| place(address))
    }
}

fn place(address: &Value) -> String {
    let part = |name: &str| address[name].as_str().unwrap_or_default().to_owned();
    let street =
        ["house_number", "street_pre_directional", "street_name", "street_suffix"].map(part).join(" ");
    door(&street, &part("extended_address"), &part("locality"))
}

impl Tables {
    /// Time goes by: what is pending is decided after some looks.
    fn look(&mut self) {
        self.polls += 1;
        let polls = self.polls;
        for row in self.addresses.iter_mut().chain(&mut self.endpoints) {
            if row["status"] == "pending" && polls >= row["due"].as_u64().unwrap() {
                let rejected = row["house_number"] == "13";
                row["status"] = json!(if rejected { "rejected" } else { "activated" });
            }
        }
        self.watch();
    }

    /// Once somebody is bound, somewhere always is, until it is withdrawn.
    fn watch(&mut self) {
        let bound = self
            .endpoints
            .iter()
            .any(|row| row["status"] == "activated" && row["caller_name"] == super::CALLER);
        if self.was_bound && !bound {
            self.gaps += 1;
        }
        self.was_bound |= bound;
    }

    fn row(&mut self, mut row: Value) -> Value {
        self.next += 1;
        let seconds = json!({
            "id": format!("id-{:06}", self.next),
            "status": "pending",
            "sip_geolocation_id": format!("G{}", self.next),
            "sip_from_id": format!("F{}X", self.next),
            "due": self.polls + 2,
        });
        row.as_object_mut().unwrap().extend(seconds.as_object().unwrap().clone());
        row
    }
}

fn allowed(headers: &HeaderMap) -> Result<(), Answer> {
    if said(headers, "authorization") == "Bearer s3cret" {
        return Ok(());
    }
    Err((
        StatusCode::UNAUTHORIZED,
        Json(json!({"errors": [{"code": "10009", "title": "Authentication failed"}]})),
    ))
}

fn page(rows: &[Value], query: &Shop) -> Answer {
    // Pages of two, whatever is asked for: nothing may depend on the first one.
    let number: usize = query.get("page[number]").and_then(|text| text.parse().ok()).unwrap_or(1);
    let shown: Vec<&Value> = rows.iter().skip((number - 1) * 2).take(2).collect();
    let pages = rows.len().div_ceil(2).max(1);
    (StatusCode::OK, Json(json!({"data": shown, "meta": {"total_pages": pages, "page_number": number}})))
}

async fn list_addresses(
    State(table): State<Table>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let mut table = table.lock().unwrap();
    if query.get("page[number]").is_none_or(|number| number == "1") {
        table.look();
    }
    Ok(page(&table.addresses, &query))
}

async fn list_endpoints(
    State(table): State<Table>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    Ok(page(&table.lock().unwrap().endpoints, &query))
}

async fn one_address(
    State(table): State<Table>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let table = table.lock().unwrap();
    let found = table.addresses.iter().find(|row| row["id"] == id.as_str());
    found.map(|row| (StatusCode::OK, Json(json!({"data": row})))).ok_or_else(missing)
}

fn missing() -> Answer {
    (StatusCode::NOT_FOUND, Json(json!({"errors": [{"code": "10005", "title": "Resource not found"}]})))
}

async fn make_address(
    State(table): State<Table>,
    headers: HeaderMap,
    Json(mut body): Json<Value>,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    if body["locality"] == "Nowhere" {
        let wrong =
            json!({"errors": [{"code": "1", "title": "Unknown city", "source": {"pointer": "/locality"}}]});
        return Err((StatusCode::UNPROCESSABLE_ENTITY, Json(wrong)));
    }
    if body["street_name"] == "Blaek" {
        body["street_name"] = json!("BLAKE");
    }
    let mut table = table.lock().unwrap();
    let row = table.row(body);
    table.addresses.push(row.clone());
    Ok((StatusCode::CREATED, Json(json!({"data": row}))))
}

async fn make_endpoint(
    State(table): State<Table>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let mut table = table.lock().unwrap();
    let id = &body["dynamic_emergency_address_id"];
    if !table.addresses.iter().any(|row| &row["id"] == id && row["status"] == "activated") {
        return Err(missing());
    }
    let row = table.row(body);
    table.endpoints.push(row.clone());
    Ok((StatusCode::CREATED, Json(json!({"data": row}))))
}

async fn drop_address(
    State(table): State<Table>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let mut table = table.lock().unwrap();
    let before = table.addresses.len();
    table.addresses.retain(|row| row["id"] != id.as_str());
    if table.addresses.len() < before {
        Ok((StatusCode::OK, Json(json!({"data": {}}))))
    } else {
        Err(missing())
    }
}

async fn drop_endpoint(
    State(table): State<Table>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let mut table = table.lock().unwrap();
    let before = table.endpoints.len();
    table.endpoints.retain(|row| row["id"] != id.as_str());
    table.watch();
    if table.endpoints.len() < before {
        Ok((StatusCode::OK, Json(json!({"data": {}}))))
    } else {
        Err(missing())
    }
}

async fn validate(headers: HeaderMap, Json(body): Json<Value>) -> Result<Answer, Answer> {
    allowed(&headers)?;
    let mut suggested = body.clone();
    let line = body["street_address"].as_str().unwrap_or_default().to_uppercase();
    suggested["street_address"] = json!(line.replace("BLAEK", "BLAKE"));
    let (result, errors) = if body["locality"] == "Nowhere" {
        ("invalid", json!([{"code": "1", "title": "Unknown city", "source": {"pointer": "/locality"}}]))
    } else {
        ("valid", json!([]))
    };
    Ok((StatusCode::OK, Json(json!({"data": {"result": result, "suggested": suggested, "errors": errors}}))))
}
