//! From a SIP URI to its servers (RFC 3263, section 4), as a function of what the names have said so far.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::dns::{Data, Kind, Naptr, Question, Reply, Srv};
use crate::reach::{MOST_TARGETS, Target, Transport};

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask these first.
    Ask(Vec<Question>),
    /// The servers, best first; none: the names lead nowhere.
    Found(Vec<Target>),
}

/// What the names have said.
pub type Said = BTreeMap<Question, Reply>;

/// Why a URI cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no SIP URI of a host")]
pub struct NoSipUri;

/// The parts of a SIP URI that say where its servers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    host: String,
    port: Option<u16>,
    /// What the URI asks for (section 19.1.1 of RFC 3261).
    transport: Option<Transport>,
    secure: bool,
}

impl Service {
    /// Reads `sip:host`, `sips:user@host:port`, `sip:host;transport=tcp`.
    ///
    /// # Errors
    /// [`NoSipUri`].
    pub fn read(uri: &str) -> Result<Self, NoSipUri> {
        let (scheme, rest) = uri.split_once(':').ok_or(NoSipUri)?;
        let secure = scheme.eq_ignore_ascii_case("sips");
        if !secure && !scheme.eq_ignore_ascii_case("sip") {
            return Err(NoSipUri);
        }
        let rest = rest.split('?').next().unwrap_or_default();
        let mut parts = rest.rsplit_once('@').map_or(rest, |(_, host)| host).split(';');
        let (host, port) = host_and_port(parts.next().unwrap_or_default()).ok_or(NoSipUri)?;
        let wanted = parts
            .find_map(|part| part.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("transport")));
        let transport = match wanted.map(|(_, value)| value.to_ascii_lowercase()).as_deref() {
            None => None,
            Some("udp") if !secure => Some(Transport::Udp),
            Some("tcp") if secure => Some(Transport::Tls),
            Some("tcp") => Some(Transport::Tcp),
            Some("tls") => Some(Transport::Tls),
            Some(_) => return Err(NoSipUri),
        };
        Ok(Self { host, port, transport, secure })
    }

    /// What to do after the names have said so much. `chance` parts servers of the same priority by their weights.
    #[must_use]
    pub fn locate(&self, said: &Said, chance: u64) -> Step {
        let default = if self.secure { Transport::Tls } else { Transport::Udp };
        let transport = self.transport.unwrap_or(default);
        if let Ok(address) = self.host.parse::<IpAddr>() {
            let port = self.port.unwrap_or(transport.port());
            return Step::Found(vec![self.target(transport, SocketAddr::new(address, port))]);
        }
        if let Some(port) = self.port {
            return self.addresses(&[(transport, self.host.clone(), port)], said);
        }
        match self.services(said) {
            Err(questions) => Step::Ask(questions),
            Ok(services) => self.servers(&services, transport, said, chance),
        }
    }

    /// The SRV names to ask, each with its transport: from NAPTR, or the usual ones.
    fn services(&self, said: &Said) -> Result<Vec<(Transport, String)>, Vec<Question>> {
        let usual = |transport| (transport, format!("{}.{}", prefix(transport), self.host));
        if let Some(transport) = self.transport {
            return Ok(vec![usual(transport)]);
        }
        let question = Question { name: self.host.clone(), kind: Kind::Naptr };
        let Some(reply) = said.get(&question) else { return Err(vec![question]) };
        let mut ways: Vec<&Naptr> = records(reply)
            .filter_map(|data| if let Data::Naptr(way) = data { Some(way) } else { None })
            .collect();
        ways.sort_by_key(|way| (way.order, way.preference));
        let known =
            ways.into_iter().filter(|way| way.flags.eq_ignore_ascii_case("s") && !way.replacement.is_empty());
        let known =
            known.filter_map(|way| self.way(way).map(|transport| (transport, way.replacement.clone())));
        let ways: Vec<_> = known.collect();
        if !ways.is_empty() {
            return Ok(ways);
        }
        let all = [Transport::Tls, Transport::Tcp, Transport::Udp];
        Ok(all
            .into_iter()
            .filter(|transport| !self.secure || *transport == Transport::Tls)
            .map(usual)
            .collect())
    }

    fn way(&self, way: &Naptr) -> Option<Transport> {
        match way.service.to_ascii_uppercase().as_str() {
            "SIPS+D2T" => Some(Transport::Tls),
            "SIP+D2T" if !self.secure => Some(Transport::Tcp),
            "SIP+D2U" if !self.secure => Some(Transport::Udp),
            _ => None,
        }
    }

    fn servers(
        &self,
        services: &[(Transport, String)],
        default: Transport,
        said: &Said,
        chance: u64,
    ) -> Step {
        let questions = || services.iter().map(|(_, name)| Question { name: name.clone(), kind: Kind::Srv });
        let open: Vec<Question> = questions().filter(|question| !said.contains_key(question)).collect();
        if !open.is_empty() {
            return Step::Ask(open);
        }
        let mut found = Vec::new();
        for ((transport, _), question) in services.iter().zip(questions()) {
            let listed = said.get(&question).into_iter().flat_map(records);
            let listed = listed
                .filter_map(|data| if let Data::Srv(server) = data { Some(server.clone()) } else { None });
            let ordered = by_weight(listed.filter(|server| !server.host.is_empty()).collect(), chance);
            found.extend(ordered.into_iter().map(|server| (*transport, server.host, server.port)));
        }
        if found.is_empty() {
            found.push((default, self.host.clone(), default.port()));
        }
        self.addresses(&found, said)
    }

    fn addresses(&self, hosts: &[(Transport, String, u16)], said: &Said) -> Step {
        let kinds = [Kind::A, Kind::Aaaa];
        let ask = |host: &String| kinds.map(|kind| Question { name: host.clone(), kind });
        // Every host needs its addresses, but not more of them than can be used.
        let hosts = &hosts[..hosts.len().min(MOST_TARGETS)];
        let mut open: Vec<Question> = hosts
            .iter()
            .filter(|(_, host, _)| host.parse::<IpAddr>().is_err())
            .flat_map(|(_, host, _)| ask(host))
            .collect();
        open.retain(|question| !said.contains_key(question));
        open.sort();
        open.dedup();
        if !open.is_empty() {
            return Step::Ask(open);
        }
        let mut targets = Vec::new();
        for (transport, host, port) in hosts {
            let written = host.parse::<IpAddr>().ok();
            let replies = ask(host).into_iter().filter_map(|question| said.get(&question));
            let resolved = replies
                .flat_map(records)
                .filter_map(|data| if let Data::Address(address) = data { Some(*address) } else { None });
            for address in written.into_iter().chain(resolved) {
                let target = self.target(*transport, SocketAddr::new(address, *port));
                if targets.len() < MOST_TARGETS && !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        Step::Found(targets)
    }

    fn target(&self, transport: Transport, address: SocketAddr) -> Target {
        // A certificate names the domain that was asked for, not the host it led to (RFC 5922, section 7.2).
        Target { transport, address: address.into(), domain: self.host.clone().into() }
    }
}

fn records(reply: &Reply) -> impl Iterator<Item = &Data> {
    let records: &[Data] = match reply {
        Reply::Records(records) => records,
        Reply::NoSuchName | Reply::Failed | Reply::Truncated => &[],
    };
    records.iter()
}

const fn prefix(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
    }
}

/// `host`, `host:port`, `[v6]:port`.
fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        let port = rest.strip_prefix(':').map(str::parse).transpose().ok()?;
        return (rest.is_empty() || port.is_some()).then(|| (host.to_owned(), port));
    }
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let port = port.map(str::parse).transpose().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty() && host.bytes().all(fits)).then_some((host, port))
}

/// By priority, and among equals by chance in the share of their weights (RFC 2782).
fn by_weight(mut servers: Vec<Srv>, mut chance: u64) -> Vec<Srv> {
    servers.sort_by_key(|server| (server.priority, server.weight));
    let mut ordered = Vec::with_capacity(servers.len());
    while !servers.is_empty() {
        let priority = servers[0].priority;
        let equals = servers.iter().take_while(|server| server.priority == priority).count();
        let sum: u64 = servers[..equals].iter().map(|server| u64::from(server.weight)).sum();
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut left = (chance >> 33) % (sum + 1);
        let chosen = servers[..equals].iter().position(|server| {
            let is_it = u64::from(server.weight) >= left;
            left = left.saturating_sub(u64::from(server.weight));
            is_it
        });
        ordered.push(servers.remove(chosen.unwrap_or_default()));
    }
    ordered
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    /// Zones as text: `name KIND data`.
    fn zone(lines: &[&str]) -> impl Fn(&Question) -> Reply {
        let lines: Vec<Vec<String>> =
            lines.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect();
        move |question| {
            let wanted = format!("{:?}", question.kind).to_ascii_uppercase();
            let of_name: Vec<_> = lines.iter().filter(|line| line[0] == question.name).collect();
            let read = |line: &&Vec<String>| match question.kind {
                Kind::A | Kind::Aaaa => Data::Address(line[2].parse().unwrap()),
                Kind::Srv => Data::Srv(Srv {
                    priority: line[2].parse().unwrap(),
                    weight: line[3].parse().unwrap(),
                    port: line[4].parse().unwrap(),
                    host: line[5].clone(),
                }),
                Kind::Naptr => Data::Naptr(Naptr {
                    order: line[2].parse().unwrap(),
                    preference: line[3].parse().unwrap(),
                    flags: "s".into(),
                    service: line[4].clone(),
                    replacement: line[5].clone(),
                }),
            };
            if of_name.is_empty() {
                return Reply::NoSuchName;
            }
            Reply::Records(
                of_name.into_iter().filter(|line| line[1] == wanted).map(|line| read(&line)).collect(),
            )
        }
    }

    fn found(uri: &str, lines: &[&str]) -> Vec<String> {
        let (service, zone, mut said) = (Service::read(uri).unwrap(), zone(lines), Said::new());
        for _ in 0..6 {
            match service.locate(&said, 4) {
                Step::Ask(questions) => said.extend(questions.into_iter().map(|question| {
                    let reply = zone(&question);
                    (question, reply)
                })),
                Step::Found(targets) => {
                    return targets
                        .iter()
                        .map(|target| format!("{} {}", target.transport.name(), target.address.reveal()))
                        .collect();
                }
            }
        }
        panic!("it never ends");
    }

    #[test]
    fn an_address_needs_no_names() {
        assert_eq!(found("sip:192.0.2.1", &[]), ["UDP 192.0.2.1:5060"]);
        assert_eq!(found("sips:[2001:db8::1]:5071", &[]), ["TLS [2001:db8::1]:5071"]);
        assert_eq!(found("sip:ana@192.0.2.1:5070;transport=TCP", &[]), ["TCP 192.0.2.1:5070"]);
    }

    #[test]
    fn naptr_leads_to_srv_and_srv_to_addresses() {
        let zone = [
            "phone.example NAPTR 20 10 SIP+D2U _sip._udp.phone.example",
            "phone.example NAPTR 10 10 SIPS+D2T _sips._tcp.phone.example",
            "_sips._tcp.phone.example SRV 1 0 5061 a.phone.example",
            "_sip._udp.phone.example SRV 2 0 5060 b.phone.example",
            "_sip._udp.phone.example SRV 1 0 5060 a.phone.example",
            "a.phone.example A 192.0.2.1",
            "a.phone.example AAAA 2001:db8::1",
            "b.phone.example A 192.0.2.2",
        ];
        let all = [
            "TLS 192.0.2.1:5061",
            "TLS [2001:db8::1]:5061",
            "UDP 192.0.2.1:5060",
            "UDP [2001:db8::1]:5060",
            "UDP 192.0.2.2:5060",
        ];
        assert_eq!(found("sip:phone.example", &zone), all);
        assert_eq!(found("sips:phone.example", &zone), all[..2]);
        assert_eq!(found("sip:phone.example;transport=udp", &zone), all[2..]);
    }

    #[test]
    fn without_naptr_srv_is_tried_and_without_srv_the_host_itself() {
        let srv = ["_sip._tcp.phone.example SRV 1 0 5080 a.phone.example", "a.phone.example A 192.0.2.1"];
        assert_eq!(found("sip:phone.example", &srv), ["TCP 192.0.2.1:5080"]);
        assert_eq!(found("sip:phone.example", &["phone.example A 192.0.2.9"]), ["UDP 192.0.2.9:5060"]);
        assert_eq!(found("sips:phone.example", &["phone.example A 192.0.2.9"]), ["TLS 192.0.2.9:5061"]);
        assert_eq!(found("sip:phone.example:5090", &["phone.example A 192.0.2.9"]), ["UDP 192.0.2.9:5090"]);
        assert!(found("sip:phone.example", &[]).is_empty());
        assert!(found("sip:phone.example", &["_sip._udp.phone.example SRV 0 0 0 "]).is_empty());
    }

    #[test]
    fn weights_part_the_load() {
        let server = |weight, port| Srv { priority: 1, weight, port, host: "a".into() };
        let first = |chance| by_weight(vec![server(90, 1), server(10, 2)], chance)[0].port;
        let heavy = (0..2000).filter(|chance| first(chance * 7919) == 1).count();
        assert!((1700..1900).contains(&heavy), "{heavy} of 2000");
    }

    #[test]
    fn what_is_no_sip_uri_is_refused() {
        for uri in [
            "",
            "phone.example",
            "tel:+13035550100",
            "sip:",
            "sip:@",
            "sip:a b",
            "sip:host:99999",
            "sip:[::1",
            "sip:h;transport=sctp",
        ] {
            assert_eq!(Service::read(uri), Err(NoSipUri), "{uri}");
        }
    }
}
