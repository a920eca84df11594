//! What a process costs while nothing happens, as the kernel counts it.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// So long without a wake-up is rest.
const REST: Duration = Duration::from_millis(100);

/// Waits until a process rests, so that what it still does after one event does not delay the next.
///
/// # Errors
/// When the process is gone, or does not come to rest within `patience`.
pub fn rest(pid: u32, patience: Duration) -> Result<()> {
    let end = Instant::now() + patience;
    let mut before = switches(pid)?;
    loop {
        std::thread::sleep(REST);
        let now = switches(pid)?;
        if now == before {
            return Ok(());
        }
        ensure!(Instant::now() < end, "it does not rest within {patience:?}");
        before = now;
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// Proportional set size, KiB.
    pub pss: u64,
    /// Private dirty memory, KiB.
    pub private_dirty: u64,
    /// Resident memory, KiB.
    pub rss: u64,
    /// CPU time of the whole interval, in ticks of 10 ms.
    pub ticks: u64,
    /// Voluntary context switches of all threads, a minute.
    pub wakeups: f64,
    /// Threads at the end.
    pub threads: usize,
}

impl Idle {
    /// Watches a process for `time`, without touching it in between.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn watch(pid: u32, time: Duration) -> Result<Self> {
        let (ticks, switches) = (ticks(pid)?, switches(pid)?);
        std::thread::sleep(time);
        let (later, after) = (self::ticks(pid)?, self::switches(pid)?);
        // Threads that ended meanwhile are left out; those that began count from zero.
        let woken: u64 = after
            .iter()
            .map(|(thread, count)| {
                count - switches.iter().find(|(known, _)| known == thread).map_or(0, |(_, count)| *count)
            })
            .sum();
        let memory = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        let kib = |name: &str| {
            memory
                .lines()
                .find_map(|line| {
                    line.strip_prefix(name)?.strip_prefix(':')?.split_whitespace().next()?.parse().ok()
                })
                .with_context(|| format!("smaps_rollup has no {name}"))
        };
        Ok(Self {
            pss: kib("Pss")?,
            private_dirty: kib("Private_Dirty")?,
            rss: kib("Rss")?,
            ticks: later - ticks,
            wakeups: woken as f64 * 60.0 / time.as_secs_f64(),
            threads: after.len(),
        })
    }

    /// As figures.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "pss_kib": self.pss,
            "private_dirty_kib": self.private_dirty,
            "rss_kib": self.rss,
            "cpu_ticks": self.ticks,
            "wakeups_per_minute": (self.wakeups * 10.0).round() / 10.0,
            "threads": self.threads,
        })
    }
}

fn ticks(pid: u32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    // The name may hold spaces; after its bracket come the state and, 11 fields on, user and system time.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let field =
        |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).context("stat is too short");
    Ok(field(11)? + field(12)?)
}

fn switches(pid: u32) -> Result<Vec<(u32, u64)>> {
    let mut threads = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/task"))?.flatten() {
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else { continue };
        let count = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse().ok());
        let thread = entry.file_name().to_string_lossy().parse();
        if let (Some(count), Ok(thread)) = (count, thread) {
            threads.push((thread, count));
        }
    }
    Ok(threads)
}
