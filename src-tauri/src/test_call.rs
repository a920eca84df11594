//! The one link that leads out of a page: 933, which reads out the registered address, in the softphone.

use std::process::{Command, Stdio};

use tauri::Url;

/// Whether this is that link. No other number can be dialled from a page, 911 least of all.
pub fn is_meant(url: &Url) -> bool {
    url.as_str() == "tel:933"
}

/// Hands it to the program that this person's system opens such links with: the softphone, where it has said so.
pub fn open() {
    let (program, words): (_, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &["tel:933"]),
        "windows" => ("rundll32", &["url.dll,FileProtocolHandler", "tel:933"]),
        _ => ("xdg-open", &["tel:933"]),
    };
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        // It is waited for elsewhere, so that nothing is left behind.
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => eprintln!("933 could not be opened with {program}: {error}. Dial it in the softphone."),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn nothing_but_933_leads_out_of_a_page() {
        let meant = |text: &str| is_meant(&Url::parse(text).unwrap());
        assert!(meant("tel:933"));
        for other in [
            "tel:911",
            "tel:9333",
            "tel:933;ext=1",
            "tel:933?x",
            "sip:933@example.com",
            "https://933/",
            "file:///933",
        ] {
            assert!(!meant(other), "{other}");
        }
    }
}
