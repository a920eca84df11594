//! D-Bus: opened when first needed, only where there is a bus, and never waited for long.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rightdoor_core::network::Withheld;
use zbus::Connection;
use zbus::names::BusName;
use zbus::zvariant::{DynamicType, ObjectPath, OwnedValue, Type};

/// How long any one call may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Properties of one object, by name.
pub(crate) type Properties = HashMap<String, OwnedValue>;

impl From<Silence> for Withheld {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::Nobody => Self::Unsupported,
            Silence::TimedOut => Self::TimedOut,
            Silence::Refused => Self::Permission,
            Silence::Failed => Self::Failed,
        }
    }
}

/// Why a call gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// No bus, or nobody of that name on it.
    Nobody,
    /// No answer in time.
    TimedOut,
    /// Refused to us.
    Refused,
    /// Answered with an error, or with something not understood.
    Failed,
}

/// Whether this system has a system bus at all.
pub(crate) fn exists() -> bool {
    match std::env::var("DBUS_SYSTEM_BUS_ADDRESS") {
        Ok(address) => may_lead_somewhere(&address),
        Err(_) => ["/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket"]
            .iter()
            .any(|socket| Path::new(socket).exists()),
    }
}

/// Whether it is worth a try, which costs a thread: not where the only socket that is named does not exist.
fn may_lead_somewhere(address: &str) -> bool {
    match address.strip_prefix("unix:path=") {
        Some(path) if !path.contains([',', ';', '%']) => Path::new(path).exists(),
        Some(_) | None => true,
    }
}

/// Connects to the system bus.
pub(crate) async fn system() -> Result<Connection, Silence> {
    if !exists() {
        return Err(Silence::Nobody);
    }
    let builder = zbus::connection::Builder::system().map_err(|error| silence(&error))?;
    bounded(builder.method_timeout(PATIENCE).build()).await
}

/// Connects to this login's bus.
pub(crate) async fn session() -> Result<Connection, Silence> {
    let socket = std::env::var_os("XDG_RUNTIME_DIR").map(|folder| Path::new(&folder).join("bus"));
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none() && !socket.is_some_and(|socket| socket.exists())
    {
        return Err(Silence::Nobody);
    }
    let builder = zbus::connection::Builder::session().map_err(|error| silence(&error))?;
    bounded(builder.method_timeout(PATIENCE).build()).await
}

/// Whether `name` is served; asking does not start it.
pub(crate) async fn served(bus: &Connection, name: &str) -> bool {
    let Ok(name) = BusName::try_from(name) else { return false };
    let Ok(dbus) = zbus::fdo::DBusProxy::new(bus).await else { return false };
    bounded(async { dbus.name_has_owner(name).await.map_err(zbus::Error::from) }).await.unwrap_or(false)
}

/// Whether calling `name` would start who serves it; asking does not.
pub(crate) async fn starts(bus: &Connection, name: &str) -> bool {
    let Ok(dbus) = zbus::fdo::DBusProxy::new(bus).await else { return false };
    let names = bounded(async { dbus.list_activatable_names().await.map_err(zbus::Error::from) }).await;
    names.is_ok_and(|names| names.iter().any(|known| known.as_str() == name))
}

/// Calls a method and reads its answer.
pub(crate) async fn call<A, R>(
    bus: &Connection,
    (service, path, interface): (&str, &str, &str),
    method: &str,
    arguments: &A,
) -> Result<R, Silence>
where
    A: zbus::export::serde::Serialize + DynamicType,
    R: for<'d> zbus::export::serde::Deserialize<'d> + Type,
{
    let path = ObjectPath::try_from(path).map_err(|_| Silence::Failed)?;
    let reply = bounded(bus.call_method(Some(service), path, Some(interface), method, arguments)).await?;
    reply.body().deserialize().map_err(|_| Silence::Failed)
}

/// Every property of one interface of an object.
pub(crate) async fn properties(
    bus: &Connection,
    service: &str,
    path: &str,
    interface: &str,
) -> Result<Properties, Silence> {
    call(bus, (service, path, "org.freedesktop.DBus.Properties"), "GetAll", &interface).await
}

/// One property, if it is there and of this type.
pub(crate) fn property<T: TryFrom<OwnedValue>>(properties: &Properties, name: &str) -> Option<T> {
    T::try_from(properties.get(name)?.try_clone().ok()?).ok()
}

async fn bounded<T>(work: impl Future<Output = zbus::Result<T>>) -> Result<T, Silence> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(silence(&error)),
        Err(_) => Err(Silence::TimedOut),
    }
}

fn silence(error: &zbus::Error) -> Silence {
    if let zbus::Error::MethodError(name, ..) = error {
        return match name.as_str() {
            "org.freedesktop.DBus.Error.ServiceUnknown" | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
                Silence::Nobody
            }
            "org.freedesktop.DBus.Error.AccessDenied"
            | "org.freedesktop.NetworkManager.PermissionDenied"
            | "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" => Silence::Refused,
            "org.freedesktop.DBus.Error.NoReply" | "org.freedesktop.DBus.Error.Timeout" => Silence::TimedOut,
            _ => Silence::Failed,
        };
    }
    if let zbus::Error::InputOutput(error) = error {
        let late = error.kind() == std::io::ErrorKind::TimedOut;
        return if late { Silence::TimedOut } else { Silence::Nobody };
    }
    if matches!(error, zbus::Error::Address(_)) { Silence::Nobody } else { Silence::Failed }
}

#[cfg(test)]
mod tests {
    use super::may_lead_somewhere;

    #[test]
    fn a_socket_that_is_not_there_is_not_tried() {
        assert!(!may_lead_somewhere("unix:path=/nowhere/bus"));
        for address in
            ["unix:path=/", "unix:path=/nowhere/bus;tcp:host=::1", "unix:abstract=/bus", "nonsense"]
        {
            assert!(may_lead_somewhere(address), "{address}");
        }
    }
}
