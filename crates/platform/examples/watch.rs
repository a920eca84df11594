//! Prints one JSON line per hint, with the time on the monotonic clock and how long the pre-sample
//! took. Shows nothing private: names of links, whether they have a carrier and a gateway.
//!
//! `cargo run -p rightdoor-platform --example watch [INTERFACE…]` takes the named interfaces as wired.
#![expect(clippy::print_stdout, reason = "an example's output")]

use std::time::Instant;

use rightdoor_core::network::{Evidence, PreSample};
use rightdoor_platform::network::{Options, Sampler, SenseError, Watcher};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), SenseError> {
    let options =
        Options { physical: std::env::args().skip(1).collect(), key: rightdoor_platform::clock::random() };
    let mut watcher = Watcher::open(&options)?;
    let mut sampler = Sampler::new(&options)?;
    print("start", &mut sampler)?;
    loop {
        let hint = watcher.next().await;
        print(&format!("{hint:?}"), &mut sampler)?;
    }
}

fn print(why: &str, sampler: &mut Sampler) -> Result<(), SenseError> {
    let at = rightdoor_platform::clock::now().mono.0;
    let begun = Instant::now();
    let PreSample { links, radio, .. } = sampler.pre_sample()?;
    let took = begun.elapsed().as_micros();
    let links: Vec<String> = links
        .iter()
        .map(|(name, gateway)| {
            let gateway = match gateway {
                None => "none",
                Some(gateway) if matches!(gateway.station, Evidence::Known(_)) => "resolved",
                Some(_) => "unresolved",
            };
            format!("{{\"name\":\"{name}\",\"gateway\":\"{gateway}\"}}")
        })
        .collect();
    let radio = matches!(radio, Evidence::Known(_));
    println!(
        "{{\"at_ms\":{at},\"why\":\"{why}\",\"took_us\":{took},\"links\":[{}],\"wifi_connected\":{radio}}}",
        links.join(",")
    );
    Ok(())
}
