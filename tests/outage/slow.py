"""Holds back every packet that is sent into a device of its own: the kernel of a small machine has no netem.

Usage: slow.py DEVICE SECONDS, with routes through the device that it makes.
"""

import fcntl
import heapq
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
device, held_back = sys.argv[1].encode(), float(sys.argv[2])
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device, IFF_TUN | IFF_NO_PI))
print("ready", flush=True)
waiting, number = [], 0
while True:
    timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
    readable, _, _ = select.select([tun], [], [], timeout)
    if readable:
        number += 1
        heapq.heappush(waiting, (time.monotonic() + held_back, number, os.read(tun, 65536)))
    while waiting and waiting[0][0] <= time.monotonic():
        os.write(tun, heapq.heappop(waiting)[2])
