//! An agent's day: confirmed at home, carried to a new site, back home, and so on.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rightdoor_core::view::{Here, RegistryFacet};
use rightdoor_core::{View, words};
use whole_system::companion::Companion;
use whole_system::eye::Eye;
use whole_system::figures::Times;
use whole_system::lab::{Lab, REGISTRY};
use whole_system::registry::Registry;
use whole_system::site::{Site, house, place};

/// The deadline from the last hint to the prompt.
const PROMPT: Duration = Duration::from_secs(10);
/// How long a registration may take on a network that works.
const REGISTERED: Duration = Duration::from_secs(10);

/// Lab, registry and companion, and what was measured.
pub struct Day {
    pub companion: Companion,
    pub eye: Eye,
    pub home: Site,
    pub lab: Lab,
    registry: Registry,
    /// From just before the cable was pulled to *checking*.
    pub checking: Times,
    /// From the new lease to the prompt.
    pub prompted: Times,
    /// From the answer to the hero that shows it.
    pub registered: Times,
}

/// Whether the hero sentence gives this house as the registered one. It may name another beside it ("The registry
/// still has … You confirmed …: tell the dispatcher …").
fn shows(view: &View, house: &str) -> bool {
    let now = view.standing.read_at.unwrap_or_default();
    let hero = words::hero(view, now).sentence();
    let registered = [" You confirmed ", " You last confirmed "]
        .iter()
        .fold(&*hero, |text, beside| text.split(beside).next().unwrap_or_default());
    registered.contains(&format!("{house} "))
}

fn is_read_back(view: &View) -> bool {
    matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. })
}

pub fn is_checking(view: &View) -> bool {
    matches!(view.standing.here, Here::Checking { .. })
}

impl Day {
    /// Enrols the agent and confirms the first location, at home.
    pub fn begin() -> Result<Self> {
        let mut lab = Lab::new()?;
        let mut home = lab.site(1)?;
        lab.plug(&mut home)?;
        let registry = Registry::start(&lab.registry, REGISTRY, lab.folder())?;
        let companion = Companion::on_laptop(&lab, &registry.authority())?;
        let eye = companion.eye()?;
        let (checking, prompted, registered) = Default::default();
        let mut day = Self { companion, eye, home, lab, registry, checking, prompted, registered };
        day.companion.ctl(&["enrol", &day.registry.code()?, "--registry", day.registry.url()])?;
        let mark = day.eye.mark();
        day.companion.ctl(&["change", "--place", &place(1)])?;
        day.wait_registered(mark, 1)?;
        Ok(day)
    }

    /// Carries the laptop to a site that it has not seen before, and answers the question there.
    pub fn go_somewhere_new(&mut self, number: u8) -> Result<()> {
        let mut site = self.lab.site(number)?;
        let mark = self.eye.mark();
        let moved = self.lab.plug(&mut site)?;
        let checking = self.eye.first(mark, "checking", Duration::from_secs(2), is_checking)?;
        self.checking.push(checking.at - moved.began);
        let asked = self.eye.first(mark, "a prompt", PROMPT, |view| view.prompt.is_some())?;
        self.prompted.push(asked.at.saturating_duration_since(moved.settled));
        let before = self.eye.mark();
        // What is still under way when the cable is pulled (the PBX's fetch is told to the companion) may arrive first.
        for seen in self.eye.since(mark).iter().filter(|seen| seen.at >= checking.at) {
            ensure!(
                !seen.view.standing.here.is_verified(),
                "called current on an unknown network: {:#?}",
                seen.view
            );
            ensure!(shows(&seen.view, &house(1)), "the hero changed before the answer: {:#?}", seen.view);
        }
        let answered = Instant::now();
        self.companion.ctl(&["answer", "--place", &place(number)])?;
        let shown = self.wait_registered(before, number)?;
        self.registered.push(shown - answered);
        let mut prompts: Vec<_> = self
            .eye
            .since(mark)
            .iter()
            .filter_map(|seen| seen.view.prompt.as_ref())
            .map(|prompt| prompt.id)
            .collect();
        prompts.dedup();
        ensure!(prompts.len() == 1, "one move, these prompts: {prompts:?}");
        // The cable leaves before the site goes: with it the other end would go as well.
        self.lab.unplug()
    }

    /// Carries the laptop home; nobody is asked anything.
    pub fn go_home(&mut self) -> Result<()> {
        let mark = self.eye.mark();
        self.lab.plug(&mut self.home)?;
        self.wait_registered(mark, 1)?;
        let now = self.eye.now()?;
        ensure!(matches!(now.standing.here, Here::Recognised { .. }), "home was not recognised: {now:#?}");
        self.nobody_was_asked(mark, "coming home")
    }

    /// Waits until the hero shows the address of that site and the PBX is given it, and checks that the hero did not
    /// show it before it was read back equal. Gives the instant at which it was shown.
    fn wait_registered(&mut self, mark: usize, number: u8) -> Result<Instant> {
        let house = house(number);
        let shown = self.eye.first(mark, "the new address", REGISTERED, |view| {
            shows(view, &house) && is_read_back(view) && view.standing.here.is_verified()
        })?;
        for seen in self.eye.since(mark).iter().filter(|seen| shows(&seen.view, &house)) {
            ensure!(is_read_back(&seen.view), "shown before it was read back: {:#?}", seen.view);
        }
        let held = self.registry.held(&self.lab.pbx)?;
        ensure!(held.contains(&format!(">{house}<")), "the PBX is given {held}");
        // The call path has fetched this very revision: the registry tells the companion, which may say more than before.
        self.eye.first(mark, "proof by the call path", REGISTERED, |view| {
            shows(view, &house) && view.standing.proved
        })?;
        // Once more, and the cable is pulled while what that causes is under way.
        self.registry.held(&self.lab.pbx)?;
        Ok(shown.at)
    }

    /// Checks that no prompt was open since the mark.
    pub fn nobody_was_asked(&self, mark: usize, when: &str) -> Result<()> {
        let asked = self.eye.since(mark).iter().find(|seen| seen.view.prompt.is_some());
        ensure!(asked.is_none(), "{when}: {asked:#?}");
        Ok(())
    }
}
