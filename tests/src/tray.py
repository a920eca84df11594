"""A tray host's side of the bus, for tests.

watch                  be the StatusNotifierWatcher; prints every item that registers
read NAME              prints title, status, icons and menu of an item as one JSON object
click NAME LABEL       activates the first menu line that begins so
event NAME ID          activates the menu line of that id, whether it is still drawn or not
invoke MOST KEY        says on the bus that this action of notifications 1 to MOST was chosen, as a daemon would
"""
import hashlib, json, sys
import dbus, dbus.mainloop.glib, dbus.service
from gi.repository import GLib

ITEM, MENU = "org.kde.StatusNotifierItem", "com.canonical.dbusmenu"
WATCHER = "org.kde.StatusNotifierWatcher"
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()


class Watcher(dbus.service.Object):
    def __init__(self):
        self.name = dbus.service.BusName(WATCHER, bus)
        super().__init__(bus, "/StatusNotifierWatcher")

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        print("registered", service, flush=True)

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return {"IsStatusNotifierHostRegistered": True, "ProtocolVersion": 0}[name]


class Daemon(dbus.service.Object):
    @dbus.service.signal("org.freedesktop.Notifications", signature="us")
    def ActionInvoked(self, number, key):
        pass


def lines(name):
    menu = dbus.Interface(bus.get_object(name, "/MenuBar"), MENU)
    _, (_, _, children) = menu.GetLayout(0, -1, dbus.Array([], signature="s"))
    found = []
    for number, properties, _ in children:
        label = str(properties.get("label", "")).replace("__", "_")
        found.append({"id": int(number), "label": label, "separator": properties.get("type") == "separator"})
    return found


def read(name):
    get = dbus.Interface(bus.get_object(name, "/StatusNotifierItem"), dbus.PROPERTIES_IFACE)
    found = get.GetAll(ITEM)
    icons = [{"size": int(w), "argb": bytes(data).hex()} for w, _, data in found["IconPixmap"]]
    return {"title": str(found["Title"]), "status": str(found["Status"]), "icons": icons, "menu": lines(name)}


def event(name, number):
    menu = dbus.Interface(bus.get_object(name, "/MenuBar"), MENU)
    menu.Event(number, "clicked", dbus.Int32(0, variant_level=1), dbus.UInt32(0))


what, rest = sys.argv[1], sys.argv[2:]
if what == "watch":
    watcher = Watcher()
    GLib.MainLoop().run()
elif what == "read":
    print(json.dumps(read(rest[0])))
elif what == "click":
    event(rest[0], next(line["id"] for line in lines(rest[0]) if line["label"].startswith(rest[1])))
elif what == "event":
    event(rest[0], int(rest[1]))
elif what == "invoke":
    daemon = Daemon(bus, "/org/freedesktop/Notifications")
    for number in range(1, int(rest[0]) + 1):
        daemon.ActionInvoked(number, rest[1])
    bus.flush()
