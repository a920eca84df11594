//! What the call path is given when the location is not simply the one confirmed here: and that the call always goes
//! through.

use anyhow::{Context, Result, ensure};
use rightdoor_location::record::Attendance;
use rightdoor_location::{Content, Element};
use whole_system::call::Arrived;
use whole_system::figures::millis;
use whole_system::lab::ADAPTER;

use crate::office::{Office, PATIENCE, address, place};

/// What is played here.
pub const NAMES: [&str; 6] =
    ["by address", "stale", "unattended", "travelling", "withdrawn", "registry hangs"];

/// What was measured.
pub struct States {
    /// How long a call took while the registry hung.
    pub hanging: f64,
}

/// Plays every state.
pub fn all(office: &mut Office) -> Result<States> {
    by_address(office)?;
    stale(office)?;
    unattended(office)?;
    travelling(office)?;
    withdrawn(office)?;
    let hanging = hanging(office)?;
    Ok(States { hanging })
}

/// A PBX that knows only the computer's addresses is given the same, and nothing for those of a computer that is not
/// there.
fn by_address(office: &mut Office) -> Result<()> {
    let here = office.lab.address()?;
    for identity in [format!("<ip v=\"4\">{here}</ip>"), format!("<mac>{ADAPTER}</mac>")] {
        let given = office.registry.held_by(&office.lab.pbx, &identity)?;
        let house = office.confirmed.get(Element::HNO).context("no house number")?;
        ensure!(given.contains(&format!(">{house}</")), "{identity}: {given}");
    }
    for nobody in ["<ip v=\"4\">10.9.9.9</ip>", "<mac>02-00-00-00-00-01</mac>"] {
        let given = office.registry.held_by(&office.lab.pbx, nobody)?;
        ensure!(given.contains("\"locationUnknown\""), "{nobody}: {given}");
    }
    Ok(())
}

/// Moved for certain, and no answer: the last location, and when it was confirmed.
fn stale(office: &mut Office) -> Result<()> {
    let before = office.call()?;
    office.move_to(office.lab.site(150)?)?;
    let mark = office.eye.mark().saturating_sub(1);
    office.eye.first(mark, "stale at the registry", PATIENCE, |view| {
        view.standing.registered.as_ref().is_some_and(|record| record.attendance == Attendance::Stale)
    })?;
    ensure!(office.registry.cover()? == "stale", "{}", office.registry.cover()?);
    still_says_when(office, &before)
}

/// The companion has left: the same.
fn unattended(office: &mut Office) -> Result<()> {
    let before = office.call()?;
    office.companion.stop();
    ensure!(office.registry.cover()? == "unattended", "{}", office.registry.cover()?);
    still_says_when(office, &before)?;
    let given = office.registry.held_by(&office.lab.pbx, &format!("<mac>{ADAPTER}</mac>"))?;
    ensure!(given.contains("\"locationUnknown\""), "an adapter that nobody speaks for any more: {given}");
    office.companion.start()?;
    office.eye = office.companion.eye()?;
    Ok(())
}

fn still_says_when(office: &mut Office, before: &Arrived) -> Result<()> {
    let arrived = office.call()?;
    office.is_as_confirmed(&arrived)?;
    ensure!(
        arrived.confirmed_at()? == before.confirmed_at().with_context(|| office.proxy.log())?,
        "another time: {arrived:?}"
    );
    Ok(())
}

fn travelling(office: &mut Office) -> Result<()> {
    let uri = office.call()?.reference.context("no location URI")?;
    let mark = office.eye.mark();
    office.companion.ctl(&["change", "--travelling"])?;
    office.wait_held(mark, &Content::NoFixedAddress)?;
    let fetched = office.registry.dereference(&office.lab.pbx, &uri)?;
    ensure!(fetched.contains("\"locationUnknown\""), "a location URI outlives its location: {fetched}");
    without_location(office, "locationUnknown").map(drop)
}

/// Back at a place that deserves a question, no answer, and a policy that takes the location back.
fn withdrawn(office: &mut Office) -> Result<()> {
    office.companion.stop();
    office.companion.configure(
        "[policy]\nemergency_freeze = \"0s\"\nsnooze = \"1s\"\nweak_evidence_holds = \"1s\"\nwithdraw = \"after_certain_move\"",
    )?;
    office.companion.start()?;
    office.eye = office.companion.eye()?;
    for number in [161, 162] {
        office.move_to(office.lab.site(number)?)?;
        let mark = office.eye.mark();
        office.companion.ctl(&["change", "--place", &place(number - 130)])?;
        office.confirmed = address(number - 130);
        office.wait_held(mark, &Content::Located(office.confirmed.clone()))?;
    }
    office.move_to(office.lab.site(161)?)?;
    let mark = office.eye.mark().saturating_sub(1);
    office.wait_held(mark, &Content::Withdrawn)?;
    without_location(office, "locationUnknown").map(drop)
}

/// The registry answers nobody: the call waits for it as long as the proxy is told to, and goes on.
fn hanging(office: &mut Office) -> Result<f64> {
    office.registry.hang(true)?;
    let arrived = without_location(office, "");
    office.registry.hang(false)?;
    Ok(millis(arrived?.took))
}

/// The call arrives, and says nothing of a place.
fn without_location(office: &mut Office, told: &str) -> Result<Arrived> {
    let arrived = office.call()?;
    ensure!(arrived.geolocation.is_none() && arrived.pidf.is_none(), "a place out of nowhere: {arrived:?}");
    let code = office.proxy.was_told(&arrived.id);
    ensure!(code.as_deref() == Some(told), "the proxy was told {code:?}");
    Ok(arrived)
}
