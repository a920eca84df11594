//! Names: from a SIP URI to its servers, by the system's own resolvers and without anyone's cache, for a
//! cache would hide that they are gone.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rightdoor_core::reach::{Answer, Fault, Target};
use rightdoor_core::wire::dns::{Data, Kind, Question, Reply, query, reply};
use rightdoor_core::wire::locate::{Said, Service, Step};
use rightdoor_platform::{clock, network};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::sip::connected;
use super::{DATAGRAM, fault};

const PORT: u16 = 53;
/// How long one resolver is waited for before the next is asked, too.
const TURN: Duration = Duration::from_millis(1200);
/// The whole way is asked anew after this time; in between, one question shows that names are answered.
const ANEW: Duration = Duration::from_secs(600);
/// So long what was said before patience ended is taken up again.
const RESUMED: Duration = Duration::from_secs(20);
/// More rounds of questions than this lead in a circle.
const ROUNDS: usize = 6;

/// What the names said last.
#[derive(Clone, Debug)]
struct Way {
    at: Instant,
    said: Said,
    targets: Vec<Target>,
}

/// What is known of the ways, by URI, and who is asked for them.
#[derive(Debug)]
pub(super) struct Names {
    ways: Mutex<BTreeMap<String, Way>>,
    /// What was said before patience ended: a slow resolver is asked on from there.
    begun: Mutex<BTreeMap<String, (Instant, Said)>>,
    resolvers: Vec<SocketAddr>,
}

/// Why the names say nothing.
enum Mute {
    Way(Fault),
    CannotAsk,
}

impl Names {
    pub fn new(resolvers: &[SocketAddr]) -> Self {
        Self { ways: Mutex::default(), begun: Mutex::default(), resolvers: resolvers.to_vec() }
    }

    pub fn forget(&self) {
        self.ways().clear();
        self.begun().clear();
    }

    /// Where the service of that URI is now.
    pub async fn ask(&self, uri: &str, fresh: bool) -> Answer {
        let Ok(service) = Service::read(uri) else { return Answer::CannotAsk };
        let known = self.ways().get(uri).filter(|way| way.at.elapsed() < ANEW).cloned();
        let located = match known {
            Some(way) if !fresh && !way.said.is_empty() => self.recheck(uri, &service, way).await,
            Some(_) | None => self.locate(uri, &service).await,
        };
        match located {
            Ok(targets) if targets.is_empty() => Answer::Fault(Fault::NoSuchName),
            Ok(targets) => Answer::Located(targets),
            Err(Mute::Way(fault)) => Answer::Fault(fault),
            Err(Mute::CannotAsk) => Answer::CannotAsk,
        }
    }

    /// Asks one question of the way; if its answer is another one, all of it.
    async fn recheck(&self, uri: &str, service: &Service, way: Way) -> Result<Vec<Target>, Mute> {
        // Where a lie would lead astray: the addresses.
        let is_told =
            |(question, reply): &(&Question, &Reply)| has_records(reply) && is_of_addresses(question);
        let told: Vec<_> = way.said.iter().filter(is_told).collect();
        let Some((question, before)) = told.get(usize::from(clock::random::<1>()[0]) % told.len().max(1))
        else {
            return self.locate(uri, service).await;
        };
        let now = resolve((*question).clone(), self.resolvers()).await?;
        if is_same(before, &now) { Ok(way.targets) } else { self.locate(uri, service).await }
    }

    async fn locate(&self, uri: &str, service: &Service) -> Result<Vec<Target>, Mute> {
        let begun = self.begun().remove(uri).filter(|(at, _)| at.elapsed() < RESUMED);
        let (at, mut said) = begun.unwrap_or_else(|| (Instant::now(), Said::new()));
        let chance = u64::from_be_bytes(clock::random());
        for _ in 0..ROUNDS {
            match service.locate(&said, chance) {
                Step::Found(targets) => {
                    let way = Way { at: Instant::now(), said, targets: targets.clone() };
                    self.ways().insert(uri.to_owned(), way);
                    self.begun().remove(uri);
                    return Ok(targets);
                }
                Step::Ask(questions) => {
                    said.extend(self.all(questions).await?);
                    self.begun().insert(uri.to_owned(), (at, said.clone()));
                }
            }
        }
        Ok(Vec::new())
    }

    /// Asks all at once. Some resolvers never answer what they do not know: a question that is not answered
    /// where others are has failed; where none is, nobody is there.
    async fn all(&self, questions: Vec<Question>) -> Result<Said, Mute> {
        let mut asked = JoinSet::new();
        for question in questions {
            let resolvers = self.resolvers();
            asked.spawn(async move { (question.clone(), resolve(question, resolvers).await) });
        }
        let (mut said, mut mute) = (Said::new(), None);
        while let Some(answered) = asked.join_next().await {
            let Ok((question, answer)) = answered else { continue };
            match answer {
                Ok(reply) => drop(said.insert(question, reply)),
                Err(why) => {
                    said.insert(question, Reply::Failed);
                    mute = Some(why);
                }
            }
        }
        match mute {
            Some(why) if said.values().all(|reply| *reply == Reply::Failed) => Err(why),
            Some(_) | None => Ok(said),
        }
    }

    /// The system's are read anew: they change with the network.
    fn resolvers(&self) -> Vec<SocketAddr> {
        if !self.resolvers.is_empty() {
            return self.resolvers.clone();
        }
        network::resolvers().into_iter().map(|resolver| SocketAddr::new(resolver, PORT)).collect()
    }

    fn ways(&self) -> MutexGuard<'_, BTreeMap<String, Way>> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begun(&self) -> MutexGuard<'_, BTreeMap<String, (Instant, Said)>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the resolvers in turn, the next one while the one before is still silent.
async fn resolve(question: Question, resolvers: Vec<SocketAddr>) -> Result<Reply, Mute> {
    if resolvers.is_empty() {
        return Err(Mute::CannotAsk);
    }
    let mut asked = JoinSet::new();
    let mut turns = resolvers.iter().cycle().take(resolvers.len().max(4));
    let mut last = Mute::Way(Fault::Silent);
    loop {
        let next = turns.next();
        if let Some(resolver) = next {
            let (question, resolver) = (question.clone(), *resolver);
            asked.spawn(async move { exchange(resolver, &question).await });
        }
        let wait = if next.is_some() { TURN } else { Duration::from_secs(60) };
        match tokio::time::timeout(wait, asked.join_next()).await {
            Ok(Some(Ok(Ok(reply)))) => return Ok(reply),
            Ok(Some(Ok(Err(error)))) => last = Mute::Way(fault(&error)),
            Ok(Some(Err(_))) => {}
            Ok(None) if next.is_none() => return Err(last),
            Ok(None) | Err(_) => {}
        }
    }
}

async fn exchange(resolver: SocketAddr, question: &Question) -> io::Result<Reply> {
    let id = u16::from_be_bytes(clock::random());
    let bytes = query(id, question).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let socket = connected(resolver).await?;
    socket.send(&bytes).await?;
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let length = socket.recv(&mut buffer).await?;
        match reply(&buffer[..length], id, question) {
            Ok(Reply::Truncated) => return over_tcp(resolver, &bytes, id, question).await,
            Ok(reply) => return Ok(reply),
            Err(error) => tracing::debug!(%error, "what a resolver sent is ignored"),
        }
    }
}

/// RFC 7766.
async fn over_tcp(resolver: SocketAddr, bytes: &[u8], id: u16, question: &Question) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(resolver).await?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], bytes].concat()).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    reply(&answer, id, question).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

const fn is_of_addresses(question: &Question) -> bool {
    matches!(question.kind, Kind::A | Kind::Aaaa)
}

const fn has_records(reply: &Reply) -> bool {
    matches!(reply, Reply::Records(records) if !records.is_empty())
}

/// Whether both say the same, in whatever order.
fn is_same(before: &Reply, now: &Reply) -> bool {
    let (Reply::Records(before), Reply::Records(now)) = (before, now) else { return before == now };
    let holds = |these: &[Data], those: &[Data]| these.iter().all(|one| those.contains(one));
    holds(before, now) && holds(now, before)
}
