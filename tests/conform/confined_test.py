"""How little the gateway needs: which features of io_uring it uses is told and can be switched off, and where it is run
confined (tools/lib/confined.py) it really was."""
import json
import os
import resource
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, descriptors, eventually, log_lines, status_of  # noqa: E402
from gateway import CONFIG, CONFINED, Gateway  # noqa: E402

BUILD = sys.argv.pop(1)
OPTIONAL = {'no_sqarray', 'registered_ring', 'restricted'}


def without(*features):
    return CONFIG.replace('[gateway]\n', '[gateway]\nring_off = %s\n' % json.dumps(features))


def in_use(gateway):
    """The features of the ring that the start told of."""
    started = eventually('the log says that it started', lambda: log_lines(gateway, 'started'))
    return set(started[0]['io_uring'].replace(',', ' ').split())


class Features(unittest.TestCase):
    def serves(self, gateway):
        origin = Recorder(gateway)
        self.addCleanup(origin.stop)
        for method, path, body in (('GET', '/plain/x', b''), ('POST', '/plain/x', b'x' * 3_000_000)):
            with gateway.client() as client:
                client.send(gateway.request(method, path, body))
                self.assertEqual(status_of(client.message()[0]), 200)
        self.assertEqual([len(body) for _, body in origin.asked], [0, 3_000_000])
        self.assertEqual({each['state'] for each in gateway.listed()}, {'closed'})

    def test_each_optional_feature_can_be_switched_off(self):
        for off in (OPTIONAL, {'no_sqarray'}, {'restricted'}, {'registered_ring'}):
            with self.subTest(off=off), Gateway(BUILD, level='info', config=without(*sorted(off))) as gateway:
                used = in_use(gateway)
                self.assertIn('defer_taskrun', used)
                self.assertEqual(used & off, set())
                if not off & {'registered_ring', 'restricted'}:
                    self.assertLessEqual({'registered_ring', 'restricted'}, used)   # every kernel from 6.1 on has these
                self.serves(gateway)

    def test_an_unknown_feature_is_an_error_that_names_those_there_are(self):
        with Gateway(BUILD, config=without('no_sqarray')) as gateway:
            with open(gateway.world.path('gateway.toml'), encoding='utf-8') as file:
                text = file.read().replace('"no_sqarray"', '"no_sqarry"')
            gateway.world.write('wrong.toml', text)
            done = gateway.world.gatehouse('check', '--config', 'wrong.toml', check=False)
        self.assertEqual(done.returncode, 78)
        for words in ("'no_sqarry' is not possible for 'ring_off'", 'no_sqarray, registered_ring or restricted'):
            self.assertIn(words, done.out + done.err)

    def test_the_process_itself_counts_its_descriptors(self):
        with Gateway(BUILD) as gateway:
            self.assertGreater(descriptors(gateway), 5)
            if os.geteuid() != 0:
                with self.assertRaises(PermissionError):   # not dumpable: nobody else but root may look
                    os.listdir(f'/proc/{gateway.process.pid}/fd')


@unittest.skipUnless(CONFINED, 'only where tools/lib/confined.py runs it')
class Confined(unittest.TestCase):
    def test_there_is_no_privilege(self):
        self.assertNotEqual(os.geteuid(), 0)
        with open('/proc/self/status', encoding='ascii') as file:
            status = dict(line.split(':\t') for line in file.read().splitlines())
        self.assertEqual(int(status['CapEff'], 16), 0)
        self.assertEqual(resource.getrlimit(resource.RLIMIT_MEMLOCK), (8 << 20, 8 << 20))

    def test_little_locked_memory_is_told_and_enough(self):
        with Gateway(BUILD, level='info', ring_size='32MiB', config=without('no_sqarray')) as gateway:
            eventually('it says what it would need', lambda: any('LimitMEMLOCK must be at least' in line.get('note', '') for line in log_lines(gateway)))
            Features.serves(self, gateway)


if __name__ == '__main__':
    unittest.main()
