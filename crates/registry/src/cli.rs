//! The command line. Exit codes: 0 done, 1 the answer is no (a broken chain), 2 wrong usage or
//! input, 3 could not do it now.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use rightdoor_location::lost::Identifier;
use rightdoor_registry::{
    Admin, AdminError, Clock, Cover, Credential, DatabaseUrl, Lost, Options, Rate, ServeError, Tls, serve,
};

use crate::told::{Signals, Told};

/// The emergency location registry of an organisation.
#[derive(Debug, Parser)]
#[command(name = "rightdoor-registry", version)]
pub struct Arguments {
    /// The database: sqlite:FILE (made if it is not there; ?mode=ro serves it unchanged).
    #[arg(
        long,
        global = true,
        env = "RIGHTDOOR_DATABASE_URL",
        default_value = "sqlite:rightdoor-registry.db"
    )]
    database_url: DatabaseUrl,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server until SIGTERM or SIGINT; SIGHUP reads the certificate again.
    Serve(Box<Serve>),
    /// Makes a one-time enrolment code.
    Code {
        /// The softphone identity: sip:user@domain or tel:+number.
        #[arg(long)]
        endpoint: String,
        /// The person it belongs to; the endpoint itself if left out.
        #[arg(long)]
        person: Option<String>,
        /// How long the code can be used: 30m, 24h, 7d.
        #[arg(long, default_value = "24h", value_parser = duration)]
        valid: Duration,
    },
    /// Makes a credential for a reader of the call path (PBX, SBC, proxy).
    Reader {
        /// The reader's name; a reader of this name gets a new credential.
        #[arg(long)]
        name: String,
        /// HTTP Basic instead of a bearer token.
        #[arg(long, conflicts_with = "certificate")]
        basic: bool,
        /// The certificate that it shows, a PEM file, instead of a token; see serve --client-ca.
        #[arg(long)]
        certificate: Option<PathBuf>,
    },
    /// Ends the tokens of a device that was lost; what it registered stays until its lease ends.
    Revoke {
        /// The endpoint it was enrolled for.
        #[arg(long)]
        endpoint: String,
        /// The device's name, as `report coverage` shows it.
        #[arg(long)]
        device: String,
    },
    /// Removes an endpoint and all that is kept about it.
    Forget {
        /// The endpoint.
        #[arg(long)]
        endpoint: String,
    },
    /// Copies the database into a new file; the server may run meanwhile.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Imports the directory of places from a CSV file, all of it or nothing.
    Import {
        /// The file.
        file: PathBuf,
        /// Remove the places that are not in the file.
        #[arg(long)]
        replace: bool,
    },
    /// Exports the directory of places as CSV.
    Export,
    /// What agents are told to do when VoIP cannot carry 911: nearest phones, security desk, muster point.
    #[command(subcommand)]
    Guidance(Guidance),
    /// Reports.
    #[command(subcommand)]
    Report(Report),
    /// The audit trail.
    #[command(subcommand)]
    Audit(Audit),
}

#[derive(Debug, Args)]
struct Serve {
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// The certificate chain, a PEM file.
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key, a PEM file.
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The authorities of readers that show a certificate instead of a token, a PEM file.
    #[arg(long, requires = "tls_cert")]
    client_ca: Option<PathBuf>,
    /// HTTP without TLS beyond this computer: only behind a proxy that ends TLS.
    #[arg(long)]
    plain_http: bool,
    /// The organisation's name, shown to agents at enrolment.
    #[arg(long, default_value = "Your organisation")]
    organisation: String,
    /// How long a record counts as attended after a sign of life.
    #[arg(long, default_value = "12h", value_parser = duration)]
    lease: Duration,
    /// How the phone system reaches this server, for location URIs: https://registry.example.com. What it sent its
    /// request to, if left out.
    #[arg(long, value_parser = public_url)]
    public_url: Option<String>,
    /// How long a location URI works, 30m to 24h.
    #[arg(long, default_value = "1h", value_parser = uri_lifetime)]
    uri_lifetime: Duration,
    /// This server's name in LoST answers: a domain name.
    #[arg(long, value_parser = lost_name)]
    lost_name: Option<Identifier>,
    /// Where emergency calls go, a SIP URI: LoST's answer for every location. Without it LoST answers notFound.
    #[arg(long, value_parser = lost_route)]
    lost_route: Option<String>,
    /// Another LoST server, asked what the directory does not decide: https://lvf.example.net/lost.
    #[arg(long, value_parser = public_url)]
    lost_upstream: Option<String>,
    /// Requests a second that each device token may make in the long run; 0 is without limit.
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
}

#[derive(Debug, Subcommand)]
enum Guidance {
    /// Checks a JSON file and replaces what was set, all of it or nothing.
    Set {
        /// The file.
        file: PathBuf,
    },
    /// Writes what is set.
    Show,
    /// Takes it back; what is built in holds then.
    Clear,
}

#[derive(Debug, Subcommand)]
enum Report {
    /// Who has read the notice of 911's limits, and when, as CSV.
    Advisories {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Who is covered now: attended, stale, unattended, without a location, never.
    Coverage {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Checks the hash chain; exit code 1 where it is broken.
    Verify,
    /// Writes every record as a line of JSON.
    Export,
}

/// The command or its input is wrong: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(String);

/// Runs a command.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { database_url, command } = arguments;
    let now = Clock::system().now();
    let mut out = std::io::stdout().lock();
    match command {
        Command::Serve(given) => {
            drop(out);
            return run_server(database_url, *given);
        }
        Command::Code { endpoint, person, valid } => {
            let code = Admin::open(&database_url)?.make_code(&endpoint, person.as_deref(), valid, now);
            writeln!(out, "{}", code.map_err(blame)?)?;
        }
        Command::Reader { name, certificate: Some(file), .. } => {
            let mark = Admin::open(&database_url)?.certify_reader(&name, &file, now).map_err(blame)?;
            writeln!(out, "{mark}")?;
        }
        Command::Reader { name, basic, certificate: None } => {
            match Admin::open(&database_url)?.make_reader(&name, basic, now).map_err(blame)? {
                Credential::Bearer(token) => writeln!(out, "{token}")?,
                Credential::Basic { user, password } => writeln!(out, "{user}:{password}")?,
            }
        }
        Command::Revoke { endpoint, device } => {
            let ended = Admin::open(&database_url)?.revoke(&endpoint, &device, now).map_err(blame)?;
            writeln!(out, "{ended} tokens ended")?;
            return Ok(ExitCode::from(u8::from(ended == 0)));
        }
        Command::Forget { endpoint } => {
            let known = Admin::open(&database_url)?.forget(&endpoint, now).map_err(blame)?;
            writeln!(out, "{}", if known { "forgotten" } else { "there is no such endpoint" })?;
            return Ok(ExitCode::from(u8::from(!known)));
        }
        Command::Backup { file } => Admin::open(&database_url)?.backup(&file).with_context(|| {
            format!("no backup in {}; name a new file in a folder that can be written", file.display())
        })?,
        Command::Import { file, replace } => {
            let input = File::open(&file)
                .map_err(|error| Usage(format!("cannot read {}: {error}", file.display())))?;
            let count = Admin::open(&database_url)?.import(input, replace, now).map_err(blame)?;
            writeln!(out, "{count} places imported")?;
        }
        Command::Export => Admin::open(&database_url)?.export(&mut out).map_err(blame)?,
        Command::Guidance(Guidance::Set { file }) => {
            let document = std::fs::read(&file)
                .map_err(|error| Usage(format!("cannot read {}: {error}", file.display())))?;
            Admin::open(&database_url)?.set_guidance(Some(&document), now).map_err(blame)?;
            writeln!(out, "guidance set")?;
        }
        Command::Guidance(Guidance::Show) => {
            out.write_all(&Admin::open(&database_url)?.guidance().map_err(blame)?)?;
        }
        Command::Guidance(Guidance::Clear) => {
            Admin::open(&database_url)?.set_guidance(None, now).map_err(blame)?;
            writeln!(out, "guidance cleared")?;
        }
        Command::Report(Report::Advisories { json: false }) => {
            Admin::open(&database_url)?.advised_csv(&mut out).map_err(blame)?;
        }
        Command::Report(Report::Advisories { json: true }) => {
            let rows = Admin::open(&database_url)?.advised().map_err(blame)?;
            writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        }
        Command::Report(Report::Coverage { json }) => {
            let rows = Admin::open(&database_url)?.coverage(now).map_err(blame)?;
            if json {
                writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
            } else {
                coverage(&rows, &mut out)?;
            }
        }
        Command::Audit(Audit::Export) => Admin::open(&database_url)?.export_audit(&mut out).map_err(blame)?,
        Command::Audit(Audit::Verify) => match Admin::open(&database_url)?.verify_audit().map_err(blame)? {
            Ok((length, head)) => writeln!(out, "{length} records, chain whole, head {head}")?,
            Err(broken) => {
                writeln!(out, "the audit trail is broken: {broken}")?;
                return Ok(ExitCode::from(1));
            }
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells wrong input from a fault.
fn blame(error: AdminError) -> anyhow::Error {
    let usage = match &error {
        AdminError::Endpoint(_)
        | AdminError::Name(_)
        | AdminError::Certificate { .. }
        | AdminError::Guidance(_)
        | AdminError::Csv(_) => true,
        AdminError::Refused(refused) => refused.status.is_client_error(),
        AdminError::Open(_)
        | AdminError::Randomness(_)
        | AdminError::Output(_)
        | AdminError::CsvOutput(_) => false,
    };
    if usage { Usage(error.to_string()).into() } else { error.into() }
}

fn coverage(rows: &[rightdoor_registry::Row], out: &mut impl std::io::Write) -> std::io::Result<()> {
    let word = |cover| match cover {
        Cover::Attended => "attended",
        Cover::Stale => "stale",
        Cover::Unattended => "unattended",
        Cover::Without => "without",
        Cover::Never => "never",
    };
    for row in rows {
        writeln!(out, "{:<10}  {}  {}  {}", word(row.cover), row.endpoint, row.person, row.device)?;
    }
    let all = [Cover::Attended, Cover::Stale, Cover::Unattended, Cover::Without, Cover::Never];
    let counts =
        all.map(|cover| format!("{} {}", rows.iter().filter(|row| row.cover == cover).count(), word(cover)));
    writeln!(out, "{}", counts.join(", "))
}

fn run_server(database: DatabaseUrl, given: Serve) -> anyhow::Result<ExitCode> {
    let clients = given.client_ca;
    let tls = given.tls_cert.zip(given.tls_key).map(|(certificate, key)| Tls { certificate, key, clients });
    let options = Options {
        listen: given.listen,
        tls,
        plain_http: given.plain_http,
        organisation: given.organisation,
        lease: given.lease,
        lost: Lost { name: given.lost_name, route: given.lost_route, upstream: given.lost_upstream },
        public_url: given.public_url,
        uri_lifetime: given.uri_lifetime,
        token_rate: Rate { per_second: given.rate, burst: given.rate * 10.0 },
        ..Options::new(database)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let mut running = serve(options).await.map_err(|error| match error {
            ServeError::PlainHttp(_) | ServeError::Upstream { .. } => {
                anyhow::Error::from(Usage(error.to_string()))
            }
            ServeError::Database(_)
            | ServeError::Randomness(_)
            | ServeError::Tls { .. }
            | ServeError::Clients { .. }
            | ServeError::Listen { .. } => error.into(),
        })?;
        writeln!(std::io::stdout(), "{}", running.url()).context("cannot say where it listens")?;
        loop {
            tokio::select! {
                told = signals.next() => match told {
                    Told::End => break,
                    Told::Renew => match running.reload() {
                        Ok(()) => tracing::info!("certificate read again"),
                        Err(error) => tracing::error!(%error, "the certificate in use stays"),
                    },
                },
                () = running.ended() => anyhow::bail!("the server ended by itself; see the log"),
            }
        }
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let fix = || format!("{text:?} is not a duration; write a number with s, m, h or d, such as 24h");
    let unit = text.chars().last().ok_or_else(fix)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(fix()),
    };
    let number: u64 = text.trim_end_matches(unit).parse().map_err(|_| fix())?;
    number.checked_mul(seconds).filter(|seconds| *seconds > 0).map(Duration::from_secs).ok_or_else(fix)
}

/// RFC 5985 section 6.5.1: long enough for a call, short enough to forget.
fn uri_lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text)?;
    let allowed = Duration::from_secs(30 * 60)..=Duration::from_secs(24 * 60 * 60);
    if allowed.contains(&lifetime) { Ok(lifetime) } else { Err("write 30m to 24h".to_owned()) }
}

fn public_url(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]%".contains(c);
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && rest.chars().all(plain) => Ok(text.to_owned()),
        Some(_) | None => Err("write a URL such as https://registry.example.com".to_owned()),
    }
}

fn lost_name(text: &str) -> Result<Identifier, String> {
    Identifier::new(text).ok_or_else(|| "write a domain name such as lvf.example.com".to_owned())
}

fn lost_route(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_graphic() && !"<>\"\\^`{|}".contains(c);
    let rest = ["sip:", "sips:", "tel:"].iter().find_map(|scheme| text.strip_prefix(scheme));
    match rest {
        Some(rest) if !rest.is_empty() && rest.chars().all(plain) => Ok(text.to_owned()),
        Some(_) | None => Err("write a URI such as sip:911@sbc.example.com".to_owned()),
    }
}
