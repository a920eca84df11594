//! `audit`: the trail of what was asked, answered, registered and tested on this computer.

use std::collections::BTreeMap;

use rightdoor_core::audit::Record;
use rightdoor_runtime::Config;
use rightdoor_runtime::store::Reader;
use serde_json::{Value, json};

use crate::args::AuditAction;
use crate::{Exit, Fault, Paper, when};

pub fn show(config: &Config, action: AuditAction, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let reader = Reader::open(&config.store_file())?;
    match action {
        AuditAction::Verify => verify(&reader, paper),
        AuditAction::Export { csv, details } => export(&reader, csv, details, paper),
    }
}

fn verify(reader: &Reader, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let head = reader.verify_audit()?;
    if paper.wants_json() {
        paper.value(&json!({ "holds": true, "records": head.seq, "head": head.hash }))?;
    } else {
        paper.line(&format!(
            "The audit trail holds: {} records, none changed or missing.\nHash of the last one: {}",
            head.seq, head.hash
        ))?;
    }
    Ok(Exit::Done)
}

fn export(reader: &Reader, csv: bool, details: bool, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let details: Option<BTreeMap<u64, String>> = if details {
        let kept = reader.details()?.into_iter();
        Some(kept.map(|detail| (detail.seq, detail.body.into_inner())).collect())
    } else {
        None
    };
    let records = reader.audit()?;
    if csv {
        return export_csv(&records, details.as_ref(), paper);
    }
    for record in &records {
        let mut row = serde_json::to_value(record).unwrap_or(Value::Null);
        if let (Some(details), Value::Object(row)) = (&details, &mut row) {
            // A detail is JSON text; an erased one is null.
            let detail = details
                .get(&record.seq)
                .map(|body| serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.clone())));
            row.insert("detail".to_owned(), detail.unwrap_or(Value::Null));
        }
        paper.value(&row)?;
    }
    Ok(Exit::Done)
}

fn export_csv(
    records: &[Record],
    details: Option<&BTreeMap<u64, String>>,
    paper: &mut Paper<'_>,
) -> Result<Exit, Fault> {
    let mut rows = csv::Writer::from_writer(paper.out());
    let mut head = vec!["seq", "at", "kind", "facts", "digest", "prev", "hash"];
    head.extend(details.map(|_| "detail"));
    rows.write_record(&head)?;
    for record in records {
        let kind = serde_json::to_value(record.kind).unwrap_or(Value::Null);
        let mut row = vec![
            record.seq.to_string(),
            when::stamp(record.at),
            kind.as_str().unwrap_or_default().to_owned(),
            json!(record.facts).to_string(),
            record.digest.clone(),
            record.prev.clone(),
            record.hash.clone(),
        ];
        row.extend(details.map(|details| details.get(&record.seq).cloned().unwrap_or_default()));
        rows.write_record(&row)?;
    }
    rows.flush()?;
    Ok(Exit::Done)
}
