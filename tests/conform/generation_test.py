"""`gatehouse reload` of what workers are started with: other workers take over, and nobody is dropped. Usage: generation_test.py BUILD"""
import itertools
import json
import os
import random
import re
import resource
import shutil
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import becomes, descriptors, eventually, log_lines, metric, reason_of, settled, status_of  # noqa: E402
from changing import Changing  # noqa: E402
from gateway import CONFINED, PATIENCE, EchoOrigin, answer, field, sanitized  # noqa: E402

LONG = bool(os.environ.get('GATEHOUSE_LONG'))
BUILD = sys.argv.pop(1)
RING_OFF = '["no_sqarray"]' if CONFINED else '[]'


class World(Changing):
    """Its folders of records are known by the order in which they were used."""

    def __init__(self, **settings):
        super().__init__(BUILD, gateway_more=f'ring_off = {RING_OFF}', **{'ring_size': '1MiB', 'segment_size': '1MiB', **settings})
        self.other_rings = tempfile.mkdtemp(prefix='gatehouse-test-', dir='/dev/shm')
        self.folders = [('records', self.rings)]

    def __exit__(self, *why):
        super().__exit__(*why)
        shutil.rmtree(self.other_rings, ignore_errors=True)

    def change(self, *changes):
        """Edits and reloads; what `reload` said."""
        self.edit(*changes)
        return self.reload()

    def now(self, key):
        line = next(line for line in self.written().splitlines() if line.startswith(key + ' = '))
        return line

    def alone(self):
        eventually('the generation before has ended', lambda: metric(self, 'gatehouse_generations') == 1)

    def ids(self, folders):
        """Every exchange with a closing record, once no request runs any more."""
        settled(self)
        found = set()
        for place, rings in folders:
            if not os.path.isdir(self.world.path(place)):
                continue
            done = self.world.gatehouse('records', 'list', '--json', '--dir', place, '--rings', rings)
            found.update(each['exchange_id'] for each in map(json.loads, done.out.splitlines()) if each['state'] in ('closed', 'cut off'))
        return found

    def verify(self, folders):
        for place, rings in folders:
            done = self.world.gatehouse('records', 'verify', '--dir', place, '--rings', rings, check=False)
            if done.returncode != 0:
                raise AssertionError(f'{place}, {rings}: {done.out[-2000:]}{done.err}')


class Load:
    """Callers on kept and on new connections, until stop(); `answered` holds ids, `bad` what went wrong."""

    def __init__(self, gateway, kept=3, fresh=3):
        self.gateway, self.answered, self.bad, self.ending = gateway, [], [], False
        self.threads = [threading.Thread(target=self.safely, args=(number < kept,)) for number in range(kept + fresh)]
        for each in self.threads:
            each.start()

    def safely(self, kept):
        try:
            self.calls(kept)
        except OSError as error:
            self.bad.append(error)

    def calls(self, kept):
        client = self.gateway.client()
        while not self.ending:
            client.send(self.gateway.request('POST', '/plain/x', b'x' * 3000))
            head, body = client.message()
            if status_of(head) != 200 or len(body) != 3000:
                self.bad.append((head, len(body)))
                return
            self.answered.append(field(head, 'Gatehouse-Exchange-Id'))
            if not kept or b'\r\nconnection: close' in head.lower():
                client.sock.close()
                client = self.gateway.client()
        client.sock.close()

    def stop(self):
        self.ending = True
        for each in self.threads:
            each.join()


def echo(head, body):
    return answer(body, ['Content-Type: application/octet-stream'])


class EachKey(unittest.TestCase):
    """Every setting that a running worker cannot change, under load, one after the other."""

    def test_no_request_is_dropped_and_every_answered_one_is_in_the_records(self):
        with World(workers=2) as gateway:
            origin, load = EchoOrigin(gateway, echo), Load(gateway)
            changes = [('gateway.workers', 'workers = 2', 'workers = 1'), ('gateway.workers', 'workers = 1', 'workers = 3'),
                       ('gateway.workers', 'workers = 3', 'workers = 2'),
                       ('gateway.ring_off', f'ring_off = {RING_OFF}', 'ring_off = ["no_sqarray", "registered_ring"]'),
                       ('limits.connections', '[limits]\n', '[limits]\nconnections = 9000\n'),
                       ('records.ring_size', 'ring_size = "1MiB"', 'ring_size = "2MiB"'),
                       ('records.segment_size', 'segment_size = "1MiB"', 'segment_size = "4MiB"'),
                       ('records.dir', 'dir = "records"', 'dir = "others"'),
                       ('records.ring_dir', f'ring_dir = "{gateway.rings}"', f'ring_dir = "{gateway.other_rings}"')]
            asked = 0
            try:
                for turn, (key, old, new) in enumerate(changes):
                    before = len(load.answered)
                    done = gateway.change((old, new))
                    self.assertEqual((done.returncode, done.err), (0, ''), key + done.err)
                    self.assertIn(key, done.out)
                    self.assertRegex(done.out, r'\nworkers +(\d new ones serve|a new one serves); those before finish what they run, at most 30s\n')
                    eventually('calls go on', lambda before=before: load.bad or len(load.answered) > before + 20)
                    gateway.alone()   # its idle connections to callers end by themselves, too
                    self.assertEqual(load.bad, [], key)
                    self.assertEqual(metric(gateway, 'gatehouse_config_version'), turn + 2)
                    now = metric(gateway, 'gatehouse_exchanges_begun_total')
                    self.assertGreater(now, asked, 'totals never fall')
                    asked = now
            finally:
                load.stop()
                origin.stop()
            self.assertEqual(load.bad, [])
            self.assertEqual(metric(gateway, 'gatehouse_workers'), 2)
            self.assertGreaterEqual(metric(gateway, 'gatehouse_exchanges_begun_total'), len(set(load.answered)))
            eventually('one configuration', lambda: metric(gateway, 'gatehouse_config_snapshots') == 1)
            folders = [('records', gateway.rings), ('others', gateway.other_rings)]
            self.assertEqual(set(load.answered) - gateway.ids(folders), set())
            gateway.verify(folders)
            notes = [sum(name.endswith('.writer') for name in os.listdir(gateway.world.path(place))) for place in ('records', 'others')]
            self.assertEqual(notes, [0, 1], 'the one that writes is noted')
            self.assertFalse([name for name in os.listdir(gateway.rings) if name.endswith('.ring')], 'old rings are removed')

    def test_whoever_connects_at_that_moment_is_served(self):
        with World(workers=1) as gateway:
            origin = EchoOrigin(gateway, echo)
            for turn in range(20 if LONG else 4):
                gateway.edit((f'workers = {1 + turn % 2}\n', f'workers = {2 - turn % 2}\n'))
                asking = threading.Thread(target=gateway.reload)
                asking.start()
                clients, bad = [], []

                def hear():
                    client = clients.pop(0)
                    head = client.message()[0]
                    if status_of(head) != 403:
                        bad.append(head)
                    client.sock.close()
                while asking.is_alive():
                    clients.append(gateway.client())
                    clients[-1].send(gateway.request('GET', '/nowhere'))
                    if len(clients) > 200:   # however long it takes: no more than descriptors allow
                        hear()
                while clients:
                    hear()
                self.assertEqual((len(bad), bad[:2]), (0, []))
                gateway.alone()
            origin.stop()

    def test_many_at_once_with_an_address_and_a_rule(self):
        with World(workers=1) as gateway:
            origin, load = EchoOrigin(gateway, echo), Load(gateway, kept=3, fresh=0)
            try:
                done = gateway.change(('workers = 1', 'workers = 2'), ('dir = "records"', 'dir = "others"'), ('ring_size = "1MiB"', 'ring_size = "4MiB"'),
                                      ('level = "warning"', 'level = "info"'), ('name = "chunk"', 'name = "chunks"'))
                self.assertEqual(done.returncode, 0, done.err)
                for key in ('gateway.workers (1 -> 2)', 'records.dir', 'records.ring_size', 'added chunks; removed chunk'):
                    self.assertIn(key, done.out)
                gateway.alone()
            finally:
                load.stop()
                origin.stop()
            self.assertEqual(load.bad, [])
            becomes(lambda: [(line['generation'], line['records_complete']) for line in log_lines(gateway, 'generation_ended')], [(1, True)],
                    'ended in the log')
            self.assertIn(2, [line.get('generation') for line in log_lines(gateway, 'generation_started')])


class Ends(unittest.TestCase):
    """What still runs in the old workers."""

    def test_a_held_request_waits_on_and_a_yes_is_bound_to_the_configuration_that_it_was_given_for(self):
        with World() as gateway, gateway.client() as client, gateway.client() as denied:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))
            for each in (client, denied):
                each.send(gateway.request('DELETE', '/collections/x'))
            waiting = []
            eventually('held', lambda: waiting.__setitem__(slice(None), self.listed(gateway)) or len(waiting) == 2)
            self.assertEqual(gateway.change(('workers = 1', 'workers = 2')).returncode, 0)
            self.assertEqual(len(self.listed(gateway)), 2)
            shown = gateway.world.gatehouse('approvals', 'show', waiting[0]['id'], '--request', '--config', 'gateway.toml')
            self.assertIn('DELETE /collections/x', shown.out)
            for verb, one in zip(('approve', 'deny'), waiting):
                gateway.world.gatehouse('approvals', verb, one['id'], '--config', 'gateway.toml')
            reasons = []
            for each in (client, denied):
                head, body = each.message()
                reasons.append(reason_of(body))
                self.assertIn(b'\r\nconnection: close', head.lower())
            self.assertEqual(sorted(reasons), ['approval_denied', 'policy_changed'])
            gateway.alone()
            origin.stop()

    def listed(self, gateway):
        return json.loads(gateway.world.gatehouse('approvals', 'list', '--config', 'gateway.toml', '--json').out)

    def test_the_drain_limit_ends_what_does_not_end(self):
        with World(deadlines='drain = "1s"') as gateway, gateway.client() as client:
            client.send(gateway.request('DELETE', '/collections/x'))
            eventually('held', lambda: self.listed(gateway))
            began = time.monotonic()
            self.assertEqual(gateway.change(('workers = 1', 'workers = 2')).returncode, 0)
            client.until_end()
            self.assertGreater(time.monotonic() - began, 0.9)
            gateway.alone()
            self.assertEqual(self.listed(gateway), [])
            ends = [(each['state'], each['reason']) for each in gateway.listed()]
            self.assertEqual(ends, [('closed', 'gateway_draining')])

    def test_a_long_answer_and_a_slow_request_end_well(self):
        with World() as gateway, gateway.client() as reader, gateway.client() as writer:
            reader.send(gateway.request('GET', '/plain/long'))
            origin = gateway.origin()
            origin.message()
            whole = os.urandom(1 << 20)
            origin.send(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(whole) + whole[:1000])
            self.assertIn(b'200', reader.take_through(b'\r\n\r\n'))
            head = gateway.request('POST', '/plain/slow', b'abc').partition(b'\r\n\r\n')[0]
            writer.send(head[:40])
            self.assertEqual(gateway.change(('workers = 1', 'workers = 2')).returncode, 0)
            origin.send(whole[1000:])
            self.assertEqual(reader.take(len(whole)), whole)
            writer.send(head[40:] + b'\r\n\r\nabc')
            self.assertEqual(origin.message()[1], b'abc')   # the connection that has become free
            origin.send(answer(b'{}'))
            got = writer.message()[0]
            self.assertEqual(status_of(got), 200)
            self.assertIn(b'\r\nconnection: close', got.lower())
            # The other one's answer said that its connection stays: one more is answered, then it ends.
            reader.send(gateway.request('GET', '/nowhere'))
            self.assertIn(b'\r\nconnection: close', reader.message()[0].lower())
            origin.sock.close()
            gateway.alone()

    def test_a_connection_on_which_nothing_comes_ends_after_five_seconds(self):
        with World(deadlines='idle = "10m"\ndrain = "10m"') as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/nowhere'))
            client.message()
            began = time.monotonic()
            self.assertEqual(gateway.change(('workers = 1', 'workers = 2')).returncode, 0)
            self.assertEqual(client.until_end(), b'')
            self.assertGreater(time.monotonic() - began, 4.9)
            client.sock.close()
            gateway.alone()


class Refused(unittest.TestCase):
    """An error anywhere keeps the old workers."""

    def test_folders_that_cannot_be_written(self):
        with World() as gateway:
            origin, load = EchoOrigin(gateway, echo), Load(gateway)
            good = gateway.written()
            os.mkdir(gateway.world.path('open'))
            os.chmod(gateway.world.path('open'), 0o777)
            gateway.world.write('file', 'x')
            for old, new, why in (('dir = "records"', 'dir = "open"', 'is open to group or others'), ('dir = "records"', 'dir = "file"', 'cannot '),
                                  ('dir = "records"', 'dir = "no/where"', 'No such file'),
                                  (f'ring_dir = "{gateway.rings}"', 'ring_dir = "open"', 'is open to group or others'),
                                  ('ring_size = "1MiB"', 'ring_size = "1TiB"', '')):
                gateway.place('gateway.toml', good.replace(old, new, 1).replace('name = "plain"', 'name = "other"'))
                done = gateway.reload()
                self.assertEqual(done.returncode, 78, new)
                self.assertIn(why, done.err)
                self.assertIn('version 1 stays in force', done.err)
            eventually('why in the log', lambda: any(re.search('GH0409: records cannot be written there: .*is open to group or others', line['error'])
                                                     for line in log_lines(gateway, 'config_refused')))
            gateway.place('gateway.toml', good)
            self.assertEqual(gateway.reload().returncode, 0)
            load.stop()
            origin.stop()
            self.assertEqual(load.bad, [])
            self.assertEqual((metric(gateway, 'gatehouse_generations'), metric(gateway, 'gatehouse_workers')), (1, 1))
            self.assertEqual(set(load.answered) - gateway.ids(gateway.folders), set())

    @unittest.skipIf(sanitized(os.path.join(BUILD, 'gatehouse')), 'UBSan looks at pointers through pipes: without descriptors it is wrong')
    def test_without_descriptors_each_step_is_refused_and_leaves_nothing(self):
        with World() as gateway:
            together, came = threading.Barrier(8), itertools.count()

            def reply(head, body):
                if next(came) < 8:   # so there is a connection to the origin for each, even while those before are given back
                    together.wait(PATIENCE)
                return echo(head, body)
            origin = EchoOrigin(gateway, reply)
            load, others = Load(gateway, kept=1, fresh=3), Load(gateway, kept=4, fresh=0)
            eventually('all eight have been answered', lambda: len(load.answered) >= 4 and len(others.answered) >= 4)
            others.stop()
            self.assertEqual(others.bad, [])
            pid = gateway.process.pid
            hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            held = descriptors(gateway)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (held + 2, hard[1]))   # first: the gateway looks by itself, too
            gateway.edit(('workers = 1', 'workers = 12'))
            codes = set()
            for more in range(2, 200, 3):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (held + more, hard[1]))
                done = gateway.reload()
                resource.prlimit(pid, resource.RLIMIT_NOFILE, hard)
                if done.returncode == 0:
                    break
                self.assertIn('version 1 stays in force', done.err)
                codes.add(done.err.partition('error[')[2][:6])
                eventually('what was begun is gone', lambda: metric(gateway, 'gatehouse_generations') == 1)
                self.assertEqual(metric(gateway, 'gatehouse_workers'), 1)
                self.assertEqual(load.bad, [], 'nobody comes to a worker that does not')
            self.assertLessEqual({'GH0408', 'GH0409', 'GH0410'}, codes)
            gateway.alone()
            self.assertEqual(metric(gateway, 'gatehouse_workers'), 12)
            load.stop()
            self.assertEqual(load.bad, [])
            gateway.verify(gateway.folders)
            origin.stop()

    def test_a_fourth_generation_waits(self):
        with World() as gateway:
            held = []
            for workers in (1, 2, 1):
                client = gateway.client()
                client.send(gateway.request('DELETE', '/collections/x'))
                held.append(client)
                eventually('held', lambda: metric(gateway, 'gatehouse_approvals_waiting') == len(held))
                done = gateway.change((f'workers = {workers}\n', f'workers = {3 - workers}\n'))
            self.assertEqual(done.returncode, 78)
            self.assertIn('GH0502', done.err)
            self.assertIn('gateway.workers cannot be changed again yet', done.err)
            for each in held:
                each.sock.close()
            gateway.alone()
            self.assertEqual(gateway.reload().returncode, 0)
            gateway.alone()
            gateway.verify(gateway.folders)


class Killed(unittest.TestCase):
    """kill -9 at random moments around a change of both folders: whatever was answered is in one of them."""
    KILLS = 60 if LONG else 8

    def test_nothing_that_was_answered_is_lost(self):
        seed = int(os.environ.get('GATEHOUSE_SEED', random.randrange(1 << 30)))
        print(f'seed {seed}', flush=True)
        chance = random.Random(seed)
        gateway = World(workers=2)
        gateway.start()
        origin = EchoOrigin(gateway, echo)
        answered, during = set(), 0
        places, rings = ['records', 'others'], [gateway.rings, gateway.other_rings]
        everywhere = [(place, ring) for place in places for ring in rings]
        try:
            for kill in range(self.KILLS):
                load = Load(gateway)
                eventually('answers', lambda load=load: len(load.answered) > 2)
                kind = kill % 3   # both folders move, or one
                text = gateway.written()
                for name, (one, other) in (('dir', places), ('ring_dir', rings)):
                    if kind == 0 or (kind == 1) == (name == 'dir'):
                        now = gateway.now(name)
                        text = text.replace(now, f'{name} = "{other if now.endswith(chr(34) + one + chr(34)) else one}"')
                gateway.place('gateway.toml', text)
                reloading = threading.Thread(target=gateway.reload)
                reloading.start()
                time.sleep(chance.uniform(0.01, 0.25))   # the moment of death is the random input of this test
                during += not log_lines(gateway, 'generation_ended')
                gateway.kill()
                reloading.join()
                load.stop()
                answered.update(load.answered)
                self.assertEqual(answered - self.begun(gateway, everywhere), set(), f'kill {kill}: lost before the restart')
                gateway.restart()
                self.assertEqual(answered - self.begun(gateway, everywhere), set(), f'kill {kill}: lost after the restart')
            self.assertGreater(during, 0)
            self.assertGreater(len(answered), self.KILLS)
            for place, ring in everywhere:   # and a clean end in each
                self.assertEqual(gateway.world.stop(), [])
                text = gateway.written().replace(gateway.now('dir'), f'dir = "{place}"')
                gateway.place('gateway.toml', text.replace(gateway.now('ring_dir'), f'ring_dir = "{ring}"'))
                gateway.restart()
            self.assertEqual(gateway.world.stop(), [])
            gateway.verify([(place, gateway.rings) for place in places])
        finally:
            origin.stop()
            gateway.__exit__(None)

    def begun(self, gateway, everywhere):
        found = set()
        for place, rings in everywhere:
            if os.path.isdir(gateway.world.path(place)):
                done = gateway.world.gatehouse('records', 'list', '--json', '--dir', place, '--rings', rings)
                found.update(json.loads(line)['exchange_id'] for line in done.out.splitlines())
        return found


if __name__ == '__main__':
    unittest.main()
