//! Claim `lab`: a companion moved through real networks.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use whole_system::lab::{Lab, REGISTRY};
use whole_system::netns::as_root;

#[test]
fn the_lab_itself_moves_a_laptop_between_sites_that_differ() {
    as_root(|| {
        let mut lab = Lab::new()?;
        let (mut first, mut second) = (lab.site(1)?, lab.site(2)?);
        for site in [&mut first, &mut second] {
            lab.plug(site)?;
            // Refused (7) is an answer; a host that is out of reach would not give it.
            let asked =
                lab.laptop.command("curl").args(["-s", "-m2", &format!("http://{REGISTRY}:9")]).status()?;
            assert_eq!(asked.code(), Some(7));
            let neighbours = lab.laptop.ip("neigh")?;
            assert!(neighbours.contains(&site.mac()), "{neighbours}");
            assert!(lab.laptop.ip("addr show eth0")?.contains(&site.subnet()));
            assert!(std::fs::read_to_string(lab.resolv())?.contains(&site.domain()));
        }
        lab.dhcp()?.renew()
    })
    .unwrap();
}
