//! What every case begins with: a laptop at a site, a registry, a companion, a display with a window manager.

use anyhow::{Context as _, Result};
use rightdoor_core::View;
use rightdoor_core::view::RegistryFacet;
use whole_system::companion::Companion;
use whole_system::lab::{Lab, REGISTRY};
use whole_system::process::{Process, read};
use whole_system::registry::Registry;
use whole_system::session::{PATIENCE, Session, until};
use whole_system::site::Site;

/// A building with two floors of desks, as an organisation's directory has it.
const OFFICE: &str = "\
id,label,single_floor,country,A1,A3,RD,STS,HNO,PC,BLD,FLR,SEAT
denver/b/2/2-101,Desk 2-101,no,US,CO,Denver,Wynkoop,Street,1700,80202,B,2,2-101
denver/b/2/2-102,Desk 2-102,no,US,CO,Denver,Wynkoop,Street,1700,80202,B,2,2-102
denver/b/5/5-111,Desk 5-111,no,US,CO,Denver,Wynkoop,Street,1700,80202,B,5,5-111
denver/b/5/5-112,Desk 5-112,no,US,CO,Denver,Wynkoop,Street,1700,80202,B,5,5-112
";

/// Everything a case needs; what was started ends with it.
pub struct Scene {
    // In this order they end: the windows' clients before the display, the companion before its network.
    pub companion: Companion,
    _manager: Process,
    pub session: Session,
    pub registry: Registry,
    pub site: Site,
    pub lab: Lab,
}

impl Scene {
    /// A companion that runs and knows nothing, and opens no windows by itself.
    pub fn new() -> Result<Self> {
        Self::with(|_, _| Ok(()))
    }

    /// The same, with something done before the companion starts.
    pub fn with(before: impl FnOnce(&mut Companion, &Session) -> Result<()>) -> Result<Self> {
        let mut lab = Lab::new()?;
        let registry = Registry::start(&lab.registry, REGISTRY, lab.folder())?;
        registry.import(OFFICE)?;
        let session = Session::begin(lab.folder())?;
        let manager = session.manager()?;
        let mut site = lab.site(1)?;
        lab.plug(&mut site)?;
        let mut companion = Companion::new(lab.folder(), &registry.authority())?;
        session.seat(&mut companion);
        before(&mut companion, &session)?;
        companion.on(&lab).start()?;
        Ok(Self { companion, _manager: manager, session, registry, site, lab })
    }

    /// Enrols, and confirms this place of the directory; returns when the registry gave it back equal.
    pub fn confirmed(&mut self, place: &str) -> Result<()> {
        self.companion.ctl(&["enrol", &self.registry.code()?, "--registry", self.registry.url()])?;
        self.companion.ctl(&["change", "--place", place])?;
        self.companion.eye()?.first(0, "registered", PATIENCE, equal).map(|_| ())
    }

    /// What a PBX is given now.
    pub fn held(&self) -> Result<String> {
        self.registry.held(&self.lab.pbx)
    }

    /// Waits until a PBX is given a location with this element's value.
    pub fn until_held(&self, element: &str) -> Result<()> {
        until(&format!("a PBX that is given {element}"), || Ok(self.held()?.contains(element)))
            .with_context(|| self.held().unwrap_or_default())
    }

    /// Whether a window of this title is on the display.
    pub fn window(&self, title: &str) -> bool {
        read(self.session.command("xdotool").args(["search", "--onlyvisible", "--name", title])).is_ok()
    }
}

/// Whether what was confirmed was accepted, read back equal and verified.
pub fn equal(view: &View) -> bool {
    matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. }) && view.standing.here.is_verified()
}
