"""A whole gateway whose disk fails under load: full, refusing, folder without rights, segments cut, unlinked or moved away. What a
client was answered is in the records, the rest is refused with the reason that says why, /readyz says why while it lasts, and where
the disk comes back the gateway goes on by itself. (SIGSTOP of it all: stopped_test.) In a mount namespace with a small tmpfs of its own."""
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import CONFIG, RULES, EchoOrigin, Gateway, answer, field  # noqa: E402
from watch import PATIENCE, eventually, log_lines, metric, page  # noqa: E402

INSIDE = 'GATEHOUSE_OWN_MOUNTS'
ROUNDS = 20 if os.environ.get('GATEHOUSE_LONG') else 2
CLIENTS = 3
PLAIN = 'paths = ["/plain/**"]'
NOW = RULES.replace(PLAIN, PLAIN + '\ncommit = "now"', 1)   # no byte of an answer before its record is on disk
ROOM = 256 << 20      # of the tmpfs when it is not full: nothing of it is taken before it is written
RECORDED = CONFIG.replace('[records]', '[records]\non_full = "{on_full}"\nheads_key_file = "heads.key"\nstrict = true')


def own_mounts():
    """Begins this program anew where it may mount; where that is not allowed it goes on as it is."""
    options = ['--mount'] if os.geteuid() == 0 else ['--user', '--map-root-user', '--mount']
    tried = ['unshare', *options, 'sh', '-c', 'mount -t tmpfs tmpfs /mnt && mount -o remount,size=1m /mnt']
    if INSIDE in os.environ or shutil.which('unshare') is None or subprocess.run(tried, capture_output=True).returncode:
        return
    os.environ[INSIDE] = '1'
    os.execvp('unshare', ['unshare', *options, sys.executable, *sys.argv])


class OwnDisk:
    """An ext4 in a file, mounted on `folder`, that takes itself for broken when told to: it is read-only from then on, as with a medium's
    error, whatever is open on it. mend() is what is done with such a disk: taken off, checked, mounted again."""

    def __init__(self, image, folder):
        self.image, self.folder = image, folder
        with open(image, 'wb') as file:
            file.truncate(64 << 20)
        subprocess.run(['mkfs.ext4', '-q', '-F', image], check=True)

    def mount(self):
        done = subprocess.run(['mount', '-o', 'loop,errors=remount-ro', self.image, self.folder], capture_output=True)
        if done.returncode == 0:
            os.chmod(self.folder, 0o700)
            shutil.rmtree(os.path.join(self.folder, 'lost+found'), ignore_errors=True)
        return done.returncode == 0 and os.access(self.error(), os.W_OK)

    def error(self):
        device = subprocess.run(['findmnt', '-n', '-o', 'SOURCE', self.folder], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        return f'/sys/fs/ext4/{os.path.basename(device)}/trigger_fs_error'

    def fail(self):
        with open(self.error(), 'w', encoding='ascii') as file:
            file.write('an error that a test made\n')

    def take_off(self):
        return subprocess.run(['umount', self.folder], capture_output=True).returncode == 0

    def mend(self):
        eventually('nothing is open on it', self.take_off)   # the kernel lets go of a process's files behind its back
        subprocess.run(['e2fsck', '-fy', self.image], capture_output=True)
        return self.mount()


class Unprivileged(Gateway):
    """May not do what the modes of files forbid, also where root starts it."""

    def start(self):
        self.world.write('gateway.toml', self.text())
        os.makedirs(os.path.join(self.state, 'logs'), exist_ok=True)
        rights = '-dac_override,-dac_read_search'
        drop = [shutil.which('env')]
        if os.geteuid() == 0:
            drop = [shutil.which('setpriv'), f'--inh-caps={rights}', f'--bounding-set={rights}']
        self.world.start('gatehouse', *drop, os.path.join(self.world.build, 'gatehouse'), 'serve', '--config', 'gateway.toml')
        self.process = self.world.running[-1][1]
        self.world.ready('gatehouse', self.health, '/readyz')
        return self


class Load(threading.Thread):
    """Calls until end(). `answered` are ids of which the client holds a byte, `refused` is what the records were the reason of,
    `bad` what should not have come."""

    def __init__(self, gateway, seed):
        super().__init__()
        self.gateway, self.random, self.ending = gateway, random.Random(seed), False
        self.answered, self.refused, self.bad = [], [], []
        self.start()

    def run(self):
        while not self.ending:
            try:
                with self.gateway.client() as client:
                    while not self.ending and self.one(client):
                        pass
            except OSError:
                time.sleep(0.01)   # it is being started again

    def one(self, client):
        body = self.random.randbytes(self.random.choice((10, 3_000, 60_000)))
        client.send(self.gateway.request('POST', '/plain/x', body))
        head, got = client.message()
        if not head.endswith(b'\r\n\r\n'):
            return False
        if b' 200 ' in head.split(b'\r\n')[0]:
            self.answered.append(field(head, 'Gatehouse-Exchange-Id'))
            if got != body[::-1] and not client.ended:
                self.bad.append((head, len(got)))
            return not client.ended
        said = json.loads(got)['reason'] if got.startswith(b'{') else repr(head)
        if said in ('record_full', 'record_failed'):
            self.refused.append(said)
            time.sleep(0.005)   # a client that calls again at once would only keep the machine busy
        elif not client.ended and said != 'gateway_draining':
            self.bad.append((head, got[:200]))
        return field(head, 'Connection') != 'close' and not client.ended


class Loads:
    def __init__(self, gateway, seed):
        self.all = [Load(gateway, seed + i) for i in range(CLIENTS)]

    def answered(self):
        return {exchange for each in self.all for exchange in list(each.answered)}

    def refused(self):
        return [reason for each in self.all for reason in list(each.refused)]

    def end(self):
        for each in self.all:
            each.ending = True
        for each in self.all:
            each.join()
        return [bad for each in self.all for bad in each.bad]


class FailingDisk(unittest.TestCase):
    def gateway(self, on_full='fail_closed', deadlines='', kind=Gateway, rules=RULES):
        """Not started yet; `self.folder` is a tmpfs where it may be one."""
        gateway = kind(BUILD, RECORDED, ring_size='1MiB', segment_size='1MiB', on_full=on_full, deadlines=deadlines, rules=rules,
                       level='info')
        self.folder = gateway.world.path('records')
        os.mkdir(self.folder, 0o700)
        if INSIDE in os.environ:
            subprocess.run(['mount', '-t', 'tmpfs', '-o', f'mode=0700,size={ROOM}', 'tmpfs', self.folder], check=True)
            self.addCleanup(subprocess.run, ['umount', '-l', self.folder])
        gateway.world.gatehouse('keys', 'make', 'heads', '--out', 'heads.key')
        self.seed = int(os.environ.get('GATEHOUSE_SEED', random.randrange(1 << 30)))
        print(f'{self.id()}: seed {self.seed}', flush=True)
        return gateway

    def resize(self, size, check=True):
        command = ['mount', '-o', f'remount,mode=0700,size={size}', self.folder]
        return subprocess.run(command, check=check, capture_output=True).returncode == 0

    def empty(self, _=None):
        self.resize(ROOM)

    def fill(self, _=None):
        """No further byte: the tmpfs is as large as what it holds."""
        def full():
            now = os.statvfs(self.folder)
            return self.resize((now.f_blocks - now.f_bfree) * now.f_bsize, check=False)
        eventually('the disk is full', full)

    def segments(self):
        """Of the worker, the newest last."""
        return sorted(name for name in os.listdir(self.folder) if name.endswith('.ghr') and '-w0000-' in name)

    def says(self, gateway, why):
        self.assertTrue(gateway.runs(), 'the gateway ended')
        status, text = page(gateway, '/readyz?verbose')
        return status == 503 and why in text

    def not_ready(self, gateway, why):
        """Waits until /readyz says so."""
        eventually(f'/readyz says: {why}', lambda: self.says(gateway, why))

    def until_more_answers(self, gateway, loads):
        before = len(loads.answered())
        eventually('answers', lambda: len(loads.answered()) >= before + CLIENTS or not gateway.runs())
        self.assertTrue(gateway.runs(), 'the gateway ended')

    def proved(self, gateway, answered, what):
        self.listed(gateway, answered, what)
        verified = gateway.records('verify', '--heads-key', 'heads.key.pub', check=False)
        self.assertEqual(verified.returncode, 0, what + '\n' + verified.out[-3000:])

    def listed(self, gateway, answered, what):
        self.assertEqual(answered - {each['exchange_id'] for each in gateway.listed()}, set(), what)

    def ends_with_an_error(self, gateway):
        gateway.process.terminate()
        self.assertNotEqual(gateway.process.wait(PATIENCE), 0, 'it could not write all, and says so')
        gateway.world.running.clear()

    def refuses_to_start(self, gateway, why):
        refused = gateway.world.gatehouse('serve', '--config', 'gateway.toml', check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(why, refused.out + refused.err)

    def start_by_start(self, gateway, fail, since, at_the_end=None):
        """Each round is a start: answers, then fail(turn, loads) while clients call, then, without them, since(answered). fail returns
        the loads whose answers count, where these are not those that it was given. In the end all of it is there after one more start."""
        answered = set()
        try:
            origin = EchoOrigin(gateway, lambda head, body: answer(body[::-1]))
            for turn in range(ROUNDS):
                gateway.start()
                loads = counted = Loads(gateway, self.seed + turn * CLIENTS)
                try:
                    self.until_more_answers(gateway, loads)
                    counted = fail(turn, loads) or loads
                finally:
                    bad = loads.end()
                self.assertEqual(bad, [])
                self.assertLessEqual(set(counted.refused()), {'record_failed', 'record_full'})
                answered |= counted.answered()
                since(answered)
            origin.stop()
            gateway.start()
            (at_the_end or self.proved)(gateway, answered, 'after all')
            print(f'{ROUNDS} rounds, {len(answered)} answers', flush=True)
        finally:
            gateway.__exit__(None)

    def again_and_again(self, gateway, fail, mend, why, reasons=('record_failed', 'record_full'), logged=True):
        """Each round the disk fails and comes back, and the gateway with it. logged: while it fails the log can be written."""
        with gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(body[::-1], ['Content-Type: application/octet-stream']))
            loads = Loads(gateway, self.seed)
            try:
                for turn in range(ROUNDS):
                    self.until_more_answers(gateway, loads)
                    before = len(loads.refused())
                    fail(gateway)
                    self.not_ready(gateway, why)
                    eventually(f'round {turn}: refusals', lambda before=before: len(loads.refused()) > before)
                    self.not_ready(gateway, why)
                    mend(gateway)
                    eventually(f'round {turn}: ready again', lambda: page(gateway, '/readyz')[0] == 200)
                    # Also where it was over before the log's next look.
                    for event in ('records_failing', 'records_written_again') if logged else ():
                        eventually(f'round {turn}: the log says so', lambda event=event, turn=turn: len(log_lines(gateway, event)) > turn)
                    self.until_more_answers(gateway, loads)
            finally:
                bad = loads.end()
                origin.stop()
            self.assertEqual(bad, [])
            self.assertLessEqual(set(loads.refused()), set(reasons))
            self.proved(gateway, loads.answered(), 'before the restart')
            self.assertEqual(gateway.world.stop(), [])
            gateway.start()
            self.proved(gateway, loads.answered(), 'after the restart')
            print(f'{ROUNDS} rounds, {len(loads.answered())} answers, {len(loads.refused())} refusals', flush=True)

    @unittest.skipUnless(INSIDE in os.environ, 'mounting is not allowed here')
    def test_no_space(self):
        self.again_and_again(self.gateway(), self.fill, self.empty, 'No space left')

    @unittest.skipUnless(INSIDE in os.environ, 'mounting is not allowed here')
    def test_no_space_where_requests_wait_for_it(self):
        """The ring fills, then each waits as long as deadlines.progress says."""
        self.again_and_again(self.gateway('block', 'progress = "2s"'), self.fill, self.empty, 'No space left', ['record_full'])

    def test_writes_are_refused(self):
        """Each write to a file fails (EFBIG stands for whatever a medium says), and the signal that comes with it kills nobody."""
        def limit(soft):
            return lambda gateway: resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
        self.again_and_again(self.gateway(), limit(4096), limit(resource.RLIM_INFINITY), 'File too large', logged=False)

    def test_a_segment_that_is_moved_away(self):
        """Who links or moves it elsewhere leaves the gateway writing to what nobody will find; put back, it goes on."""
        away, why = [], 'was removed while it was written'

        def move(gateway):
            while True:   # it may be full by then, and another one be written: what is not written is looked at by verify alone
                name = self.segments()[-1]
                os.rename(os.path.join(self.folder, name), os.path.join(self.folder, 'moved'))
                away.append(os.path.join(self.folder, name))
                eventually('the writer looks', lambda name=name: self.segments()[-1:] > [name] or self.says(gateway, why))
                if self.says(gateway, why):
                    return
                back(gateway)

        def back(_):
            os.rename(os.path.join(self.folder, 'moved'), away[-1])
        self.again_and_again(self.gateway(), move, back, why)

    @unittest.skipIf(os.geteuid() == 0 and shutil.which('setpriv') is None, 'setpriv is not here')
    def test_a_folder_that_takes_no_files(self):
        def mode(value):
            return lambda _: os.chmod(self.folder, value)
        self.again_and_again(self.gateway(kind=Unprivileged), mode(0o500), mode(0o700), 'Permission denied')

    @unittest.skipUnless(INSIDE in os.environ, 'mounting is not allowed here')
    def test_a_disk_that_is_read_only_at_the_start(self):
        """No gateway without records: it ends and says why; nothing of what is there is touched, and later it goes on from it."""
        gateway = self.gateway()

        def read_only(_):
            # Busy until the kernel has let go of the files of a killed process's ring, which it does behind its back.
            remount = ['mount', '-o', 'remount,ro', self.folder]
            eventually('read-only', lambda: subprocess.run(remount, capture_output=True).returncode == 0)
            self.refuses_to_start(gateway, 'Read-only file system')
            subprocess.run(['mount', '-o', 'remount,rw', self.folder], check=True)
        self.start_by_start(gateway, lambda turn, loads: gateway.kill(), read_only)

    @unittest.skipUnless(INSIDE in os.environ, 'mounting is not allowed here')
    @unittest.skipIf(shutil.which('mkfs.ext4') is None or shutil.which('findmnt') is None, 'mkfs.ext4 or findmnt is not here')
    def test_a_disk_that_turns_read_only(self):
        """While it is written: refused, and /readyz says why. What was answered is in rings and goes to the disk with the next start."""
        gateway = self.gateway()
        disk = OwnDisk(gateway.world.path('disk.image'), self.folder)
        if not disk.mount():
            gateway.__exit__(None)
            self.skipTest('no file can be mounted as a disk here')
        self.addCleanup(subprocess.run, ['umount', '-l', self.folder])

        def fail(turn, loads):
            disk.fail()
            self.not_ready(gateway, 'Read-only file system')
            eventually('refusals', loads.refused)
            self.not_ready(gateway, 'Read-only file system')

        def mend(answered):
            self.ends_with_an_error(gateway)
            self.listed(gateway, answered, 'before the restart')
            self.assertTrue(disk.mend())
        self.start_by_start(gateway, fail, mend)

    @unittest.skipUnless(INSIDE in os.environ, 'mounting is not allowed here')
    def test_killed_while_there_is_no_space(self):
        """What the rings hold then has to find room before anything new is recorded: the start says so until it does."""
        gateway = self.gateway()

        def fill_and_kill(turn, loads):
            self.fill()
            self.not_ready(gateway, 'No space left')
            eventually('refusals', loads.refused)
            gateway.kill()

        def empty(answered):
            self.listed(gateway, answered, 'before the restart')
            self.refuses_to_start(gateway, 'No space left on device')
            self.resize(ROOM)
        self.start_by_start(gateway, fill_and_kill, empty)

    def lost_by_others(self, change, why):
        """What somebody takes out of a segment is lost with it, which verify says; what is answered from then on is not."""
        gateway = self.gateway()

        def fail(turn, loads):
            eventually('a second segment', lambda: sum('-00000001.ghr' in name for name in self.segments()) > turn)
            bad = loads.end()
            eventually('all is on disk', lambda: metric(gateway, 'gatehouse_record_lag_bytes') == 0)
            changed = self.segments()[-1]
            change(os.path.join(self.folder, changed))
            since = Loads(gateway, self.seed + turn * CLIENTS)
            try:
                self.not_ready(gateway, why)
                eventually('refusals', since.refused)
                self.not_ready(gateway, changed)
            finally:
                bad += since.end()
            self.assertEqual(bad, [])
            return since

        def after(answered):
            self.ends_with_an_error(gateway)
            self.listed(gateway, answered, 'before the restart')

        def found(_, answered, what):
            self.listed(gateway, answered, what)
            verified = gateway.records('verify', '--heads-key', 'heads.key.pub', check=False)
            self.assertEqual(verified.returncode, 74, verified.out[-3000:])   # findings
        self.start_by_start(gateway, fail, after, found)

    def test_a_segment_that_is_cut(self):
        self.lost_by_others(lambda path: os.truncate(path, 8192), 'was cut while it was written')

    def test_a_segment_that_is_unlinked(self):
        self.lost_by_others(os.unlink, 'was removed while it was written')

    def lost_ring(self, lose, rules, damages=True):
        """What is in a ring alone is lost with it: nobody holds an answer to that. It goes on with the next start."""
        gateway = self.gateway(rules=rules)

        def fail(turn, loads):
            ring = next(name for name in os.listdir(gateway.rings) if name.endswith('-w0000.ring'))
            lose(os.path.join(gateway.rings, ring))
            self.not_ready(gateway, f'ring {ring} was removed or cut while it was in use')
            # What was sent before may be on its way still: not to a client that was refused since.
            seen = [len(each.refused) for each in loads.all]
            eventually('each client is refused', lambda: all(len(each.refused) > n for each, n in zip(loads.all, seen)))
            held = len(loads.answered())
            before = len(loads.refused())
            eventually('more refusals', lambda: len(loads.refused()) >= before + CLIENTS)
            self.not_ready(gateway, ring)
            said = eventually('the log says so', lambda: log_lines(gateway, 'records_failing')[turn:])
            self.assertIn(ring, said[0]['error'])   # of this start: the log is one
            self.assertEqual(len(loads.answered()), held, 'answers that no ring holds')
            listed = gateway.records('list', '--json', now=True)
            # The ring; and in the segment, behind what counts, where lost pages lay among what was written out meanwhile.
            self.assertEqual('places could not be read' in listed.err, damages, listed.err)
            verified = gateway.records('verify', now=True, check=False)
            self.assertEqual((verified.returncode, ring in verified.out), (74, damages), verified.out)

        def end(_):
            gateway.process.terminate()
            gateway.process.wait(PATIENCE)
            self.assertGreaterEqual(gateway.process.returncode, 0, 'it ended by itself')
            gateway.world.running.clear()
        self.start_by_start(gateway, fail, end)

    def test_a_ring_that_is_cut(self):
        self.lost_ring(lambda path: os.truncate(path, 0), NOW)

    def test_a_ring_that_is_cut_behind_its_header(self):
        self.lost_ring(lambda path: os.truncate(path, 4096), NOW)

    def test_a_ring_that_is_unlinked(self):
        """Its memory is still there, and goes to the segments."""
        self.lost_ring(os.unlink, RULES, damages=False)


if __name__ == '__main__':
    own_mounts()
    BUILD = sys.argv.pop(1)
    unittest.main()
