//! What the system tells the running registry.

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// End, with everything answered that was begun.
    End,
    /// Read the certificate again (SIGHUP; Ctrl+Break on Windows).
    Renew,
}

pub use os::Signals;

#[cfg(unix)]
mod os {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::Told;

    /// Signals, listened to from the moment this is made.
    #[derive(Debug)]
    pub struct Signals {
        terminate: Signal,
        interrupt: Signal,
        hangup: Signal,
    }

    impl Signals {
        pub fn listen() -> std::io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                hangup: signal(SignalKind::hangup())?,
            })
        }

        /// The next one. Cancel-safe.
        pub async fn next(&mut self) -> Told {
            tokio::select! {
                _ = self.terminate.recv() => Told::End,
                _ = self.interrupt.recv() => Told::End,
                _ = self.hangup.recv() => Told::Renew,
            }
        }
    }
}

#[cfg(not(unix))]
mod os {
    use tokio::signal::windows::{
        CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
    };

    use super::Told;

    /// Signals, listened to from the moment this is made.
    #[derive(Debug)]
    pub struct Signals {
        interrupt: CtrlC,
        close: CtrlClose,
        shutdown: CtrlShutdown,
        pause: CtrlBreak,
    }

    impl Signals {
        pub fn listen() -> std::io::Result<Self> {
            Ok(Self {
                interrupt: ctrl_c()?,
                close: ctrl_close()?,
                shutdown: ctrl_shutdown()?,
                pause: ctrl_break()?,
            })
        }

        /// The next one. Cancel-safe.
        pub async fn next(&mut self) -> Told {
            tokio::select! {
                _ = self.interrupt.recv() => Told::End,
                _ = self.close.recv() => Told::End,
                _ = self.shutdown.recv() => Told::End,
                _ = self.pause.recv() => Told::Renew,
            }
        }
    }
}
