//! The agent at work: moves, says where, and calls 911.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rightdoor_core::View;
use rightdoor_core::view::{Here, RegistryFacet};
use rightdoor_location::{CivicAddress, Content, Element};
use whole_system::call::{self, Arrived, FarEnd};
use whole_system::companion::Companion;
use whole_system::eye::{Eye, Seen};
use whole_system::figures::Times;
use whole_system::lab::{Lab, REGISTRY};
use whole_system::proxy::Proxy;
use whole_system::registry::{ROUTE, Registry};
use whole_system::site::{Site, house};

/// How long a move may take to be seen and settled, and a registration to be read back.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Lab, registry, proxy, far end and companion, and what was measured.
pub struct Office {
    pub companion: Companion,
    pub eye: Eye,
    pub registry: Registry,
    pub proxy: Proxy,
    pub far: FarEnd,
    pub lab: Lab,
    /// Where the laptop is plugged in.
    pub site: Option<Site>,
    /// What the agent confirmed last.
    pub confirmed: CivicAddress,
    pub calls: u32,
    /// From the moment that the registry took the write up to the call's arrival at the far end.
    pub arriving: Times,
}

/// The address of a place, with other elements on every floor, and letters that XML must escape.
pub fn address(number: u8) -> CivicAddress {
    let always = [
        (Element::Country, "US".to_owned()),
        (Element::A1, "CO".to_owned()),
        (Element::A3, "Denver".to_owned()),
        (Element::RD, "Blake".to_owned()),
        (Element::STS, "Street".to_owned()),
        (Element::HNO, house(number)),
        (Element::PC, "80202".to_owned()),
        (Element::FLR, (number % 7 + 1).to_string()),
    ];
    let sometimes = [
        (Element::BLD, format!("Tower {number}")),
        (Element::ROOM, format!("{number}12")),
        (Element::SEAT, format!("D-{number}")),
        (Element::LOC, "Café & \"north\" stairs <east>".to_owned()),
        (Element::A2, "Denver County".to_owned()),
    ];
    let chosen = sometimes.into_iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
    let all = always.into_iter().chain(chosen.map(|(_, pair)| pair));
    all.fold(CivicAddress::new(), |address, (element, value)| address.with(element, &value))
}

/// Element by element, as text.
fn elements(address: &CivicAddress) -> BTreeMap<String, String> {
    address.iter().map(|(element, value)| (element.name().to_owned(), value.to_owned())).collect()
}

/// Whether the registry was read back equal, and holds this.
pub fn holds(view: &View, wanted: &Content) -> bool {
    let held = view.standing.registered.as_ref().map(|record| &record.content);
    matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. }) && held == Some(wanted)
}

/// Whether the new network was looked at, and is not one that the companion trusts.
pub fn is_lost(view: &View) -> bool {
    matches!(view.standing.here, Here::NotVerified { .. })
}

impl Office {
    /// Everything started, the agent enrolled, the laptop plugged in nowhere known.
    pub fn open() -> Result<Self> {
        let mut lab = Lab::new()?;
        let mut site = lab.site(199)?;
        lab.plug(&mut site)?;
        let registry = Registry::start(&lab.registry, REGISTRY, lab.folder())?;
        registry.import(&places()?)?;
        let far = FarEnd::start(&lab)?;
        let proxy = Proxy::start(&lab, &registry)?;
        let companion = Companion::on_laptop(&lab, &registry.authority())?;
        let eye = companion.eye()?;
        companion.ctl(&["enrol", &registry.code()?, "--registry", registry.url()])?;
        let (confirmed, arriving) = Default::default();
        let site = Some(site);
        Ok(Self { companion, eye, registry, proxy, far, lab, site, confirmed, calls: 0, arriving })
    }

    /// Carries the laptop to another site and waits until that was looked at.
    pub fn move_to(&mut self, mut site: Site) -> Result<()> {
        let mark = self.eye.mark();
        // The cable leaves before the site goes: with it the other end would go as well.
        self.lab.unplug()?;
        self.lab.plug(&mut site)?;
        self.site = Some(site);
        let began = self
            .eye
            .first(mark, "checking", PATIENCE, |view| matches!(view.standing.here, Here::Checking { .. }))?;
        let mark = self.eye.seen.iter().position(|seen| seen.at == began.at).unwrap_or(mark);
        self.eye.first(mark, "the move", PATIENCE, is_lost).map(drop)
    }

    /// One move: carried to a new site, said by the agent, called, compared.
    pub fn move_and_call(&mut self, number: u8) -> Result<()> {
        self.move_to(self.lab.site(number)?)?;
        let was_called = self.calls > 0;
        let mark = self.eye.mark();
        if !was_called {
            self.eye.first(mark.saturating_sub(1), "a prompt", PATIENCE, |view| view.prompt.is_some())?;
        }
        let act = if was_called { "change" } else { "answer" };
        let wanted = address(number);
        // From the organisation's directory, and typed by hand.
        if number % 2 == 1 {
            self.companion.ctl(&[act, "--place", &place(number)])?;
        } else {
            let file = self.lab.folder().join("here.json");
            fs::write(&file, serde_json::json!({ "location": wanted }).to_string())?;
            self.companion.ctl(&[act, "--address", &file.to_string_lossy()])?;
        }
        self.confirmed = wanted;
        self.wait_held(mark, &Content::Located(self.confirmed.clone()))?;
        let arrived = self.call()?;
        self.is_as_confirmed(&arrived)?;
        let accepted = self.last("registered")?;
        let late = arrived.at.saturating_sub(accepted["at"].as_i64().context("no time")?);
        self.arriving
            .push(Duration::from_millis(u64::try_from(late).context("it came before it was accepted")?));
        self.is_recorded(&accepted)?;
        // The call path has proved this revision, and nobody is asked anything on their own now.
        let proved = self.eye.first(mark, "proof by the call", PATIENCE, |view| view.standing.proved)?;
        ensure!(proved.view.frozen, "an emergency call, and no freeze: {:#?}", proved.view);
        let asked = self.eye.since(mark).iter().find(|seen| seen.view.prompt.is_some() && seen.view.frozen);
        ensure!(!was_called || asked.is_none(), "asked during an emergency: {asked:#?}");
        Ok(())
    }

    pub fn wait_held(&mut self, mark: usize, wanted: &Content) -> Result<Seen> {
        self.eye.first(mark, "the registration", PATIENCE, |view| holds(view, wanted))
    }

    /// Calls 911.
    pub fn call(&mut self) -> Result<Arrived> {
        self.calls += 1;
        let arrived = self.far.is_called(&self.lab)?;
        ensure!(self.proxy.was_told(&arrived.id).is_some(), "the proxy did not ask for {}", arrived.id);
        Ok(arrived)
    }

    /// Compares what arrived with what was confirmed, field for field.
    pub fn is_as_confirmed(&self, arrived: &Arrived) -> Result<()> {
        let (wanted, found) =
            (elements(&self.confirmed), arrived.address().with_context(|| self.proxy.log())?);
        ensure!(found == wanted, "confirmed {wanted:#?}\narrived {found:#?}");
        let routed = self.proxy.said("route", &arrived.id);
        ensure!(routed == Some((200, ROUTE.to_owned())), "LoST sent it to {routed:?}: {}", self.proxy.log());
        // The proxy could fetch by reference, and so can whoever takes the call, with nothing but the URI.
        let (code, _) = self.proxy.said("by reference", &arrived.id).context("not fetched by reference")?;
        ensure!(code == 202, "{code} by reference: {}", self.proxy.log());
        let uri = arrived.reference.as_deref().context("no location URI")?;
        let found = call::address_in(&self.registry.dereference(&self.lab.pbx, uri)?)?;
        ensure!(found == wanted, "confirmed {wanted:#?}\nby reference {found:#?}");
        Ok(())
    }

    /// The latest record of that kind in the registry's audit trail.
    pub fn last(&self, kind: &str) -> Result<serde_json::Value> {
        let found = self.registry.audit()?.into_iter().rfind(|entry| entry["kind"] == kind);
        found.context(format!("nothing {kind} in the registry's trail"))
    }

    /// The registry wrote down that the revision of this registration was given out for an emergency.
    fn is_recorded(&mut self, registered: &serde_json::Value) -> Result<()> {
        let facts = |entry: &serde_json::Value| -> Result<serde_json::Value> {
            Ok(serde_json::from_str(entry["facts"].as_str().context("no facts")?)?)
        };
        let (fetched, registered) = (facts(&self.last("fetched")?)?, facts(registered)?);
        ensure!(fetched["emergency"] == true, "no emergency: {fetched}");
        ensure!(fetched["revision"] == registered["revision"], "{fetched} for {registered}");
        Ok(())
    }
}

/// The id of a place with its floor and desk.
pub fn place(number: u8) -> String {
    format!("denver/room-{number}")
}

fn places() -> Result<String> {
    let columns: Vec<Element> =
        Element::ALL.into_iter().filter(|e| (1..=31).any(|n| address(n).get(*e).is_some())).collect();
    let mut csv = String::from("id,label,single_floor");
    for column in &columns {
        write!(csv, ",{}", column.name())?;
    }
    for number in 1..=40 {
        write!(csv, "\n{},Room {number},no", place(number))?;
        for column in &columns {
            write!(csv, ",\"{}\"", address(number).get(*column).unwrap_or_default().replace('"', "\"\""))?;
        }
    }
    csv.push('\n');
    Ok(csv)
}
