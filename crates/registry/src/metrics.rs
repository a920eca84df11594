//! Counters in Prometheus' text format. No label names a person, an endpoint or an address.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// Counts what was answered.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<String, BTreeMap<u16, u64>>>,
    held: Mutex<BTreeMap<&'static str, u64>>,
}

impl Metrics {
    /// Counts a request by the route's pattern, never its path.
    pub fn request(&self, route: &str, status: u16) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answers) = requests.get_mut(route) {
            *answers.entry(status).or_default() += 1;
        } else {
            requests.insert(route.to_owned(), BTreeMap::from([(status, 1)]));
        }
    }

    /// Counts a HELD answer: `location`, or the error's code.
    pub fn held(&self, outcome: &'static str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held.entry(outcome).or_default() += 1;
    }

    /// Writes everything; `gauges` are counted by the caller: name, label and value.
    #[must_use]
    pub fn write(&self, counters: &[(&str, u64)], gauges: &[(&str, &str, u64)]) -> String {
        let mut out = String::new();
        out.push_str("# TYPE rightdoor_registry_requests_total counter\n");
        for (route, answers) in self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (status, count) in answers {
                let labels = format!("{{route=\"{route}\",status=\"{status}\"}}");
                let _ = writeln!(out, "rightdoor_registry_requests_total{labels} {count}");
            }
        }
        out.push_str("# TYPE rightdoor_registry_held_answers_total counter\n");
        for (outcome, count) in self.held.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = writeln!(out, "rightdoor_registry_held_answers_total{{outcome=\"{outcome}\"}} {count}");
        }
        for (name, value) in counters {
            let _ =
                writeln!(out, "# TYPE rightdoor_registry_{name} counter\nrightdoor_registry_{name} {value}");
        }
        for (name, label, value) in gauges {
            let _ = writeln!(out, "rightdoor_registry_{name}{{state=\"{label}\"}} {value}");
        }
        out
    }
}
