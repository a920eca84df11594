//! The network senses against a real kernel, in network namespaces of their own.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod support;

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rightdoor_core::HintSource;
use rightdoor_core::network::{Evidence, Medium, PreSample, Snapshot, StationKind};
use rightdoor_platform::network::{Hint, Options, Sampler, Watcher, hardware_addresses, past_vpn};
use socket2::{Domain, Socket, Type};
use support::{block_on, in_a_bare_namespace, in_a_namespace, ip, must_succeed};
use tokio::time::timeout;

/// Long enough for a loaded machine; a passing test never waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

fn options() -> Options {
    Options { physical: vec!["vA".to_owned()], key: [7; 32] }
}

/// `vA` is our adapter; `vB` its other end. No addresses come by themselves.
fn cable() {
    pair();
    ip("link set vB up");
    ip("link set vA up");
    ip("addr add 10.9.0.5/24 dev vA");
}

fn pair() {
    ip("link add vA type veth peer name vB");
    ip("link set vA addrgenmode none");
    ip("link set vB addrgenmode none");
}

async fn next(watcher: &mut Watcher) -> Hint {
    timeout(PATIENCE, watcher.next()).await.unwrap()
}

/// Reads hints up to the one wanted; whatever comes before it is given back.
async fn up_to(watcher: &mut Watcher, wanted: HintSource) -> Vec<Hint> {
    let mut before = Vec::new();
    loop {
        let hint = next(watcher).await;
        if hint == Hint::Look(wanted) {
            return before;
        }
        before.push(hint);
    }
}

fn gateway(found: &PreSample) -> Option<(String, Option<StationKind>)> {
    let (_, gateway) = found.links.iter().find(|(name, _)| name == "vA").unwrap();
    let gateway = gateway.as_ref()?;
    Some((gateway.address.reveal().to_string(), gateway.station.known().map(|station| station.kind)))
}

macro_rules! in_namespace {
    ($test:ident, $body:ident, $work:expr) => {
        in_namespace!($test, $body, in_a_namespace, $work);
    };
    ($test:ident, $body:ident, $kind:ident, $work:expr) => {
        #[test]
        fn $test() {
            if let Some(output) = $kind(stringify!($test), stringify!($body)) {
                must_succeed(&output);
            }
        }

        #[test]
        #[ignore = "body of another test"]
        fn $body() {
            block_on($work);
        }
    };
}

in_namespace!(only_adapters_that_connect_say_their_hardware_address, hardware_body, async {
    cable();
    ip("link set vA address 02:00:5e:10:00:0a");
    let physical = options().physical;
    assert_eq!(hardware_addresses(&physical).unwrap(), ["02-00-5E-10-00-0A"]);
    assert!(hardware_addresses(&[]).unwrap().is_empty(), "a pair of virtual adapters is none");
    ip("link set vB down");
    assert!(hardware_addresses(&physical).unwrap().is_empty(), "no carrier");
});

in_namespace!(a_vpn_is_passed_by_the_adapter_and_nothing_else_is, past_vpn_body, async {
    cable();
    let (peer, physical) = ("192.0.2.20".parse().unwrap(), options().physical);
    assert_eq!(past_vpn(peer, &physical).unwrap(), None, "there is no way at all");
    ip("route add default via 10.9.0.1");
    assert_eq!(past_vpn(peer, &physical).unwrap(), None, "no VPN");
    ip("link add tunnel type veth peer name elsewhere");
    ip("link set elsewhere up");
    ip("link set tunnel up");
    ip("addr add 10.77.0.2/32 dev tunnel");
    for half in ["0.0.0.0/1", "128.0.0.0/1"] {
        ip(&format!("route add {half} dev tunnel"));
    }
    let exit = past_vpn(peer, &physical).unwrap().unwrap();
    assert_eq!(past_vpn("10.9.0.1".parse().unwrap(), &physical).unwrap(), None, "the router is on this side");
    assert_eq!(past_vpn("127.0.0.1".parse().unwrap(), &physical).unwrap(), None, "so is this computer");
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    exit.bind(&socket, peer).unwrap();
    socket.connect(&SocketAddr::from((peer, 3478)).into()).unwrap();
    let own = socket.local_addr().unwrap().as_socket().unwrap();
    assert_eq!(own.ip().to_string(), "10.9.0.5", "the routes say otherwise");
    ip("link del tunnel");
    ip("route add unreachable 128.0.0.0/1");
    assert_eq!(past_vpn(peer, &physical).unwrap(), Some(exit), "a barrier");
});

in_namespace!(every_kind_of_change_gives_its_hint, every_kind_body, async {
    cable();
    let mut watcher = Watcher::open(&options()).unwrap();
    ip("addr add 10.9.0.6/24 dev vA");
    assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Address));
    ip("route add default via 10.9.0.1");
    assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Route));
    ip("neigh replace 10.9.0.1 lladdr 00:1b:2c:00:00:01 dev vA nud permanent");
    assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Neighbour));
    ip("route replace default via 10.9.0.2");
    assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Route));
    ip("addr add 2001:db8::5/64 dev vA nodad");
    assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Address));
    ip("link set vB down");
    up_to(&mut watcher, HintSource::Link).await;
    ip("link set vB up");
    up_to(&mut watcher, HintSource::Link).await;
    ip("link del vA");
    up_to(&mut watcher, HintSource::Link).await;
});

in_namespace!(
    a_computer_without_any_route_has_no_gateway_and_is_no_fault,
    bare_body,
    in_a_bare_namespace,
    async {
        let mut sampler = Sampler::new(&options()).unwrap();
        assert!(sampler.pre_sample().unwrap().links.is_empty());
        pair();
        ip("link set vA up");
        ip("link set vB up");
        assert_eq!(gateway(&sampler.pre_sample().unwrap()), None);
    }
);

in_namespace!(virtual_links_and_repetitions_give_no_hint, virtual_body, async {
    cable();
    ip("route add default via 10.9.0.1");
    ip("neigh replace 10.9.0.1 lladdr 00:1b:2c:00:00:01 dev vA nud permanent");
    let mut watcher = Watcher::open(&options()).unwrap();
    ip("link add br0 type bridge");
    ip("link set br0 up");
    ip("addr add 10.77.0.1/24 dev br0");
    ip("tuntap add tun0 mode tun");
    ip("link set tun0 up");
    ip("addr add 10.8.0.2/24 dev tun0");
    ip("route add default dev tun0 metric 1");
    ip("route add 10.50.0.0/16 via 10.9.0.1");
    ip("link add v1 type veth peer name v2");
    ip("link set v1 master br0 up");
    ip("neigh replace 10.9.0.77 lladdr 00:1b:2c:00:00:77 dev vA nud permanent");
    ip("neigh change 10.9.0.1 lladdr 00:1b:2c:00:00:01 dev vA nud stale");
    ip("addr change 10.9.0.5/24 dev vA valid_lft 900 preferred_lft 900");
    ip("link set vA txqueuelen 77");
    // Only this one matters, and nothing comes before it or with it.
    ip("addr add 10.9.0.6/24 dev vA");
    assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Address));
    ip("addr add 10.9.0.7/24 dev vA");
    assert_eq!(up_to(&mut watcher, HintSource::Address).await, []);
    // A named interface appears, as a dock would bring it.
    ip("link del vA");
    up_to(&mut watcher, HintSource::Link).await;
    ip("link add vA type veth peer name vC");
    up_to(&mut watcher, HintSource::Link).await;
});

in_namespace!(a_gateway_only_change_is_seen_by_the_cheap_look, gateway_body, async {
    cable();
    ip("neigh add 10.9.0.1 lladdr 00:1b:2c:00:00:01 dev vA nud permanent");
    ip("neigh add 10.9.0.2 lladdr 00:1b:2c:00:00:02 dev vA nud permanent");
    ip("neigh add 10.9.0.3 lladdr 00:00:0c:07:ac:01 dev vA nud permanent");
    ip("neigh add 10.9.0.4 lladdr 02:1b:2c:00:00:04 dev vA nud permanent");
    let mut sampler = Sampler::new(&options()).unwrap();
    assert_eq!(gateway(&sampler.pre_sample().unwrap()), None);
    let mut seen = Vec::new();
    for (address, kind) in [
        ("10.9.0.1", StationKind::Global),
        ("10.9.0.2", StationKind::Global),
        ("10.9.0.3", StationKind::VirtualRouter),
        ("10.9.0.4", StationKind::Local),
    ] {
        ip(&format!("route replace default via {address} metric 100"));
        let found = sampler.pre_sample().unwrap();
        assert_eq!(gateway(&found), Some((address.to_owned(), Some(kind))));
        assert!(!seen.contains(&found));
        seen.push(found);
    }
    // The better metric wins, and a tunnel's default route does not hide the link's.
    ip("route add default via 10.9.0.1 metric 50");
    ip("tuntap add tun0 mode tun");
    ip("addr add 10.8.0.2/24 dev tun0");
    ip("link set tun0 up");
    ip("route add default dev tun0 metric 1");
    assert_eq!(sampler.pre_sample().unwrap(), seen[0]);
    // IPv6 only counts where there is no IPv4 gateway.
    ip("route add default via fe80::1 dev vA metric 10");
    assert_eq!(sampler.pre_sample().unwrap(), seen[0]);
    ip("route del default via 10.9.0.1 dev vA");
    ip("route del default via 10.9.0.4 dev vA");
    assert_eq!(gateway(&sampler.pre_sample().unwrap()).unwrap().0, "fe80::1");
});

in_namespace!(interfaces_are_what_the_kernel_says_unless_named, media_body, async {
    cable();
    ip("link add br0 type bridge");
    ip("tuntap add tun0 mode tun");
    ip("tuntap add tap0 mode tap");
    let medium =
        |snapshot: &Snapshot, name: &str| snapshot.links.iter().find(|l| l.name == name).unwrap().medium;
    let named = Sampler::new(&options()).unwrap().sample().await.unwrap();
    assert_eq!(medium(&named, "vA"), Medium::Wired);
    for name in ["lo", "vB", "br0", "tun0", "tap0"] {
        assert_eq!(medium(&named, name), Medium::Virtual, "{name}");
    }
    let mut plain = Sampler::new(&Options { physical: Vec::new(), key: [7; 32] }).unwrap();
    assert_eq!(medium(&plain.sample().await.unwrap(), "vA"), Medium::Virtual);
    assert!(plain.pre_sample().unwrap().links.is_empty());
});

in_namespace!(both_looks_agree_on_a_quiet_system, agree_body, async {
    cable();
    ip("route add default via 10.9.0.1");
    ip("neigh add 10.9.0.1 lladdr 00:1b:2c:00:00:01 dev vA nud permanent");
    let mut sampler = Sampler::new(&options()).unwrap();
    let full = sampler.sample().await.unwrap();
    assert_eq!(full.pre_sample(), sampler.pre_sample().unwrap());
    assert_eq!(full, sampler.sample().await.unwrap());
    let link = full.live().next().unwrap();
    let subnets: Vec<_> =
        link.subnets.iter().map(|s| format!("{}/{}", s.network.reveal(), s.prefix)).collect();
    assert_eq!(subnets, ["10.9.0.0/24"]);
    assert_eq!(full.wifi, Evidence::Absent);
    assert!(full.session.user != 0 && full.session.active);
    let mut took: Vec<Duration> = (0..100)
        .map(|_| {
            let begun = Instant::now();
            sampler.pre_sample().unwrap();
            begun.elapsed()
        })
        .collect();
    took.sort();
    println!("pre_sample: median {:?}, slowest {:?}", took[50], took[99]);
    assert!(took[50] < Duration::from_millis(5), "median of 100: {:?}", took[50]);
    // An address on a link that is down is still listed by the system; the link does not speak.
    ip("link set vB down");
    assert!(sampler.pre_sample().unwrap().links.is_empty());
    assert_eq!(sampler.sample().await.unwrap().live().count(), 0);
});

in_namespace!(a_gateway_that_answers_is_waited_for, answering_body, async {
    ip("netns add router");
    pair();
    ip("link set vB netns router address 00:1b:2c:00:00:01");
    ip("-n router addr add 10.9.0.1/24 dev vB");
    ip("-n router link set vB up");
    ip("link set vA up");
    ip("addr add 10.9.0.5/24 dev vA");
    ip("route add default via 10.9.0.1");
    let mut sampler = Sampler::new(&options()).unwrap();
    let full = sampler.sample().await.unwrap();
    assert_eq!(gateway(&full.pre_sample()), Some(("10.9.0.1".to_owned(), Some(StationKind::Global))));

    // The cheap look does not wait; its nudge brings a hint instead.
    ip("neigh flush dev vA");
    let mut watcher = Watcher::open(&options()).unwrap();
    assert_eq!(gateway(&sampler.pre_sample().unwrap()), Some(("10.9.0.1".to_owned(), None)));
    // Without the nudge the router would ask for us, some five seconds later.
    let hint = timeout(Duration::from_secs(2), watcher.next()).await.unwrap();
    assert_eq!(hint, Hint::Look(HintSource::Neighbour));
    assert_eq!(sampler.pre_sample().unwrap(), full.pre_sample());

    // One that never answers costs the full look about a second, and nothing else.
    ip("route replace default via 10.9.0.99");
    let begun = Instant::now();
    let found = sampler.sample().await.unwrap();
    assert_eq!(gateway(&found.pre_sample()), Some(("10.9.0.99".to_owned(), None)));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
});

in_namespace!(a_bridge_over_a_physical_port_lends_it_its_gateway, bridge_body, async {
    pair();
    ip("link add br0 type bridge");
    ip("link set vA master br0 up");
    ip("link set vB up");
    ip("link set br0 up");
    ip("addr add 10.9.0.5/24 dev br0");
    ip("route add default via 10.9.0.1");
    ip("neigh add 10.9.0.1 lladdr 00:1b:2c:00:00:01 dev br0 nud permanent");
    let mut watcher = Watcher::open(&options()).unwrap();
    let mut sampler = Sampler::new(&options()).unwrap();
    let full = sampler.sample().await.unwrap();
    assert_eq!(gateway(&full.pre_sample()), Some(("10.9.0.1".to_owned(), Some(StationKind::Global))));
    assert_eq!(full.live().next().unwrap().subnets.len(), 1);
    ip("neigh replace 10.9.0.1 lladdr 00:1b:2c:00:00:02 dev br0 nud permanent");
    up_to(&mut watcher, HintSource::Neighbour).await;
});

in_namespace!(lost_events_are_said_to_be_lost, lost_body, async {
    cable();
    let mut watcher = Watcher::open(&options()).unwrap();
    watcher.shrink_queue(1).unwrap();
    let mut batch = Command::new("ip").args(["-batch", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let lines: String = (1..200).map(|i| format!("addr add 10.66.{i}.1/24 dev vA\n")).collect();
    std::io::Write::write_all(&mut batch.stdin.take().unwrap(), lines.as_bytes()).unwrap();
    assert!(batch.wait().unwrap().success());
    assert_eq!(next(&mut watcher).await, Hint::Lost);
    // It goes on listening, and remembers what it missed.
    watcher.shrink_queue(200_000).unwrap();
    while timeout(Duration::from_millis(200), watcher.next()).await.is_ok() {}
    ip("addr change 10.66.150.1/24 dev vA valid_lft 900 preferred_lft 900");
    ip("route add default via 10.9.0.1");
    assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Route));
});

in_namespace!(neighbours_that_say_nothing_new_are_not_even_heard, neighbours_body, async {
    cable();
    ip("addr add 2001:db8::5/64 dev vA nodad");
    for (gateway, others) in [("10.9.0.1", "10.9.1."), ("2001:db8::1", "2001:db8::9:")] {
        let family = if others.contains(':') { "-6" } else { "-4" };
        let is = |machine: u8, state: &str| {
            format!("neigh replace {gateway} lladdr 00:1b:2c:00:00:{machine:02x} dev vA nud {state}")
        };
        ip(&format!("{family} route add default via {gateway}"));
        ip(&is(1, "permanent"));
        let mut watcher = Watcher::open(&options()).unwrap();
        while timeout(Duration::from_millis(200), watcher.next()).await.is_ok() {}
        // A queue that overflows at once, were any of these put into it.
        watcher.shrink_queue(1).unwrap();
        let mut batch = Command::new("ip").args(["-batch", "-"]).stdin(Stdio::piped()).spawn().unwrap();
        let others =
            (1..200).map(|i| format!("neigh replace {others}{i} lladdr 00:1b:2c:00:01:01 dev vA nud stale"));
        let again = (1..200).map(|i| is(1, if i % 2 == 0 { "stale" } else { "permanent" }));
        let lines: Vec<String> = others.chain(again).collect();
        std::io::Write::write_all(&mut batch.stdin.take().unwrap(), lines.join("\n").as_bytes()).unwrap();
        assert!(batch.wait().unwrap().success());
        watcher.shrink_queue(200_000).unwrap();
        // Another machine, and the first one again before anybody could filter it anew.
        for machine in [2, 1, 3] {
            ip(&is(machine, "stale"));
            assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Neighbour), "{gateway}");
        }
        while timeout(Duration::from_millis(200), watcher.next()).await.is_ok() {}
        // A machine that went is found again, though it is the same one.
        ip(&format!("neigh del {gateway} dev vA"));
        assert!(timeout(Duration::from_millis(200), watcher.next()).await.is_err(), "{gateway} gone");
        ip(&is(3, "permanent"));
        assert_eq!(next(&mut watcher).await, Hint::Look(HintSource::Neighbour), "{gateway} found again");
        ip(&format!("{family} route del default"));
    }
});

in_namespace!(where_nothing_happens_nobody_wakes_up, idle_body, async {
    cable();
    let mut watcher = Watcher::open(&options()).unwrap();
    let switches = || {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let line =
            status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap().to_owned();
        line.split_whitespace().last().unwrap().parse::<u64>().unwrap()
    };
    while timeout(Duration::from_millis(200), watcher.next()).await.is_ok() {}
    let before = switches();
    assert!(timeout(Duration::from_secs(2), watcher.next()).await.is_err());
    let woken = switches() - before;
    println!("wake-ups in two quiet seconds: {woken}");
    assert!(woken <= 2, "woken {woken} times; the timeout itself is one");
    let threads = std::fs::read_dir("/proc/self/task").unwrap().count();
    // The test harness has its own main thread beside this one.
    assert!(threads <= 2, "{threads} threads");
});
