//! The way from a laptop to a phone service: a cable, a router, and beyond it names, SIP servers, a STUN server and
//! control pages, each a real program in a network namespace.

mod faults;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::mains::Mains;
use crate::netns::Netns;
use crate::process::{Process, read};

/// The two SIP servers.
pub const SIP: [&str; 2] = ["192.0.2.10", "192.0.2.11"];
const SIP_V6: &str = "2001:db8:2::10";
const STUN: &str = "192.0.2.20";
const NAMES: &str = "192.0.2.53";
const NAMES_V6: &str = "2001:db8:2::53";
const PAGES: &str = "192.0.2.80";
const PHONE: &str = include_str!("../outage/phone.cfg");
const START: Duration = Duration::from_secs(15);

/// What the names say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The truth: the service over UDP on the first server.
    Udp,
    /// The service over UDP on both servers.
    Both,
    /// The service over TCP.
    Tcp,
    /// The service over TLS.
    Tls,
    /// IPv6 addresses only.
    V6,
    /// An address at which nobody listens.
    Lie,
    /// That there is no such name.
    Nothing,
}

/// Certificates for a whole run, made once.
#[derive(Debug)]
pub struct Papers(TempDir);

impl Papers {
    /// An authority, a certificate of the service, and one of somebody else.
    ///
    /// # Errors
    /// When `openssl` refuses.
    pub fn new() -> Result<Self> {
        let folder = TempDir::new()?;
        let papers = Self(folder);
        let openssl =
            |words: &str| read(Command::new("openssl").args(words.split(' ')).current_dir(papers.0.path()));
        openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Lab",
        )?;
        for (name, domain) in
            [("own", "phone.example"), ("other", "other.example"), ("control", "control.example")]
        {
            openssl(&format!(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={domain}"
            ))?;
            fs::write(papers.0.path().join("san"), format!("subjectAltName=DNS:{domain}\n"))?;
            openssl(&format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out {name}.pem"
            ))?;
        }
        Ok(papers)
    }

    /// One of the files: `ca.pem`, `own.pem`, `own.key` and so on.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// The hosts of one case. Everything in it goes when it is dropped.
#[derive(Debug)]
pub struct Way<'a> {
    /// The laptop; its cable is `eth0`.
    pub laptop: Netns,
    /// The router: `lan` towards the laptop, `wan` beyond.
    pub router: Netns,
    /// Everything beyond.
    pub world: Netns,
    papers: &'a Papers,
    folder: TempDir,
    names: Option<Process>,
    phone: Option<Process>,
    mains: Option<Mains>,
    others: Vec<Process>,
}

impl<'a> Way<'a> {
    /// Builds it with nothing at work yet but STUN and the control pages.
    ///
    /// # Errors
    /// When the namespaces cannot be made or a program does not start.
    pub fn new(papers: &'a Papers, zone: Zone) -> Result<Self> {
        let (laptop, router, world) = (Netns::new("l")?, Netns::new("r")?, Netns::new("w")?);
        laptop.ip(&format!("link add eth0 type veth peer name lan netns {}", router.name()))?;
        world.ip(&format!("link add eth0 type veth peer name wan netns {}", router.name()))?;
        let v6 = zone == Zone::V6;
        if v6 {
            add(&laptop, "eth0", &["2001:db8:1::2/64"])?;
        } else {
            add(&laptop, "eth0", &["10.0.0.2/24"])?;
        }
        add(&router, "lan", &["10.0.0.1/24", "2001:db8:1::1/64"])?;
        add(&router, "wan", &["192.0.2.1/24", "2001:db8:2::1/64"])?;
        let own = [SIP[0], SIP[1], STUN, NAMES, PAGES].map(|address| format!("{address}/24"));
        let own: Vec<&str> =
            own.iter().map(String::as_str).chain(["2001:db8:2::10/64", "2001:db8:2::53/64"]).collect();
        add(&world, "eth0", &own)?;
        let routes = if v6 {
            [(&laptop, "2001:db8:1::1"), (&world, "2001:db8:2::1")]
        } else {
            [(&laptop, "10.0.0.1"), (&world, "192.0.2.1")]
        };
        for (host, gateway) in routes {
            host.ip(&format!("route add default via {gateway}"))?;
        }
        router.forward()?;
        read(router.command("sh").args(["-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"]))?;
        // Whoever is not privileged may ask with ICMP, as most distributions have it.
        read(laptop.command("sh").args(["-c", "echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range"]))?;
        let folder = TempDir::new()?;
        fs::write(
            folder.path().join("resolv.conf"),
            format!("nameserver {}\n", if v6 { NAMES_V6 } else { NAMES }),
        )?;
        let mut way = Self {
            laptop,
            router,
            world,
            papers,
            folder,
            names: None,
            phone: None,
            mains: None,
            others: Vec::new(),
        };
        way.stun()?;
        way.pages()?;
        way.say(zone)?;
        Ok(way)
    }

    /// The folder of logs and scratch files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The laptop's DNS configuration, to be mounted over the system's.
    #[must_use]
    pub fn resolv(&self) -> PathBuf {
        self.folder.path().join("resolv.conf")
    }

    /// The companion's configuration for this way.
    #[must_use]
    pub fn configuration(&self, uri: &str) -> String {
        format!(
            "[phone]\nservers = [\"{uri}\"]\nstun = \"{STUN}:3478\"\nportal = \"http://control.example/\"\nhttps = \"https://control.example/\"\nca_file = \"{}\"\n\n[log]\nlevel = \"debug\"",
            self.papers.file("ca.pem").display()
        )
    }

    /// Lets the names say that.
    ///
    /// # Errors
    /// When dnsmasq refuses.
    pub fn say(&mut self, zone: Zone) -> Result<()> {
        self.names = None;
        let [first, second] = SIP;
        let srv = |protocol: &str, port: u16, host: &str| {
            format!("srv-host=_{protocol}.phone.example,{host}.phone.example,{port},1,1\n")
        };
        let naptr = |service: &str, protocol: &str| {
            format!("naptr-record=phone.example,10,10,s,{service},,_{protocol}.phone.example\n")
        };
        let address = match zone {
            Zone::V6 => SIP_V6.to_owned(),
            Zone::Lie => "192.0.2.99".to_owned(),
            Zone::Udp | Zone::Both | Zone::Tcp | Zone::Tls | Zone::Nothing => first.to_owned(),
        };
        let service = match zone {
            Zone::Tcp => naptr("SIP+D2T", "sip._tcp") + &srv("sip._tcp", 5060, "a"),
            Zone::Tls => naptr("SIPS+D2T", "sips._tcp") + &srv("sips._tcp", 5061, "a"),
            Zone::Both => {
                naptr("SIP+D2U", "sip._udp") + &srv("sip._udp", 5060, "a") + &srv("sip._udp", 5060, "b")
            }
            Zone::Nothing => String::new(),
            Zone::Udp | Zone::V6 | Zone::Lie => naptr("SIP+D2U", "sip._udp") + &srv("sip._udp", 5060, "a"),
        };
        let hosts = if zone == Zone::Nothing {
            String::new()
        } else {
            format!("host-record=a.phone.example,{address}\nhost-record=b.phone.example,{second}\n")
        };
        let file = self.folder().join("names.conf");
        let text = format!(
            "no-resolv\nno-hosts\nno-daemon\nuser=root\npid-file=\nbind-interfaces\nlisten-address={NAMES},{NAMES_V6}\nexcept-interface=lo\nlocal=/example/\nhost-record=control.example,{PAGES}\nlocal-ttl=5\nauth-ttl=5\n{hosts}{service}"
        );
        fs::write(&file, text)?;
        let mut command = self.world.command("dnsmasq");
        command.arg("-C").arg(&file);
        let mut names = Process::start("names", &mut command, self.folder())?;
        let world = &self.world;
        names.wait_until("answering", START, || crate::proxy::is_open(world, 53))?;
        self.names = Some(names);
        Ok(())
    }

    /// Starts the phone service (anew): `answer` is what it does with OPTIONS, `paper` its certificate.
    ///
    /// # Errors
    /// When Kamailio refuses.
    pub fn serve(&mut self, answer: &str, paper: &str) -> Result<()> {
        self.hang_up();
        let [first, second] = SIP;
        let listen = format!(
            "listen=udp:{first}:5060\nlisten=udp:{second}:5060\nlisten=udp:[{SIP_V6}]:5060\nlisten=tcp:{first}:5060\nlisten=tls:{first}:5061\nenable_tls=yes"
        );
        let tls = format!(
            "loadmodule \"tls.so\"\nmodparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\nmodparam(\"tls\", \"certificate\", \"{}\")\nmodparam(\"tls\", \"private_key\", \"{}\")",
            self.papers.file(&format!("{paper}.pem")).display(),
            self.papers.file(&format!("{paper}.key")).display()
        );
        let file = self.folder().join("phone.cfg");
        fs::write(
            &file,
            PHONE.replace("@LISTEN@", &listen).replace("@TLS@", &tls).replace("@ANSWER@", answer),
        )?;
        let mut command = self.world.command("kamailio");
        command.args(["-DD", "-E", "-m", "16", "-M", "4", "-f"]).arg(&file);
        let mut phone = Process::start("phone", &mut command, self.folder())?;
        let world = &self.world;
        phone.wait_until("answering", START, || crate::proxy::is_open(world, 5060))?;
        self.phone = Some(phone);
        Ok(())
    }

    fn stun(&mut self) -> Result<()> {
        let base = self.folder().join("stun.db");
        let pid = self.folder().join("stun.pid");
        let mut command = self.world.command("turnserver");
        command.args([
            "-n",
            "--stun-only",
            "--no-tls",
            "--no-dtls",
            "--no-cli",
            "--log-file",
            "stdout",
            "-L",
            STUN,
            "-p",
            "3478",
        ]);
        command.arg("-b").arg(base).arg("--pidfile").arg(pid);
        let mut stun = Process::start("stun", &mut command, self.folder())?;
        let world = &self.world;
        stun.wait_until("answering", START, || crate::proxy::is_open(world, 3478))?;
        self.others.push(stun);
        Ok(())
    }

    fn pages(&mut self) -> Result<()> {
        let server = format!(
            "server {{ listen {PAGES}:80; location / {{ return 204; }} }}\nserver {{ listen {PAGES}:443 ssl; ssl_certificate {}; ssl_certificate_key {}; location / {{ return 200 ok; }} }}",
            self.papers.file("control.pem").display(),
            self.papers.file("control.key").display()
        );
        self.nginx("pages", false, &server)
    }

    fn nginx(&mut self, name: &str, on_router: bool, servers: &str) -> Result<()> {
        let folder = self.folder().join(name);
        fs::create_dir_all(&folder)?;
        let at = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {at}/{kind}; "))
            .concat();
        let text = format!(
            "user root; worker_processes 1; daemon off; pid {at}/pid; error_log {at}/error.log;\nevents {{}}\nhttp {{ access_log off; {temporary}\n{servers}\n}}\n"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, text)?;
        let host = if on_router { &self.router } else { &self.world };
        let mut command = host.command("nginx");
        command.arg("-c").arg(&file);
        let mut nginx = Process::start(name, &mut command, &folder)?;
        nginx.wait_until("serving", START, || folder.join("pid").exists())?;
        self.others.push(nginx);
        Ok(())
    }
}

fn add(host: &Netns, link: &str, addresses: &[&str]) -> Result<()> {
    ensure!(!addresses.is_empty(), "a host needs an address");
    for address in addresses {
        let nodad = if address.contains(':') { " nodad" } else { "" };
        host.ip(&format!("addr add {address} dev {link}{nodad}"))?;
    }
    host.ip(&format!("link set {link} up")).map(|_| ())
}
