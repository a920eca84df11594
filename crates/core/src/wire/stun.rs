//! The binding request of STUN (RFC 8489), and its answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Tells STUN from anything else (section 5).
const COOKIE: u32 = 0x2112_A442;
const HEADER: usize = 20;
const REQUEST: u16 = 0x0001;
const SUCCESS: u16 = 0x0101;
const ERROR: u16 = 0x0111;
const MAPPED: u16 = 0x0001;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
const XOR_MAPPED: u16 = 0x0020;
const FINGERPRINT: u16 = 0x8028;
/// Attributes that must be understood, and that a binding answer may hold without our needing them:
/// USERNAME, MESSAGE-INTEGRITY, REALM, NONCE, MESSAGE-INTEGRITY-SHA256, USERHASH, PASSWORD-ALGORITHM and
/// the old CHANGED-ADDRESS, SOURCE-ADDRESS, REFLECTED-FROM (RFC 3489).
const HARMLESS: [u16; 10] = [0x0004, 0x0005, 0x0006, 0x0008, 0x000B, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E];

/// What makes one request: 96 bits of chance.
pub type Transaction = [u8; 12];

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StunError {
    /// It is no STUN message, or cut short.
    #[error("it is no STUN message")]
    NotStun,
    /// It answers another request.
    #[error("it answers another request")]
    Foreign,
    /// Its FINGERPRINT does not fit (section 14.7).
    #[error("its fingerprint does not fit")]
    Damaged,
    /// It holds an attribute that must be understood and is not (section 14).
    #[error("it holds attribute {0:#06x}, which must be understood")]
    Unknown(u16),
    /// The server refuses, with this code (section 14.8).
    #[error("the server refuses: {0}")]
    Refused(u16),
    /// It does not say the address.
    #[error("it names no address")]
    NoAddress,
}

/// A binding request (section 2).
#[must_use]
pub fn request(transaction: Transaction) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..2].copy_from_slice(&REQUEST.to_be_bytes());
    bytes[4..8].copy_from_slice(&COOKIE.to_be_bytes());
    bytes[8..].copy_from_slice(&transaction);
    bytes
}

/// Reads the answer to the request of that transaction: the address that the server saw.
///
/// # Errors
/// [`StunError`]; whatever is not the answer to this very request is none.
pub fn answer(bytes: &[u8], transaction: Transaction) -> Result<SocketAddr, StunError> {
    let head = bytes.get(..HEADER).ok_or(StunError::NotStun)?;
    let length = usize::from(short(head, 2).ok_or(StunError::NotStun)?);
    let body = bytes.get(HEADER..).filter(|body| body.len() == length && length.is_multiple_of(4));
    let body = body.ok_or(StunError::NotStun)?;
    if head[0] & 0xC0 != 0 || head[4..8] != COOKIE.to_be_bytes() {
        return Err(StunError::NotStun);
    }
    if head[8..] != transaction {
        return Err(StunError::Foreign);
    }
    let kind = short(head, 0).filter(|kind| [SUCCESS, ERROR].contains(kind)).ok_or(StunError::Foreign)?;
    let (mut mapped, mut xored, mut refused) = (None, None, None);
    let mut at = 0;
    while at < body.len() {
        let (name, size) = short(body, at).zip(short(body, at + 2)).ok_or(StunError::NotStun)?;
        let value = body.get(at + 4..at + 4 + usize::from(size)).ok_or(StunError::NotStun)?;
        match name {
            XOR_MAPPED => xored = address(value).map(|address| unmasked(address, transaction)),
            MAPPED => mapped = address(value),
            ERROR_CODE => {
                refused = value.get(2..4).map(|code| u16::from(code[0] & 7) * 100 + u16::from(code[1]))
            }
            FINGERPRINT => fingerprint_fits(bytes, HEADER + at, value)?,
            UNKNOWN_ATTRIBUTES => {}
            unknown if unknown < 0x8000 && !HARMLESS.contains(&unknown) => {
                return Err(StunError::Unknown(unknown));
            }
            _ => {}
        }
        at += 4 + usize::from(size).next_multiple_of(4);
    }
    if kind == ERROR {
        return Err(StunError::Refused(refused.unwrap_or_default()));
    }
    xored.or(mapped).ok_or(StunError::NoAddress)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]]))
}

fn address(value: &[u8]) -> Option<SocketAddr> {
    let port = short(value, 2)?;
    let ip = match value.get(1)? {
        1 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(value.get(4..)?).ok()?)),
        2 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(value.get(4..)?).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// XOR-MAPPED-ADDRESS is written over the cookie and the transaction (section 14.2).
fn unmasked(address: SocketAddr, transaction: Transaction) -> SocketAddr {
    let [high, low, ..] = COOKIE.to_be_bytes();
    let port = address.port() ^ u16::from_be_bytes([high, low]);
    let ip = match address.ip() {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from(u32::from(ip) ^ COOKIE)),
        IpAddr::V6(ip) => {
            let mut mask = [0; 16];
            mask[..4].copy_from_slice(&COOKIE.to_be_bytes());
            mask[4..].copy_from_slice(&transaction);
            IpAddr::V6(Ipv6Addr::from(u128::from(ip) ^ u128::from_be_bytes(mask)))
        }
    };
    SocketAddr::new(ip, port)
}

/// FINGERPRINT is the last attribute: the CRC-32 of all before it, over `STUN` (section 14.7).
fn fingerprint_fits(bytes: &[u8], at: usize, value: &[u8]) -> Result<(), StunError> {
    let before = bytes.get(..at).ok_or(StunError::NotStun)?;
    let sum = crc(before) ^ 0x5354_554E;
    let is_last = bytes.len() == at + 8;
    if is_last && value == sum.to_be_bytes() { Ok(()) } else { Err(StunError::Damaged) }
}

/// CRC-32 (ITU-T V.42): small, and met once in a probe.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    const TRANSACTION: Transaction = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect()
    }

    /// RFC 5769, section 2.2.
    fn over_ipv4() -> Vec<u8> {
        hex("0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
             00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96")
    }

    #[test]
    fn the_vectors_of_rfc_5769_are_read() {
        let address = answer(&over_ipv4(), TRANSACTION).unwrap();
        assert_eq!(address, "192.0.2.1:32853".parse().unwrap());
        // Section 2.3.
        let over_ipv6 = hex("01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147
             0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c");
        let address = answer(&over_ipv6, TRANSACTION).unwrap();
        assert_eq!(address, "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap());
    }

    #[test]
    fn any_changed_byte_and_any_shorter_message_is_refused() {
        let good = over_ipv4();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            // With another name the fingerprint is none, and there need not be one.
            let is_its_name = (good.len() - 8..good.len() - 6).contains(&at);
            assert!(is_its_name || answer(&bad, TRANSACTION).is_err(), "byte {at}");
            assert!(answer(&good[..at], TRANSACTION).is_err(), "length {at}");
        }
        assert_eq!(answer(&good, [0; 12]), Err(StunError::Foreign));
    }

    #[test]
    fn a_request_is_twenty_bytes_and_no_answer() {
        let request = request(TRANSACTION);
        assert_eq!(request[..8], hex("00010000 2112a442"));
        assert_eq!(answer(&request, TRANSACTION), Err(StunError::Foreign));
    }

    #[test]
    fn a_refusal_says_its_code() {
        let refusal = hex("01110008 2112a442 b7e7a701 bc34d686 fa87dfae 00090004 00000401");
        assert_eq!(answer(&refusal, TRANSACTION), Err(StunError::Refused(401)));
        let unknown = hex("01010004 2112a442 b7e7a701 bc34d686 fa87dfae 70000000");
        assert_eq!(answer(&unknown, TRANSACTION), Err(StunError::Unknown(0x7000)));
    }
}
