//! Prints one JSON line per hint, with the time on the monotonic clock and how long the pre-sample
//! took. Shows nothing private: names of links, whether they have a carrier and a gateway.
//!
//! `cargo run -p rightdoor-platform --example watch [--full] [INTERFACE…]` takes the named interfaces as
//! wired; with `--full` a full look follows each cheap one.
#![expect(clippy::print_stdout, reason = "an example's output")]

use std::time::Instant;

use rightdoor_core::network::{Evidence, PreSample};
use rightdoor_platform::network::{Options, Sampler, SenseError, Watcher};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), SenseError> {
    let (flags, physical): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word == "--full");
    let options = Options { physical, key: rightdoor_platform::clock::random() };
    let mut watcher = Watcher::open(&options)?;
    let mut sampler = Sampler::new(&options)?;
    print("start", &mut sampler)?;
    if !flags.is_empty() {
        full(&mut sampler).await?;
    }
    loop {
        let hint = watcher.next().await;
        print(&format!("{hint:?}"), &mut sampler)?;
        if !flags.is_empty() {
            full(&mut sampler).await?;
        }
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

async fn full(sampler: &mut Sampler) -> Result<(), SenseError> {
    let begun = Instant::now();
    let snapshot = sampler.sample().await?;
    let took = begun.elapsed().as_millis();
    let media: Vec<String> =
        snapshot.links.iter().map(|link| format!("\"{}\":\"{:?}\"", link.name, link.medium)).collect();
    let heard = snapshot.wifi.known().map_or(0, |wifi| wifi.heard.len());
    let connected = snapshot.wifi.known().map(|wifi| matches!(wifi.connected, Evidence::Known(_)));
    println!(
        "{{\"full_took_ms\":{took},\"media\":{{{}}},\"heard\":{heard},\"connected\":{}}}",
        media.join(","),
        connected.unwrap_or(false)
    );
    Ok(())
}
