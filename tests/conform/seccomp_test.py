"""The seccomp profile for containers (configs/seccomp.json) as a real filter: the gateway needs no other system call. And
what it says where io_uring is refused."""
import ctypes
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))

BUILD = os.path.abspath(sys.argv.pop(1)) if sys.argv[1] != '--under' else ''
HERE = os.path.dirname(os.path.abspath(__file__))
PROFILE = os.path.join(HERE, '../../configs/seccomp.json')
NUMBERS = ('/usr/include/x86_64-linux-gnu/asm/unistd_64.h', '/usr/include/aarch64-linux-gnu/asm/unistd_64.h', '/usr/include/asm-generic/unistd.h')
ALLOW, KILL, ERRNO = 0x7fff0000, 0x80000000, 0x00050000
EPERM = 1


def numbers():
    """{name: number} of this machine's system calls, from the kernel's own header."""
    path = next((path for path in NUMBERS if os.path.exists(path)), None)
    if path is None:
        raise unittest.SkipTest('no asm/unistd_64.h (package linux-libc-dev)')
    with open(path, encoding='ascii') as file:
        return {name: int(number) for name, number in re.findall(r'^#define __NR_(\w+) (\d+)$', file.read(), re.M)}


def program(verdicts, otherwise):
    """A BPF program: {number: verdict}, and a verdict for all others."""
    code = [(0x20, 0, 0, 0)]   # load the number
    for number, verdict in sorted(verdicts.items()):
        code += [(0x15, 0, 1, number), (0x06, 0, 0, verdict)]
    code.append((0x06, 0, 0, otherwise))
    return b''.join(struct.pack('HBBI', *each) for each in code)


def install(code):
    """In this process, for good. The arguments of prctl keep `code` alive until then."""
    memory = ctypes.create_string_buffer(code, len(code))
    described = struct.pack('HxxxxxxP', len(code) // 8, ctypes.addressof(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, described, 0, 0):   # no new privileges; seccomp filter
        raise OSError(ctypes.get_errno(), 'prctl')


def run_under(code_file, command):
    """What the stand-in for the binary does: `seccomp_test.py --under CODE COMMAND...`."""
    with open(code_file, 'rb') as file:
        code = file.read()
    command = list(command)
    install(code)
    os.execv(command[0], command)


def profile():
    with open(PROFILE, encoding='utf-8') as file:
        return json.load(file)


def allowed():
    return {name for rule in profile()['syscalls'] for name in rule['names']}


class Under(unittest.TestCase):
    """Has a build folder whose `gatehouse` runs under a filter."""

    def filtered(self, verdicts, otherwise):
        folder = tempfile.mkdtemp(prefix='gatehouse-test-')
        self.addCleanup(shutil.rmtree, folder)
        os.symlink(os.path.join(BUILD, 'tools'), os.path.join(folder, 'tools'))
        with open(os.path.join(folder, 'code'), 'wb') as file:
            file.write(program(verdicts, otherwise))
        path = os.path.join(folder, 'gatehouse')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\nexec {sys.executable} {os.path.abspath(__file__)} --under {folder}/code {BUILD}/gatehouse "$@"\n')
        os.chmod(path, 0o755)
        return folder


class Profile(Under):
    def test_it_has_what_container_runtimes_read(self):
        read = profile()
        self.assertEqual((read['defaultAction'], read['defaultErrnoRet']), ('SCMP_ACT_ERRNO', EPERM))
        self.assertLessEqual({'io_uring_setup', 'io_uring_enter', 'io_uring_register', 'execve'}, allowed())
        self.assertEqual(sum(len(rule['names']) for rule in read['syscalls']), len(allowed()), 'a name stands twice')
        self.assertEqual({rule['action'] for rule in read['syscalls']}, {'SCMP_ACT_ALLOW'})

    def test_it_keeps_out_what_no_gateway_needs(self):
        self.assertEqual(allowed() & {'ptrace', 'process_vm_readv', 'process_vm_writev', 'mount', 'umount2', 'pivot_root', 'bpf', 'unshare', 'setns',
                                      'init_module', 'finit_module', 'kexec_load', 'perf_event_open', 'userfaultfd', 'keyctl', 'reboot',
                                      'swapon', 'open_by_handle_at', 'memfd_create', 'mknod', 'symlink', 'personality', 'kill'}, set())

    def test_the_gateway_needs_nothing_else(self):
        known = numbers()
        build = self.filtered({known[name]: ALLOW for name in allowed() if name in known}, KILL)
        for name in ('framing_test.py', 'notify_test.py', 'listeners_test.py', '../integration/replay_test.py'):
            with self.subTest(name):
                done = subprocess.run([sys.executable, os.path.join(HERE, name), build], capture_output=True, text=True, timeout=240)
                self.assertEqual(done.returncode, 0, done.stderr[-3000:])

    def test_the_filter_is_in_force(self):
        known = numbers()
        build = self.filtered({known[name]: ALLOW for name in allowed() - {'io_uring_setup'} if name in known}, KILL)
        done = subprocess.run([os.path.join(build, 'gatehouse'), 'version'], capture_output=True)
        self.assertEqual(done.returncode, -31)   # SIGSYS


class Clock(Under):
    """What vouches for the clock in the gateway's place, in a container too."""

    def said(self, verdicts, otherwise):
        folder = tempfile.mkdtemp(prefix='gatehouse-test-')
        self.addCleanup(shutil.rmtree, folder)
        command = [os.path.join(self.filtered(verdicts, otherwise), 'gatehouse'), 'records', 'trust-clock', '--if-synchronised', '--dir', folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr, os.listdir(folder)

    def test_under_the_profile_the_kernel_says_it(self):
        known = numbers()
        code, words, left = self.said({known[name]: ALLOW for name in allowed() if name in known}, KILL)
        memory = ctypes.create_string_buffer(512)   # struct timex; `status` is its sixth word
        state = ctypes.CDLL(None).adjtimex(memory)
        if state not in (-1, 5) and not struct.unpack_from('i', memory, 40)[0] & 0x40:
            self.assertEqual((code, left), (0, ['clock.believed']), words)
        else:
            self.assertEqual((code, left), (1, []), words)
            self.assertIn('does not call its clock synchronised: nothing was confirmed', words)

    def test_a_refusal_is_no_confirmation(self):
        code, words, left = self.said({numbers()['adjtimex']: ERRNO | EPERM}, ALLOW)
        self.assertEqual((code, left), (69, []), words)
        self.assertIn('Operation not permitted', words)


class Refused(Under):
    def said(self, prefix=()):
        """Exit code and words of a gateway to which the kernel says EPERM at io_uring_setup."""
        from gateway import Gateway   # not for the stand-in: it is to become the binary at once
        gateway = Gateway(self.filtered({numbers()['io_uring_setup']: ERRNO | EPERM}, ALLOW))
        self.addCleanup(gateway.__exit__, None)
        gateway.world.write('gateway.toml', gateway.text())
        done = subprocess.run([*prefix, os.path.join(gateway.world.build, 'gatehouse'), 'serve', '--config', 'gateway.toml'],
                              cwd=gateway.world.state, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def test_a_container_without_it_is_told_what_to_allow(self):
        code, words = self.said()
        self.assertEqual(code, 69, words)
        for each in ('io_uring is refused here', 'io_uring_setup, io_uring_enter and io_uring_register', 'configs/seccomp.json'):
            self.assertIn(each, words)
        self.assertNotIn('sysctl', words)

    @unittest.skipUnless(os.geteuid() == 0 and os.path.exists('/proc/sys/kernel/io_uring_disabled') and shutil.which('unshare'),
                         'only root can show the process another sysctl, and only where there is one')
    def test_a_host_that_switched_it_off_is_told_the_sysctl(self):
        with tempfile.NamedTemporaryFile('w') as file:
            file.write('2\n')
            file.flush()
            mount = f'mount --bind {file.name} /proc/sys/kernel/io_uring_disabled && exec "$@"'
            if subprocess.run(['unshare', '-m', 'sh', '-c', mount, 'sh', 'true'], capture_output=True).returncode:
                self.skipTest('mounting is not allowed here')
            code, words = self.said(['unshare', '-m', 'sh', '-c', mount, 'sh'])
        self.assertEqual(code, 69, words)
        self.assertIn('kernel.io_uring_disabled is 2', words)
        self.assertNotIn('seccomp', words)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--under']:
        run_under(sys.argv[2], sys.argv[3:])
    unittest.main()
