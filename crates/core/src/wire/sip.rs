//! SIP OPTIONS (RFC 3261, section 11), and as much of a response as tells whether it answers.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use crate::reach::Transport;

/// Longest head of a message that is read, in bytes.
pub const MOST_HEAD: usize = 64 * 1024;
/// Longest body that is waited for on a stream, in bytes.
pub const MOST_BODY: usize = 1024 * 1024;
/// Every branch begins with it (section 8.1.1.7).
pub const MAGIC: &str = "z9hG4bK";

/// One OPTIONS request. What makes it unique comes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The SIP domain that is asked.
    pub domain: &'a str,
    /// How it travels.
    pub transport: Transport,
    /// Where the answer comes back to.
    pub local: SocketAddr,
    /// Its transaction, without the magic cookie.
    pub branch: &'a str,
    /// Its dialogue, and the tag of its From.
    pub call: &'a str,
    /// Its number.
    pub number: u32,
}

impl Options<'_> {
    /// Its bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let Self { domain, local, branch, call, number, .. } = self;
        let transport = self.transport.name();
        let domain = bracketed(domain);
        let mut text = String::with_capacity(512);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "OPTIONS sip:{domain} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {local};branch={MAGIC}{branch};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:probe@{domain}>;tag={call}\r\n\
             To: <sip:{domain}>\r\n\
             Call-ID: {call}\r\n\
             CSeq: {number} OPTIONS\r\n\
             Contact: <sip:probe@{local};transport={}>\r\n\
             Accept: application/sdp\r\n\
             User-Agent: Rightdoor\r\n\
             Content-Length: 0\r\n\r\n",
            transport.to_ascii_lowercase()
        );
        text.into_bytes()
    }

    /// Whether that response is to this request (section 17.1.3).
    #[must_use]
    pub fn is_answered_by(&self, response: &Response) -> bool {
        let branch = response.branch.strip_prefix(MAGIC) == Some(self.branch);
        let dialogue = response.call == self.call && response.tag == self.call;
        branch && dialogue && response.number == self.number && response.method == "OPTIONS"
    }
}

impl Transport {
    /// Its name in a Via (section 20.42).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// Its default port (section 19.1.2).
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
        }
    }
}

/// A response, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Its status, 100 to 699.
    pub status: u16,
    /// The branch of its topmost Via.
    pub branch: String,
    /// The number of its CSeq.
    pub number: u32,
    /// The method of its CSeq.
    pub method: String,
    /// Its Call-ID.
    pub call: String,
    /// The tag of its From, which is the asker's own; empty where there is none.
    pub tag: String,
    /// When to come back (section 20.33).
    pub retry_after: Option<Duration>,
}

/// Why bytes are no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SipError {
    /// They do not begin like SIP.
    #[error("it is no SIP message")]
    NotSip,
    /// It is a request.
    #[error("it is a request")]
    Request,
    /// The head does not end, or is longer than [`MOST_HEAD`].
    #[error("its head is cut short or too long")]
    Head,
    /// The body is longer than [`MOST_BODY`], or its length is not told where it must be.
    #[error("its body has no length, or too much of it")]
    Body,
    /// The named header is missing, stands there twice, or cannot be read.
    #[error("its {0} is missing or wrong")]
    Header(&'static str),
}

/// Reads one response; what follows its head is left alone.
///
/// # Errors
/// [`SipError`].
pub fn response(bytes: &[u8]) -> Result<Response, SipError> {
    let head = Head::read(bytes)?;
    let status = status(head.first)?;
    let via = head.only_first("Via", "v").ok_or(SipError::Header("Via"))?;
    let branch = parameter(first_value(via), "branch").filter(is_token).ok_or(SipError::Header("Via"))?;
    let from = head.only("From", "f").ok_or(SipError::Header("From"))?;
    let cseq = head.only("CSeq", "").ok_or(SipError::Header("CSeq"))?;
    let (number, method) = cseq.split_once([' ', '\t']).ok_or(SipError::Header("CSeq"))?;
    let retry_after = head.only_first("Retry-After", "").and_then(seconds);
    Ok(Response {
        status,
        branch: branch.to_owned(),
        number: number.parse().map_err(|_| SipError::Header("CSeq"))?,
        method: Some(method.trim()).filter(is_token).ok_or(SipError::Header("CSeq"))?.to_owned(),
        call: head.only("Call-ID", "i").ok_or(SipError::Header("Call-ID"))?.to_owned(),
        tag: parameter(outside_of_name(from), "tag").filter(is_token).unwrap_or_default().to_owned(),
        retry_after,
    })
}

/// What a stream begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// More bytes are needed.
    More,
    /// Line ends that keep a connection alive (RFC 5626, section 3.5.1): so many bytes to leave out.
    KeepAlive(usize),
    /// A whole message of so many bytes.
    Message(usize),
}

/// Finds the first message in what a stream brought so far (section 18.3).
///
/// # Errors
/// [`SipError`]: nothing that follows could be told apart any more.
pub fn frame(bytes: &[u8]) -> Result<Frame, SipError> {
    let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if blank > 0 {
        return Ok(Frame::KeepAlive(blank));
    }
    let Some(end) = end_of_head(bytes) else {
        return if bytes.len() > MOST_HEAD { Err(SipError::Head) } else { Ok(Frame::More) };
    };
    let head = Head::read(bytes)?;
    let length = head.only("Content-Length", "l").ok_or(SipError::Body)?;
    let length: usize = length.parse().map_err(|_| SipError::Body)?;
    if length > MOST_BODY {
        return Err(SipError::Body);
    }
    Ok(if bytes.len() < end + length { Frame::More } else { Frame::Message(end + length) })
}

/// Where the body begins.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).take(MOST_HEAD).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// The lines of a head.
struct Head<'a> {
    first: &'a str,
    /// Each with its folded lines (section 7.3.1).
    rest: Vec<String>,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, SipError> {
        let end = end_of_head(bytes).ok_or(SipError::Head)?;
        // Bodies may hold anything; heads are UTF-8 (section 7).
        let text = std::str::from_utf8(&bytes[..end - 4]).map_err(|_| SipError::NotSip)?;
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let mut rest: Vec<String> = Vec::new();
        for line in lines {
            match (line.strip_prefix([' ', '\t']), rest.last_mut()) {
                (Some(more), Some(last)) => {
                    last.push(' ');
                    last.push_str(more.trim());
                }
                (Some(_), None) => return Err(SipError::NotSip),
                (None, _) => rest.push(line.to_owned()),
            }
        }
        Ok(Self { first, rest })
    }

    fn all(&self, name: &str, compact: &str) -> impl Iterator<Item = &str> {
        self.rest.iter().filter_map(move |line| {
            let (own, value) = line.split_once(':')?;
            let own = own.trim_end();
            let is_it =
                own.eq_ignore_ascii_case(name) || (!compact.is_empty() && own.eq_ignore_ascii_case(compact));
            is_it.then_some(value.trim())
        })
    }

    /// The value of a header that may stand there once.
    fn only(&self, name: &str, compact: &str) -> Option<&str> {
        let mut all = self.all(name, compact);
        let first = all.next().filter(|value| !value.is_empty())?;
        all.next().is_none().then_some(first)
    }

    /// The first value of a header that may be repeated.
    fn only_first(&self, name: &str, compact: &str) -> Option<&str> {
        self.all(name, compact).next().filter(|value| !value.is_empty())
    }
}

fn status(line: &str) -> Result<u16, SipError> {
    let rest = match line.split_once(' ') {
        Some((version, rest)) if version.eq_ignore_ascii_case("SIP/2.0") => rest,
        Some((_, rest)) if rest.to_ascii_uppercase().ends_with("SIP/2.0") => return Err(SipError::Request),
        Some(_) | None => return Err(SipError::NotSip),
    };
    let code = rest.split(' ').next().unwrap_or_default();
    let status = (code.len() == 3).then(|| code.parse::<u16>().ok()).flatten();
    status.filter(|status| (100..700).contains(status)).ok_or(SipError::NotSip)
}

/// The first of several values on one line.
fn first_value(line: &str) -> &str {
    bare(line, ',').map_or(line, |at| &line[..at])
}

/// What follows the name and the address of a From.
fn outside_of_name(value: &str) -> &str {
    bare(value, ';').map_or("", |at| &value[at..])
}

/// Where that mark first stands outside of quotes and angle brackets, in which it parts nothing.
fn bare(line: &str, mark: char) -> Option<usize> {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_u32);
    let found = line.char_indices().find(|(_, letter)| {
        let was_escaped = std::mem::take(&mut escaped);
        match letter {
            '\\' if quoted && !was_escaped => escaped = true,
            '"' if !was_escaped => quoted = !quoted,
            '<' if !quoted => depth += 1,
            '>' if !quoted => depth = depth.saturating_sub(1),
            _ => return *letter == mark && !quoted && depth == 0,
        }
        false
    });
    found.map(|(at, _)| at)
}

/// Section 25.1.
fn is_token(text: &&str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

/// An IPv6 address stands in brackets (section 25.1).
fn bracketed(host: &str) -> Cow<'_, str> {
    if host.contains(':') { format!("[{host}]").into() } else { host.into() }
}

/// The value of `;name=value`.
fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let mut parameters = value.split(';').skip(1);
    parameters.find_map(|parameter| {
        let (own, value) = parameter.split_once('=')?;
        own.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn seconds(value: &str) -> Option<Duration> {
    let digits = value.split([' ', ';', '(']).next()?;
    digits.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    const OK: &str = "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 192.0.2.9:5060;rport=5060;branch=z9hG4bKb1 , SIP/2.0/UDP x;branch=z9hG4bKno\r\n\
                      t: <sip:phone.example>;tag=1\r\nF: <sip:probe@phone.example>;tag=c1\r\ni: c1\r\n\
                      CSeq:  7 \r\n OPTIONS\r\nSubject: a\r\n\tb\r\nl: 3\r\n\r\nabc";

    fn request() -> Options<'static> {
        let local = "192.0.2.9:5060".parse().unwrap();
        Options {
            domain: "phone.example",
            transport: Transport::Udp,
            local,
            branch: "b1",
            call: "c1",
            number: 7,
        }
    }

    #[test]
    fn the_answer_to_this_request_is_known_from_all_others() {
        let answer = response(OK.as_bytes()).unwrap();
        assert_eq!((answer.status, answer.number, &*answer.method), (200, 7, "OPTIONS"));
        assert!(request().is_answered_by(&answer));
        for other in [
            Options { branch: "b2", ..request() },
            Options { call: "c2", ..request() },
            Options { number: 8, ..request() },
        ] {
            assert!(!other.is_answered_by(&answer));
        }
        // A tag in the name or in the address is not the asker's.
        let foreign =
            OK.replace("F: <sip:probe@phone.example>;tag=c1", "f: \";tag=c1\" <sip:p@h;tag=c1>;tag=c2");
        assert!(!request().is_answered_by(&response(foreign.as_bytes()).unwrap()));
        let invite = response(OK.replace("OPTIONS", "INVITE").as_bytes()).unwrap();
        assert!(!request().is_answered_by(&invite));
    }

    #[test]
    fn what_is_written_is_a_request_with_its_frame() {
        let bytes = request().write();
        assert_eq!(response(&bytes), Err(SipError::Request));
        assert_eq!(frame(&bytes), Ok(Frame::Message(bytes.len())));
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with(
            "OPTIONS sip:phone.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKb1;rport\r\n"
        ));
        let local = "[2001:db8::9]:5060".parse().unwrap();
        let text = String::from_utf8(Options { domain: "2001:db8::1", local, ..request() }.write()).unwrap();
        assert!(
            text.starts_with("OPTIONS sip:[2001:db8::1] SIP/2.0\r\nVia: SIP/2.0/UDP [2001:db8::9]:5060;")
        );
    }

    #[test]
    fn a_stream_is_cut_where_its_messages_end() {
        let two = [OK, OK].concat();
        let whole = OK.len();
        for cut in 0..whole {
            assert_eq!(frame(&two.as_bytes()[..cut]), Ok(Frame::More), "{cut} bytes");
        }
        assert_eq!(frame(two.as_bytes()), Ok(Frame::Message(whole)));
        assert_eq!(frame(b"\r\n\r\nSIP/2.0"), Ok(Frame::KeepAlive(4)));
        assert_eq!(frame(OK.replace("l: 3", "l: 99999999").as_bytes()), Err(SipError::Body));
        assert_eq!(frame(OK.replace("l: 3", "x: 3").as_bytes()), Err(SipError::Body));
        assert_eq!(frame(&vec![b'a'; MOST_HEAD + 4]), Err(SipError::Head));
    }

    #[test]
    fn what_is_no_response_is_refused() {
        let wrong = [
            ("SIP/2.0 200", "HTTP/1.1 200", SipError::NotSip),
            ("SIP/2.0 200", "SIP/2.0 99", SipError::NotSip),
            ("SIP/2.0 200", "SIP/2.0 2000", SipError::NotSip),
            ("v:", "z:", SipError::Header("Via")),
            (";branch=z9hG4bKb1 ,", ",", SipError::Header("Via")),
            ("CSeq:  7 ", "CSeq:  seven", SipError::Header("CSeq")),
            ("i: c1", "i:", SipError::Header("Call-ID")),
            ("i: c1", "i: c1\r\nCall-ID: c1", SipError::Header("Call-ID")),
        ];
        for (old, new, error) in wrong {
            assert_eq!(response(OK.replacen(old, new, 1).as_bytes()), Err(error), "{new}");
        }
        assert_eq!(response(b"SIP/2.0 200 OK\r\n"), Err(SipError::Head));
    }
}
