//! Who owns a pipe, and pipes that their owner alone may open. Why there is unsafe code here: docs/adr/0010.
#![expect(unsafe_code, reason = "descriptors and owners are given by pointer")]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;

use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};
use windows::Win32::Foundation::{HANDLE, HLOCAL, LocalFree};
use windows::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo,
    SDDL_REVISION_1, SE_KERNEL_OBJECT,
};
use windows::Win32::Security::{
    GetTokenInformation, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, SECURITY_ATTRIBUTES,
    TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};
use windows::core::{HSTRING, PWSTR};

/// A user's identifier (SID), as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(String);

/// A descriptor, as text (SDDL): this user owns it, and nobody else is let in.
#[derive(Clone, Debug)]
pub struct Owned(HSTRING);

impl Owned {
    /// For pipes of the user this process runs for.
    pub fn by_this_user() -> io::Result<Self> {
        let User(user) = this_user()?;
        // The owner is named, because an elevated process would otherwise give it to all administrators.
        Ok(Self(HSTRING::from(format!("O:{user}D:P(A;;GA;;;{user})"))))
    }

    /// Makes an instance of the pipe at `path`.
    pub fn pipe(&self, options: &mut ServerOptions, path: &Path) -> io::Result<NamedPipeServer> {
        let mut descriptor = PSECURITY_DESCRIPTOR::default();
        // SAFETY: the text ends with a zero; on success `descriptor` is an allocation of ours.
        unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                &self.0,
                SDDL_REVISION_1,
                &raw mut descriptor,
                None,
            )?;
        }
        let descriptor = Allocation(descriptor.0);
        let mut attributes = SECURITY_ATTRIBUTES {
            nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or(0),
            lpSecurityDescriptor: descriptor.0,
            bInheritHandle: false.into(),
        };
        // SAFETY: the attributes and their descriptor are valid for the whole call, which copies them.
        unsafe { options.create_with_security_attributes_raw(path, (&raw mut attributes).cast()) }
    }
}

/// The user this process runs for.
pub fn this_user() -> io::Result<User> {
    let mut token = HANDLE::default();
    // SAFETY: the process's own pseudo handle needs no closing; `token` is only written to.
    unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token)? };
    // SAFETY: opened just now, ours alone, and closed once when this goes.
    let token = unsafe { OwnedHandle::from_raw_handle(token.0) };
    // A pointer, a number and an identifier of at most 68 bytes: 84, in words of eight for alignment.
    let mut buffer = [0_u64; 16];
    let mut written = 0;
    // SAFETY: the buffer is writable for as many bytes as is said.
    unsafe {
        GetTokenInformation(
            HANDLE(token.as_raw_handle()),
            TokenUser,
            Some(buffer.as_mut_ptr().cast()),
            u32::try_from(size_of_val(&buffer)).unwrap_or(0),
            &raw mut written,
        )?;
    }
    // SAFETY: the call succeeded, so the buffer begins with this structure, whose pointer is into the buffer.
    unsafe { text((*buffer.as_ptr().cast::<TOKEN_USER>()).User.Sid) }
}

/// The user who made a pipe.
pub fn of(pipe: &impl AsRawHandle) -> io::Result<User> {
    let (mut owner, mut descriptor) = (PSID::default(), PSECURITY_DESCRIPTOR::default());
    // SAFETY: the handle is open as long as `pipe` is borrowed; the out-pointers are valid for the call.
    unsafe {
        GetSecurityInfo(
            HANDLE(pipe.as_raw_handle()),
            SE_KERNEL_OBJECT,
            OWNER_SECURITY_INFORMATION,
            Some(&raw mut owner),
            None,
            None,
            None,
            Some(&raw mut descriptor),
        )
        .ok()?;
    }
    let _descriptor = Allocation(descriptor.0);
    // SAFETY: the owner is a valid identifier inside the descriptor, which lives until the end of this function.
    unsafe { text(owner) }
}

/// # Safety
/// `user` is a valid identifier.
unsafe fn text(user: PSID) -> io::Result<User> {
    let mut text = PWSTR::null();
    // SAFETY: valid by the caller's promise; on success `text` is an allocation of ours, ended by a zero.
    unsafe { ConvertSidToStringSidW(user, &raw mut text)? };
    let text = Allocation(text.0.cast());
    // SAFETY: as above; the allocation lives until the end of this function.
    let said = unsafe { PWSTR(text.0.cast()).to_string() };
    said.map(User).map_err(io::Error::other)
}

/// Memory that the system allocated for us.
struct Allocation(*mut std::ffi::c_void);

impl Drop for Allocation {
    fn drop(&mut self) {
        // SAFETY: allocated by the system with LocalAlloc, as the documentation of each call says, and freed once.
        unsafe { LocalFree(Some(HLOCAL(self.0))) };
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use tokio::net::windows::named_pipe::ClientOptions;
    use windows::Win32::Security::Authorization::ConvertSecurityDescriptorToStringSecurityDescriptorW;
    use windows::Win32::Security::DACL_SECURITY_INFORMATION;

    use super::*;

    /// Who is let in, as the system tells it (SDDL).
    fn let_in(pipe: &impl AsRawHandle) -> String {
        let mut descriptor = PSECURITY_DESCRIPTOR::default();
        let mut text = PWSTR::null();
        // SAFETY: the handle is open; the out-pointers are valid, and what they point at afterwards is ours.
        unsafe {
            GetSecurityInfo(
                HANDLE(pipe.as_raw_handle()),
                SE_KERNEL_OBJECT,
                DACL_SECURITY_INFORMATION,
                None,
                None,
                None,
                None,
                Some(&raw mut descriptor),
            )
            .ok()
            .unwrap();
            let _descriptor = Allocation(descriptor.0);
            ConvertSecurityDescriptorToStringSecurityDescriptorW(
                descriptor,
                SDDL_REVISION_1,
                DACL_SECURITY_INFORMATION,
                &raw mut text,
                None,
            )
            .unwrap();
            let text = Allocation(text.0.cast());
            PWSTR(text.0.cast()).to_string().unwrap()
        }
    }

    #[tokio::test]
    async fn a_pipe_belongs_to_its_user_and_lets_nobody_else_in() {
        let path = Path::new(r"\\.\pipe\rightdoor-test-owner");
        let server = Owned::by_this_user().unwrap().pipe(&mut ServerOptions::new(), path).unwrap();
        let client = ClientOptions::new().open(path).unwrap();
        let User(me) = this_user().unwrap();
        assert_eq!(of(&client).unwrap(), User(me.clone()));
        for end in [let_in(&server), let_in(&client)] {
            assert_eq!(end.matches("(A;").count(), 1, "{end}");
            assert!(end.starts_with("D:P(A;") && end.contains(&me), "{end}");
        }
    }
}
