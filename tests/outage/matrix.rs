//! The table: what breaks, how, and what has to be said of it.

use anyhow::Result;
use rightdoor_core::event::OutageCause;
use whole_system::process::read;
use whole_system::way::{SIP, Way, Zone};

/// What has to be said.
#[derive(Clone, Copy, Debug)]
pub enum Expected {
    /// A card with this cause.
    Card(OutageCause),
    /// No card.
    None,
    /// "Unstable" or no card; no other cause.
    Unstable,
    /// No card, and the facet tells of the battery.
    Battery,
}

/// A row of the table.
pub struct Case {
    pub name: &'static str,
    pub zone: Zone,
    pub uri: &'static str,
    /// What the service does with OPTIONS after the fault, in Kamailio's words.
    pub answer: &'static str,
    /// Breaks it; given `answer`.
    pub fault: fn(&mut Way<'_>, &str) -> Result<()>,
    pub repair: fn(&mut Way<'_>) -> Result<()>,
    pub expected: Expected,
}

/// What it does with OPTIONS while all is well.
pub const OK: &str = "sl_send_reply(\"200\", \"OK\");";
const UDP: Case = Case {
    name: "healthy",
    zone: Zone::Udp,
    uri: "sip:phone.example",
    answer: OK,
    fault: |_, _| Ok(()),
    repair: mend,
    expected: Expected::None,
};

fn mend(way: &mut Way<'_>) -> Result<()> {
    way.rules(&way.router, "")?;
    way.rules(&way.world, "")
}

/// Rules for what the router passes on.
fn passing(way: &Way<'_>, rules: &str) -> Result<()> {
    way.rules(&way.router, &format!("chain f {{ type filter hook forward priority 0; {rules}; }}"))
}

fn lossy(way: &Way<'_>, percent: u8) -> Result<()> {
    passing(way, &format!("numgen random mod 100 < {percent} drop"))
}

/// A service that begins to answer otherwise.
const fn answering(name: &'static str, answer: &'static str) -> Case {
    Case { name, answer, fault: |way, answer| way.serve(answer, "own"), ..UDP }
}

pub const CASES: &[Case] = &[
    UDP,
    Case {
        name: "link down",
        fault: |way, _| way.router.ip("link set lan down").map(|_| ()),
        repair: |way| way.router.ip("link set lan up").map(|_| ()),
        expected: Expected::Card(OutageCause::NoLink),
        ..UDP
    },
    Case {
        name: "gateway dead",
        fault: |way, _| {
            way.rules(&way.router, "chain i { type filter hook input priority 0; drop; }\nchain f { type filter hook forward priority 0; drop; }")
        },
        expected: Expected::Card(OutageCause::GatewayDead),
        ..UDP
    },
    Case {
        name: "internet gone",
        fault: |way, _| passing(way, "drop"),
        expected: Expected::Card(OutageCause::NoInternet),
        ..UDP
    },
    Case {
        name: "VPN broken",
        fault: |way, _| way.tunnel(),
        repair: |way| way.leave_tunnel(),
        expected: Expected::Card(OutageCause::VpnBroken),
        ..UDP
    },
    Case {
        name: "internet gone below a VPN",
        fault: |way, _| {
            way.tunnel()?;
            passing(way, "drop")
        },
        repair: |way| {
            way.leave_tunnel()?;
            mend(way)
        },
        expected: Expected::Card(OutageCause::NoInternet),
        ..UDP
    },
    Case {
        name: "captive portal",
        fault: |way, _| {
            way.portal()?;
            way.rules(
                &way.router,
                "chain n { type nat hook prerouting priority -100; iif lan tcp dport 80 redirect to :8080; }\nchain f { type filter hook forward priority 0; udp dport 53 accept; udp sport 53 accept; drop; }",
            )
        },
        expected: Expected::Card(OutageCause::CaptivePortal),
        ..UDP
    },
    Case {
        name: "DNS dead",
        fault: |way, _| passing(way, "udp dport 53 drop; tcp dport 53 drop"),
        expected: Expected::Card(OutageCause::Dns),
        ..UDP
    },
    Case {
        name: "DNS lying",
        fault: |way, _| way.say(Zone::Lie),
        repair: |way| way.say(Zone::Udp),
        expected: Expected::Card(OutageCause::Dns),
        ..UDP
    },
    Case {
        name: "DNS denying",
        fault: |way, _| way.say(Zone::Nothing),
        repair: |way| way.say(Zone::Udp),
        expected: Expected::Card(OutageCause::Dns),
        ..UDP
    },
    Case {
        name: "UDP blocked",
        fault: |way, _| passing(way, "udp dport 53 accept; udp sport 53 accept; meta l4proto udp drop"),
        expected: Expected::Card(OutageCause::Blocked),
        ..UDP
    },
    Case {
        name: "SIP port blocked",
        fault: |way, _| passing(way, "udp dport { 5060, 5061 } drop; tcp dport { 5060, 5061 } drop"),
        expected: Expected::Card(OutageCause::Blocked),
        ..UDP
    },
    Case {
        name: "SIP port blocked on TCP",
        zone: Zone::Tcp,
        fault: |way, _| passing(way, "udp dport { 5060, 5061 } drop; tcp dport { 5060, 5061 } drop"),
        expected: Expected::Card(OutageCause::Blocked),
        ..UDP
    },
    Case {
        name: "TLS name wrong",
        zone: Zone::Tls,
        fault: |way, _| way.serve(OK, "other"),
        repair: |way| way.serve(OK, "own"),
        expected: Expected::Card(OutageCause::WrongCertificate),
        ..UDP
    },
    Case {
        name: "service stopped",
        fault: |way, _| {
            way.hang_up();
            Ok(())
        },
        repair: |way| way.serve(OK, "own"),
        expected: Expected::Card(OutageCause::ServiceDown),
        ..UDP
    },
    Case {
        name: "service stopped on TLS",
        zone: Zone::Tls,
        fault: |way, _| {
            way.hang_up();
            Ok(())
        },
        repair: |way| way.serve(OK, "own"),
        expected: Expected::Card(OutageCause::ServiceDown),
        ..UDP
    },
    Case {
        name: "service host gone",
        fault: |way, _| passing(way, &format!("ip daddr {} drop; ip daddr {} drop", SIP[0], SIP[1])),
        expected: Expected::Card(OutageCause::ServiceDown),
        ..UDP
    },
    Case {
        name: "503",
        fault: |way, _| way.serve("sl_send_reply(\"503\", \"Service Unavailable\");", "own"),
        repair: |way| way.serve(OK, "own"),
        expected: Expected::Card(OutageCause::ServiceDown),
        ..UDP
    },
    answering("401", "sl_send_reply(\"401\", \"Unauthorized\");"),
    answering("403", "sl_send_reply(\"403\", \"Forbidden\");"),
    answering("404", "sl_send_reply(\"404\", \"Not Found\");"),
    answering("405", "sl_send_reply(\"405\", \"Method Not Allowed\");"),
    answering("407", "sl_send_reply(\"407\", \"Proxy Authentication Required\");"),
    answering("483", "sl_send_reply(\"483\", \"Too Many Hops\");"),
    Case {
        name: "mixed answers",
        fault: |way, _| {
            way.serve(
                "if (($Ts mod 2) == 0) { sl_send_reply(\"503\", \"Service Unavailable\"); } else { sl_send_reply(\"200\", \"OK\"); }",
                "own",
            )
        },
        expected: Expected::Unstable,
        ..UDP
    },
    Case { name: "flaky service", fault: |way, _| way.flake(), expected: Expected::Unstable, ..UDP },
    Case { name: "loss 10 %", fault: |way, _| lossy(way, 10), expected: Expected::None, ..UDP },
    Case { name: "loss 30 %", fault: |way, _| lossy(way, 30), expected: Expected::Unstable, ..UDP },
    Case { name: "loss 60 %", fault: |way, _| lossy(way, 60), expected: Expected::Unstable, ..UDP },
    Case { name: "2 s delay", fault: |way, _| way.slow_down(2), expected: Expected::None, ..UDP },
    Case {
        name: "2 s delay on TLS",
        zone: Zone::Tls,
        fault: |way, _| way.slow_down(2),
        expected: Expected::None,
        ..UDP
    },
    Case {
        name: "half-open TCP",
        zone: Zone::Tcp,
        // What was connected before leads nowhere any more; what is connected from now on works.
        fault: |way, _| {
            let open = read(way.laptop.command("ss").args(["-tnH", "dst", &format!("{}:5060", SIP[0])]))?;
            let ports: Vec<&str> =
                open.lines().filter_map(|line| line.split_whitespace().nth(3)?.rsplit(':').next()).collect();
            anyhow::ensure!(!ports.is_empty(), "no connection is kept:\n{open}");
            let ports = ports.join(", ");
            passing(way, &format!("tcp sport {{ {ports} }} drop; tcp dport {{ {ports} }} drop"))
        },
        expected: Expected::Unstable,
        ..UDP
    },
    Case {
        name: "on battery",
        fault: |way, _| way.unplug(true),
        repair: |way| way.unplug(false),
        expected: Expected::Battery,
        ..UDP
    },
    Case { name: "IPv6 only", zone: Zone::V6, ..UDP },
    Case {
        name: "one of two servers dead",
        zone: Zone::Both,
        fault: |way, _| passing(way, &format!("ip daddr {} drop", SIP[1])),
        ..UDP
    },
];
