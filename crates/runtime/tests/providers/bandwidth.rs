//! A vendor with Bandwidth's Emergency API v2, its token server, and a memory.

use std::collections::BTreeMap;
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
    addresses: BTreeMap<String, Value>,
    endpoints: BTreeMap<String, Value>,
    orders: BTreeMap<String, Value>,
    polls: u64,
    was_bound: bool,
    gaps: usize,
    tokens: u64,
}

#[derive(Clone, Default)]
pub struct Bandwidth(Table);

impl Vendor for Bandwidth {
    fn router(&self) -> Router {
        Router::new()
            .route("/oauth2/token", post(token))
            .route("/addresses", post(make_address))
            .route("/addresses/{id}", get(one_address).delete(drop_address))
            .route("/endpoints", post(add_endpoints))
            .route("/endpoints/{id}", get(one_endpoint).patch(move_endpoint).delete(drop_endpoint))
            .route("/orders/{id}/details", get(order))
            .with_state(Arc::clone(&self.0))
    }

    fn bound(&self, name: &str) -> Vec<String> {
        let tables = self.0.lock().unwrap();
        let of = |row: &Value| {
            let address = tables.addresses.get(row["addressId"].as_str().unwrap_or_default());
            address.map_or_else(|| "dangling".to_owned(), place)
        };
        tables.endpoints.values().filter(|row| row["name"] == name).map(of).collect()
    }

    fn gaps(&self) -> usize {
        self.0.lock().unwrap().gaps
    }

    fn withdrawn(&self) {
        self.0.lock().unwrap().was_bound = false;
    }

    fn called_from(&self, _token: &str) -> Option<String> {
        self.bound(super::CALLER).into_iter().next()
    }
}

fn place(address: &Value) -> String {
    let part = |name: &str| address[name].as_str().unwrap_or_default().to_owned();
    let street = ["houseNumber", "predirectional", "streetName", "streetSuffix"].map(part).join(" ");
    door(&street, &part("description"), &part("city"))
}

impl Tables {
    /// Time goes by: orders are done after some looks, in the order in which they came.
    fn look(&mut self) {
        self.polls += 1;
        for order in self.orders.values_mut() {
            if order["status"] != "PROCESSING" || self.polls < order["due"].as_u64().unwrap() {
                continue;
            }
            let id = order["endpoints"][0]["id"].as_str().unwrap().to_owned();
            let fails = order["fails"] == true;
            if !fails && order["type"] == "DELETE_ENDPOINTS" {
                self.endpoints.remove(&id);
            } else if !fails {
                self.endpoints.insert(id, order["endpoint"].clone());
            }
            order["status"] = json!(if fails { "FAILED" } else { "COMPLETED" });
            order["endpoints"][0]["status"] = json!(if fails { "ERROR" } else { "SUCCESS" });
        }
        let bound = self.endpoints.values().any(|row| row["name"] == super::CALLER);
        if self.was_bound && !bound {
            self.gaps += 1;
        }
        self.was_bound |= bound;
    }

    fn take(&mut self, kind: &str, id: &str, endpoint: Value) -> Answer {
        let fails = endpoint["addressId"]
            .as_str()
            .and_then(|address| self.addresses.get(address))
            .is_some_and(|address| address["houseNumber"] == "13");
        let order = format!("00000000-0000-4000-8000-{:012}", self.orders.len());
        let row = json!({
            "id": order, "type": kind, "status": "PROCESSING", "due": self.polls + 2, "fails": fails,
            "endpoint": endpoint, "endpoints": [{"id": id, "status": "INPROGRESS"}],
        });
        self.orders.insert(order.clone(), row);
        (StatusCode::ACCEPTED, Json(json!({"orderId": order, "orderStatus": "RECEIVED", "acceptedCount": 1})))
    }
}

fn error(status: StatusCode, words: &str, field: &str) -> Answer {
    let error = json!({"type": "REQUEST_ERROR", "description": words, "source": {"field": field}});
    (status, Json(json!({"errors": [error]})))
}

async fn token(State(table): State<Table>, headers: HeaderMap, body: String) -> Answer {
    // client:s3cret
    let basic = said(&headers, "authorization") == "Basic Y2xpZW50OnMzY3JldA==";
    if !basic || body != "grant_type=client_credentials" {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"})));
    }
    let mut table = table.lock().unwrap();
    table.tokens += 1;
    let token = format!("t0ken-{}", table.tokens);
    (StatusCode::OK, Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600})))
}

fn allowed(headers: &HeaderMap, query: &Shop) -> Result<(), Answer> {
    if !said(headers, "authorization").starts_with("Bearer t0ken-") {
        return Err(error(StatusCode::UNAUTHORIZED, "no", ""));
    }
    match query.get("region").map(String::as_str) {
        Some("NA") => Ok(()),
        _ => Err(error(StatusCode::BAD_REQUEST, "region is mandatory", "region")),
    }
}

async fn make_address(
    State(table): State<Table>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    allowed(&headers, &query)?;
    if body["city"] == "Nowhere" {
        return Err(error(StatusCode::BAD_REQUEST, "no such city", "city"));
    }
    let mut table = table.lock().unwrap();
    let id = body["id"].as_str().unwrap().to_owned();
    if table.addresses.contains_key(&id) {
        return Err(error(StatusCode::CONFLICT, "exists", "id"));
    }
    let line = body["addressLine1"].as_str().unwrap().replace("Blaek", "BLAKE");
    let mut words: Vec<&str> = line.split(' ').collect();
    let number = words.remove(0);
    let suffix = words.pop().unwrap();
    let row = json!({
        "id": id, "validationStatus": "VALID", "houseNumber": number, "streetName": words.join(" ").to_uppercase(),
        "streetSuffix": suffix.to_uppercase(), "city": body["city"], "state": body["state"],
        "postalCode": body["postalCode"], "country": body["country"],
        "description": body["description"].as_str().unwrap_or_default(),
    });
    table.addresses.insert(id, row.clone());
    Ok((StatusCode::CREATED, Json(row)))
}

fn missing() -> Answer {
    error(StatusCode::NOT_FOUND, "not found", "")
}

async fn one_address(
    State(table): State<Table>,
    Path(id): Path<String>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers, &query)?;
    let table = table.lock().unwrap();
    table.addresses.get(&id).map(|row| (StatusCode::OK, Json(row.clone()))).ok_or_else(missing)
}

async fn drop_address(
    State(table): State<Table>,
    Path(id): Path<String>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
) -> Result<StatusCode, Answer> {
    allowed(&headers, &query)?;
    let mut table = table.lock().unwrap();
    if table.endpoints.values().any(|row| row["addressId"] == id.as_str()) {
        return Err(error(StatusCode::BAD_REQUEST, "in use", ""));
    }
    table.addresses.remove(&id).map(|_| StatusCode::NO_CONTENT).ok_or_else(missing)
}

async fn one_endpoint(
    State(table): State<Table>,
    Path(id): Path<String>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers, &query)?;
    let mut table = table.lock().unwrap();
    table.look();
    table.endpoints.get(&id).map(|row| (StatusCode::OK, Json(row.clone()))).ok_or_else(missing)
}

async fn add_endpoints(
    State(table): State<Table>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    allowed(&headers, &query)?;
    let endpoint = body["endpoints"][0].clone();
    let id = endpoint["id"].as_str().unwrap().to_owned();
    let mut table = table.lock().unwrap();
    if !table.addresses.contains_key(endpoint["addressId"].as_str().unwrap()) {
        return Err(missing());
    }
    Ok(table.take("ADD_ENDPOINTS", &id, endpoint))
}

async fn move_endpoint(
    State(table): State<Table>,
    Path(id): Path<String>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    allowed(&headers, &query)?;
    let mut table = table.lock().unwrap();
    let Some(mut endpoint) = table.endpoints.get(&id).cloned() else { return Err(missing()) };
    if !table.addresses.contains_key(body["addressId"].as_str().unwrap()) {
        return Err(missing());
    }
    endpoint["addressId"] = body["addressId"].clone();
    Ok(table.take("UPDATE_ENDPOINTS", &id, endpoint))
}

async fn drop_endpoint(
    State(table): State<Table>,
    Path(id): Path<String>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers, &query)?;
    Ok(table.lock().unwrap().take("DELETE_ENDPOINTS", &id, Value::Null))
}

async fn order(
    State(table): State<Table>,
    Path(id): Path<String>,
    Query(query): Query<Shop>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    allowed(&headers, &query)?;
    let mut table = table.lock().unwrap();
    table.look();
    table.orders.get(&id).map(|row| (StatusCode::OK, Json(row.clone()))).ok_or_else(missing)
}
