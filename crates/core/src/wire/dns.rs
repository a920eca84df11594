//! DNS questions and answers (RFC 1035), as far as a SIP service is found with them: NAPTR (RFC 3403),
//! SRV (RFC 2782), A and AAAA.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest name in text, in bytes (RFC 1035, section 2.3.4, without the root's length).
const MOST_NAME: usize = 253;
const MOST_LABEL: usize = 63;
/// Most records of one answer that are read.
const MOST_RECORDS: usize = 256;
/// Most pointers in one name: more is a loop.
const MOST_JUMPS: usize = 32;
/// Longest chain of aliases that is followed.
const MOST_ALIASES: usize = 8;
const INTERNET: u16 = 1;
const CNAME: u16 = 5;
/// Answers up to this size may come in one datagram (RFC 6891; the size that DNS Flag Day 2020 agreed on).
const DATAGRAM: u16 = 1232;

/// What is asked about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Where a service listens.
    Srv,
    /// By which ways a domain's service is found.
    Naptr,
}

impl Kind {
    const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
            Self::Srv => 33,
            Self::Naptr => 35,
        }
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The name, without the root's dot.
    pub name: String,
    /// What about it.
    pub kind: Kind,
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// An address.
    Address(IpAddr),
    /// A place where the service listens.
    Srv(Srv),
    /// A way by which the service is found.
    Naptr(Naptr),
}

/// RFC 2782.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// Lower first.
    pub priority: u16,
    /// Share among those of the same priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host; empty where the service is decidedly not offered.
    pub host: String,
}

/// RFC 3403.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naptr {
    /// Lower first.
    pub order: u16,
    /// Lower first among those of the same order.
    pub preference: u16,
    /// `s`: an SRV name follows.
    pub flags: String,
    /// `SIP+D2U` and the like.
    pub service: String,
    /// The name that follows.
    pub replacement: String,
}

/// What the resolver says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Records of the kind asked, aliases followed; none: the name has none of that kind.
    Records(Vec<Data>),
    /// There is no such name (RFC 2308).
    NoSuchName,
    /// The resolver failed or refused.
    Failed,
    /// There was more than a datagram holds: ask again over TCP.
    Truncated,
}

/// Why bytes are no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// A name that cannot be asked about.
    #[error("the name cannot be written")]
    Name,
    /// It is no DNS message, or cut short.
    #[error("it is no DNS answer")]
    NotDns,
    /// It answers another question.
    #[error("it answers another question")]
    Foreign,
    /// A name points to itself.
    #[error("a name in it does not end")]
    Loop,
}

/// Writes a question.
///
/// # Errors
/// [`DnsError::Name`].
pub fn query(id: u16, question: &Question) -> Result<Vec<u8>, DnsError> {
    let mut bytes = Vec::with_capacity(64);
    bytes.extend(id.to_be_bytes());
    // Recursion desired; one question, one additional record.
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    let name = bare(&question.name);
    if name.is_empty() || name.len() > MOST_NAME {
        return Err(DnsError::Name);
    }
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|_| (1..=MOST_LABEL).contains(&label.len()));
        bytes.push(length.filter(|_| label.is_ascii()).ok_or(DnsError::Name)?);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes.extend(question.kind.number().to_be_bytes());
    bytes.extend(INTERNET.to_be_bytes());
    // EDNS: the root's name, OPT, how much we take.
    bytes.extend([0, 0, 41]);
    bytes.extend(DATAGRAM.to_be_bytes());
    bytes.extend([0; 6]);
    Ok(bytes)
}

/// Reads the answer to that question.
///
/// # Errors
/// [`DnsError`]; whatever is not the answer to this very question is none.
pub fn reply(bytes: &[u8], id: u16, question: &Question) -> Result<Reply, DnsError> {
    let mut reader = Reader { bytes, at: 0 };
    let (own, flags) = (reader.short()?, reader.short()?);
    let [questions, answers] = [reader.short()?, reader.short()?];
    reader.skip(4)?;
    if own != id || flags & 0x8000 == 0 || flags & 0x7800 != 0 || questions != 1 {
        return Err(DnsError::Foreign);
    }
    let asked = bare(&question.name);
    let (name, kind, class) = (reader.name()?, reader.short()?, reader.short()?);
    if !name.eq_ignore_ascii_case(asked) || (kind, class) != (question.kind.number(), INTERNET) {
        return Err(DnsError::Foreign);
    }
    if flags & 0x0200 != 0 {
        return Ok(Reply::Truncated);
    }
    match flags & 0x000F {
        0 => {}
        3 => return Ok(Reply::NoSuchName),
        _ => return Ok(Reply::Failed),
    }
    let mut records = Vec::new();
    for _ in 0..usize::from(answers).min(MOST_RECORDS) {
        records.push(reader.record()?);
    }
    let names = aliases(asked, &records);
    let is_ours = |record: &Record| names.iter().any(|name| record.name.eq_ignore_ascii_case(name));
    let ours = records.iter().filter(|record| record.kind == question.kind.number() && is_ours(record));
    Ok(Reply::Records(ours.filter_map(|record| record.data.clone()).collect()))
}

/// The name without the root's dot.
fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// The name asked about, and whatever it is another name for.
fn aliases(asked: &str, records: &[Record]) -> Vec<String> {
    let mut names = vec![asked.to_owned()];
    for _ in 0..MOST_ALIASES {
        let last = names.last().cloned().unwrap_or_default();
        let alias =
            records.iter().find(|record| record.name.eq_ignore_ascii_case(&last) && record.alias.is_some());
        let Some(alias) = alias.and_then(|record| record.alias.clone()) else { break };
        names.push(alias);
    }
    names
}

struct Record {
    name: String,
    kind: u16,
    data: Option<Data>,
    alias: Option<String>,
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], DnsError> {
        let taken = self.bytes.get(self.at..self.at + count).ok_or(DnsError::NotDns)?;
        self.at += count;
        Ok(taken)
    }

    fn skip(&mut self, count: usize) -> Result<(), DnsError> {
        self.take(count).map(|_| ())
    }

    fn short(&mut self) -> Result<u16, DnsError> {
        self.take(2).map(|two| u16::from_be_bytes([two[0], two[1]]))
    }

    fn text(&mut self) -> Result<String, DnsError> {
        let length = usize::from(self.take(1)?[0]);
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// A name, its pointers followed (section 4.1.4); the root is empty.
    fn name(&mut self) -> Result<String, DnsError> {
        let (mut name, mut jumps, mut here) = (String::new(), 0, *self);
        loop {
            let length = here.take(1)?[0];
            match length {
                0 => break,
                1..=63 => {
                    let label = here.take(usize::from(length))?;
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(&String::from_utf8_lossy(label));
                    if name.len() > 4 * MOST_NAME {
                        return Err(DnsError::NotDns);
                    }
                }
                192.. => {
                    let low = here.take(1)?[0];
                    if jumps == 0 {
                        self.at = here.at;
                    }
                    jumps += 1;
                    if jumps > MOST_JUMPS {
                        return Err(DnsError::Loop);
                    }
                    here.at = usize::from(length & 0x3F) << 8 | usize::from(low);
                }
                _ => return Err(DnsError::NotDns),
            }
        }
        if jumps == 0 {
            self.at = here.at;
        }
        Ok(name)
    }

    fn record(&mut self) -> Result<Record, DnsError> {
        let name = self.name()?;
        let (kind, class) = (self.short()?, self.short()?);
        self.skip(4)?;
        let length = usize::from(self.short()?);
        let end = self.at + length;
        let mut inside = Reader { bytes: self.bytes.get(..end).ok_or(DnsError::NotDns)?, at: self.at };
        self.at = end;
        let (mut data, mut alias) = (None, None);
        if class == INTERNET {
            if kind == CNAME {
                alias = Some(inside.name()?);
            } else {
                data = inside.data(kind, length)?;
            }
        }
        Ok(Record { name, kind, data, alias })
    }

    fn data(&mut self, kind: u16, length: usize) -> Result<Option<Data>, DnsError> {
        Ok(match (kind, length) {
            (1, 4) => {
                let four = <[u8; 4]>::try_from(self.take(4)?).map_err(|_| DnsError::NotDns)?;
                Some(Data::Address(Ipv4Addr::from(four).into()))
            }
            (28, 16) => {
                let sixteen = <[u8; 16]>::try_from(self.take(16)?).map_err(|_| DnsError::NotDns)?;
                Some(Data::Address(Ipv6Addr::from(sixteen).into()))
            }
            (33, _) => {
                let [priority, weight, port] = [self.short()?, self.short()?, self.short()?];
                Some(Data::Srv(Srv { priority, weight, port, host: self.name()? }))
            }
            (35, _) => {
                let [order, preference] = [self.short()?, self.short()?];
                let [flags, service, _expression] = [self.text()?, self.text()?, self.text()?];
                Some(Data::Naptr(Naptr { order, preference, flags, service, replacement: self.name()? }))
            }
            (1 | 28, _) => return Err(DnsError::NotDns),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    fn question(kind: Kind) -> Question {
        Question { name: "phone.example".to_owned(), kind }
    }

    /// An answer with these records, each with the question's own name.
    fn answer(kind: Kind, flags: u16, records: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = query(7, &question(kind)).unwrap();
        bytes.truncate(bytes.len() - 11);
        bytes[2..4].copy_from_slice(&flags.to_be_bytes());
        bytes[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
        bytes[10..12].copy_from_slice(&[0, 0]);
        for (number, data) in records {
            bytes.extend([0xC0, 12]);
            bytes.extend(number.to_be_bytes());
            bytes.extend([0, 1, 0, 0, 0, 60]);
            bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            bytes.extend(*data);
        }
        bytes
    }

    #[test]
    fn every_kind_is_read_and_aliases_are_followed() {
        let a = answer(Kind::A, 0x8180, &[(1, &[192, 0, 2, 1])]);
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(reply(&a, 7, &question(Kind::A)), Ok(Reply::Records(vec![Data::Address(address)])));

        let srv = answer(Kind::Srv, 0x8180, &[(33, b"\0\x01\0\x02\x13\xc4\x01a\xc0\x0c")]);
        let Ok(Reply::Records(records)) = reply(&srv, 7, &question(Kind::Srv)) else { panic!() };
        let host = "a.phone.example".to_owned();
        assert_eq!(records, [Data::Srv(Srv { priority: 1, weight: 2, port: 5060, host })]);

        let naptr =
            answer(Kind::Naptr, 0x8180, &[(35, b"\0\x0a\0\x32\x01s\x07SIP+D2U\x00\x04_sip\x04_udp\xc0\x0c")]);
        let Ok(Reply::Records(records)) = reply(&naptr, 7, &question(Kind::Naptr)) else { panic!() };
        let Data::Naptr(way) = &records[0] else { panic!() };
        assert_eq!((way.order, way.preference, &*way.service), (10, 50, "SIP+D2U"));
        assert_eq!(way.replacement, "_sip._udp.phone.example");

        // The alias's own record follows, under the alias.
        let mut alias = answer(Kind::A, 0x8180, &[(5, b"\x01b\xc0\x0c")]);
        let at = u8::try_from(alias.len() - 4).unwrap();
        alias[7] = 2;
        alias.extend([0xC0, at, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
        assert_eq!(reply(&alias, 7, &question(Kind::A)), Ok(Reply::Records(vec![Data::Address(address)])));
    }

    #[test]
    fn what_answers_another_question_is_none() {
        let good = answer(Kind::A, 0x8180, &[(1, &[192, 0, 2, 1])]);
        assert_eq!(reply(&good, 8, &question(Kind::A)), Err(DnsError::Foreign));
        assert_eq!(reply(&good, 7, &question(Kind::Aaaa)), Err(DnsError::Foreign));
        let other = Question { name: "phone.example.net".to_owned(), kind: Kind::A };
        assert_eq!(reply(&good, 7, &other), Err(DnsError::Foreign));
        assert_eq!(
            reply(&query(7, &question(Kind::A)).unwrap(), 7, &question(Kind::A)),
            Err(DnsError::Foreign)
        );
        // A record of another name is nobody's.
        let mut foreign = good;
        let at = foreign.len() - 16;
        foreign.splice(at..at + 2, *b"\x01x\0");
        assert_eq!(reply(&foreign, 7, &question(Kind::A)), Ok(Reply::Records(Vec::new())));
    }

    #[test]
    fn no_name_no_luck_and_too_much_are_told_apart() {
        let told = |flags| reply(&answer(Kind::A, flags, &[]), 7, &question(Kind::A)).unwrap();
        assert_eq!(told(0x8183), Reply::NoSuchName);
        assert_eq!(told(0x8182), Reply::Failed);
        assert_eq!(told(0x8380), Reply::Truncated);
        assert_eq!(told(0x8180), Reply::Records(Vec::new()));
    }

    #[test]
    fn a_name_that_points_to_itself_ends() {
        let mut bytes = answer(Kind::Srv, 0x8180, &[(33, b"\0\0\0\0\0\0\xc0\0")]);
        let at = bytes.len() - 2;
        let own = u16::try_from(at).unwrap().to_be_bytes();
        bytes[at..].copy_from_slice(&[0xC0 | own[0], own[1]]);
        assert_eq!(reply(&bytes, 7, &question(Kind::Srv)), Err(DnsError::Loop));
    }

    #[test]
    fn names_that_cannot_be_asked_are_refused() {
        let long = "a".repeat(64);
        for name in ["", ".", "a..b", "a..", long.as_str(), "sípphone.example", &"a.".repeat(130)] {
            let question = Question { name: name.to_owned(), kind: Kind::A };
            assert_eq!(query(1, &question), Err(DnsError::Name), "{name}");
        }
    }
}
