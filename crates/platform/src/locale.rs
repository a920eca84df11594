//! The language that this person's desktop is in.

/// Locales' names, most wanted first: `es_MX.UTF-8`, `fr-CA`. Empty: the system says nothing.
#[must_use]
pub fn names() -> Vec<String> {
    // Whoever sets one of these for a program means it, on every system (POSIX, "Internationalization Variables").
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    let mut names: Vec<String> = set.filter(|value| !value.is_empty()).collect();
    names.extend(of_the_system());
    names
}

#[cfg(target_os = "linux")]
fn of_the_system() -> Vec<String> {
    Vec::new()
}

#[cfg(target_os = "macos")]
fn of_the_system() -> Vec<String> {
    let languages = objc2_foundation::NSLocale::preferredLanguages();
    languages.iter().map(|name| name.to_string()).collect()
}

#[cfg(target_os = "windows")]
#[expect(unsafe_code, reason = "the standard library knows no locale")]
fn of_the_system() -> Vec<String> {
    // LOCALE_NAME_MAX_LENGTH, the end mark included.
    let mut name = [0_u16; 85];
    // SAFETY: the call writes at most as many units as the slice has, and says how many.
    let length = unsafe { windows::Win32::Globalization::GetUserDefaultLocaleName(&mut name) };
    let length = usize::try_from(length).unwrap_or(0).saturating_sub(1);
    name.get(..length).map(String::from_utf16_lossy).into_iter().filter(|name| !name.is_empty()).collect()
}
