//! Links that begin with `rightdoor:`. Anybody may have written one, in a mail or on a page: a link opens a
//! page, at most with a code in a form that the person sends; it never does anything.

use rightdoor_link::Problem;
use url::Url;

use crate::wanted::{Enrol, Page, Wanted};

/// Longest link that is read.
const LONGEST: usize = 2048;
/// Longest code, and longest registry address.
const LONGEST_VALUE: usize = 512;

/// What a link wants: `rightdoor:status`, `rightdoor:question`, `rightdoor:history`, `rightdoor:settings`,
/// `rightdoor:guidance` and `rightdoor:enrol?code=CODE&registry=https://…`, with or without `//`.
///
/// # Errors
/// A problem that says what is wrong and repeats nothing of the link.
pub fn read(link: &str) -> Result<Wanted, Problem> {
    if link.len() > LONGEST {
        return Err(refused("it is too long"));
    }
    let url = Url::parse(link).map_err(|_| refused("it is not a link"))?;
    if url.scheme() != "rightdoor" {
        return Err(refused("it does not begin with rightdoor:"));
    }
    if url.port().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
        || url.fragment().is_some()
    {
        return Err(refused("it holds more than a page"));
    }
    let name = match url.host_str() {
        Some(host) if matches!(url.path(), "" | "/") => host.to_owned(),
        Some(_) => return Err(refused("it names no page of Rightdoor")),
        None => url.path().trim_end_matches('/').to_owned(),
    };
    let page = match name.as_str() {
        "" | "status" => Page::Status,
        "question" => Page::Question,
        "history" => Page::History,
        "settings" => Page::Settings,
        "guidance" => Page::Guidance,
        "enrol" => {
            let enrol = Some(enrolment(&url)?);
            return Ok(Wanted { page: Page::Welcome, enrol, ..Wanted::default() });
        }
        _ => return Err(refused("it names no page of Rightdoor")),
    };
    if url.query().is_some() {
        return Err(refused("that page takes nothing from a link"));
    }
    Ok(Wanted { page, ..Wanted::default() })
}

fn enrolment(url: &Url) -> Result<Enrol, Problem> {
    let (mut code, mut registry) = (None, None);
    for (name, value) in url.query_pairs() {
        let place = match name.as_ref() {
            "code" => &mut code,
            "registry" => &mut registry,
            _ => return Err(refused("it holds more than a code and a registry")),
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(refused("it says something twice"));
        }
    }
    let (code, registry) =
        code.zip(registry).ok_or_else(|| refused("its code or its registry is missing"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if code.is_empty() || code.len() > LONGEST_VALUE || !code.chars().all(plain) {
        return Err(refused("its code is not one"));
    }
    let base = Url::parse(&registry).map_err(|_| refused("its registry is not a web address"))?;
    let bare = base.query().is_none()
        && base.fragment().is_none()
        && base.username().is_empty()
        && base.password().is_none();
    if registry.len() > LONGEST_VALUE || base.scheme() != "https" || base.host_str().is_none() || !bare {
        return Err(refused("its registry is not an https address"));
    }
    // As parsed: a name in another script is shown in its unmistakable form.
    Ok(Enrol { code, registry: base.into() })
}

fn refused(why: &str) -> Problem {
    Problem {
        code: "bad_link".to_owned(),
        message: format!("A link for Rightdoor was not followed: {why}."),
        hint: "Nothing was changed. Ask whoever sent it, or type the code yourself.".to_owned(),
        fields: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::read;
    use crate::wanted::Page;

    #[test]
    fn a_link_opens_a_page() {
        for (link, page) in [
            ("rightdoor:status", Page::Status),
            ("rightdoor://guidance", Page::Guidance),
            ("rightdoor://history/", Page::History),
            ("RIGHTDOOR:settings", Page::Settings),
            ("rightdoor:", Page::Status),
        ] {
            assert_eq!(read(link).unwrap().page, page, "{link}");
        }
        let link = "rightdoor:enrol?code=ABCD-1234&registry=https%3A%2F%2Fregistry.example%2F";
        let wanted = read(link).unwrap();
        assert_eq!(wanted.page, Page::Welcome);
        assert_eq!(wanted.hash(), "#/welcome?code=ABCD-1234&registry=https%3A%2F%2Fregistry.example%2F");
    }

    #[test]
    fn bad_input_in_a_link_is_refused_in_words_that_repeat_none_of_it() {
        let long = format!("rightdoor:status{}", "x".repeat(3000));
        let long_code = format!("rightdoor:enrol?code={}&registry=https://a.example", "A".repeat(600));
        for link in [
            "",
            "status",
            "https://rightdoor/status",
            "rightdoor:evil",
            "rightdoor://status/../../etc",
            "rightdoor://user:pass@status",
            "rightdoor://status:80",
            "rightdoor:status#x",
            "rightdoor:status?then=evil",
            "rightdoor:question?answer=travelling",
            "rightdoor:enrol",
            "rightdoor:enrol?code=A",
            "rightdoor:enrol?code=A&code=B&registry=https://a.example",
            "rightdoor:enrol?code=%3Cscript%3E&registry=https://a.example",
            "rightdoor:enrol?code=A%00B&registry=https://a.example",
            "rightdoor:enrol?code=A&registry=http://a.example",
            "rightdoor:enrol?code=A&registry=javascript:evil()",
            "rightdoor:enrol?code=A&registry=file:///etc/evil",
            "rightdoor:enrol?code=A&registry=https://evil:pw@a.example",
            "rightdoor:enrol?code=A&registry=https://a.example/%23evil#evil",
            "rightdoor:enrol?code=A&registry=https://a.example&evil=1",
            "rightdoor:\u{202e}sutats",
            &long,
            &long_code,
        ] {
            let problem = read(link).unwrap_err();
            assert_eq!(problem.code, "bad_link", "{link}");
            assert!(
                !problem.message.contains("evil") && problem.hint.starts_with("Nothing was changed"),
                "{link}"
            );
        }
    }

    #[test]
    fn a_name_in_another_script_is_shown_in_its_unmistakable_form() {
        let link = "rightdoor:enrol?code=A&registry=https%3A%2F%2Fr%D0%B5gistry.example";
        let wanted = read(link).unwrap();
        assert!(wanted.enrol.unwrap().registry.starts_with("https://xn--"));
    }
}
