"""Plays systemd: a datagram socket named in NOTIFY_SOCKET hears of start, reload, life and stop. Usage: notify_test.py BUILD"""
import ctypes
import os
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from changing import Changing  # noqa: E402
from gateway import Gateway, PATIENCE  # noqa: E402
from watch import eventually, metric  # noqa: E402

BUILD = sys.argv.pop(1)
ATTACH, DETACH, WALL = 16, 17, 0x40000000   # of ptrace(2) and wait4(2)


class Notify(unittest.TestCase):
    def heard(self, listener, wanted):
        """All datagrams up to the first that begins with `wanted`."""
        found = []
        deadline = time.monotonic() + PATIENCE
        while not found or not found[-1].startswith(wanted):
            listener.settimeout(max(0.01, deadline - time.monotonic()))
            found.append(listener.recv(4096).decode())
        return found

    def life(self, name, bound):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(bound)
            os.environ['NOTIFY_SOCKET'] = name
            self.addCleanup(os.environ.pop, 'NOTIFY_SOCKET', None)
            with Gateway(BUILD, workers=2) as gateway:
                self.assertEqual(self.heard(listener, 'READY=1'), ['READY=1'])
                self.heard(listener, 'WATCHDOG=1')
                before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                gateway.process.send_signal(signal.SIGHUP)
                reloading = self.heard(listener, 'RELOADING=1')[-1]
                first, second = reloading.split('\n')
                self.assertEqual(first, 'RELOADING=1')
                at = int(second.removeprefix('MONOTONIC_USEC='))
                self.assertTrue(before <= at <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
                self.assertEqual(set(self.heard(listener, 'READY=1')[:-1]) - {'WATCHDOG=1'}, set())
                with open(gateway.world.path('gateway.toml'), encoding='utf-8') as file:
                    good = file.read()
                gateway.world.write('gateway.toml', 'not = a configuration')   # refused, and the reload ends all the same
                gateway.process.send_signal(signal.SIGHUP)
                self.heard(listener, 'RELOADING=1')
                self.heard(listener, 'READY=1')
                # The unit's ExecReload: the same two datagrams, and its exit code is what `systemctl reload` shows.
                done = gateway.world.gatehouse('reload', '--socket', 'run/admin.sock', check=False)
                self.assertEqual(done.returncode, 78)
                self.assertRegex(self.heard(listener, 'RELOADING=1')[-1], r'^RELOADING=1\nMONOTONIC_USEC=\d+$')
                self.heard(listener, 'READY=1')
                gateway.world.write('gateway.toml', good)
                self.assertEqual(gateway.world.gatehouse('reload', '--socket', 'run/admin.sock').returncode, 0)
                self.heard(listener, 'RELOADING=1')
                self.heard(listener, 'READY=1')
                gateway.process.send_signal(signal.SIGTERM)
                self.heard(listener, 'STOPPING=1')
                self.assertEqual(gateway.process.wait(PATIENCE), 0)
                gateway.world.running.clear()

    def test_a_path(self):
        path = f'/tmp/gatehouse-notify-{os.getpid()}'
        self.addCleanup(os.unlink, path)
        self.life(path, path)

    def test_an_abstract_name(self):
        name = f'gatehouse-notify-{os.getpid()}'
        self.life('@' + name, '\0' + name)

    def stopped(self, gateway, thread):
        """The thread of this name makes no step from here on; the function that lets it go on."""
        folder = f'/proc/{gateway.process.pid}/task'
        for task in os.listdir(folder):
            with open(f'{folder}/{task}/comm', encoding='ascii') as file:
                if file.read().strip() != thread:
                    continue
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.ptrace(ATTACH, int(task), None, None) != 0:
                self.skipTest('nobody may stop a thread of the gateway here: ' + os.strerror(ctypes.get_errno()))
            os.waitpid(int(task), WALL)
            return lambda: libc.ptrace(DETACH, int(task), None, None)
        return self.fail(f'no thread is called {thread}')

    def test_no_life_is_told_while_a_worker_is_stuck(self):
        name = f'gatehouse-notify-stuck-{os.getpid()}'
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind('\0' + name)
            os.environ['NOTIFY_SOCKET'] = '@' + name
            self.addCleanup(os.environ.pop, 'NOTIFY_SOCKET', None)
            with Changing(BUILD, workers=2) as gateway:
                self.heard(listener, 'WATCHDOG=1')
                go_on = self.stopped(gateway, 'worker-1')
                try:
                    # A changed file is noticed in the second that also feeds the watchdog; the first may still tell of before.
                    for old, new in (('plain', 'one'), ('one', 'two'), ('two', 'three')):
                        version = metric(gateway, 'gatehouse_config_version')
                        gateway.edit((f'name = "{old}"', f'name = "{new}"'))
                        eventually('noticed', lambda: metric(gateway, 'gatehouse_config_version') > version)
                        listener.setblocking(False)
                        try:
                            while said := listener.recv(4096).decode():
                                self.assertFalse(new == 'three' and said.startswith('WATCHDOG=1'), said)
                        except BlockingIOError:
                            pass
                finally:
                    go_on()
                self.heard(listener, 'WATCHDOG=1')


if __name__ == '__main__':
    unittest.main()
