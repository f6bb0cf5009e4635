"""What format version 1 wrote is still read, verified, recovered and believed: golden files of its last gateway.
Usage: format1_test.py BUILD"""
import hashlib
import json
import os
import shutil
import sys
import tarfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import Gateway, answer  # noqa: E402

BUILD = sys.argv.pop(1)
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data/records-v1')
with open(os.path.join(DATA, 'expected.json'), encoding='utf-8') as file:
    EXPECTED = json.load(file)


def old():
    """A gateway that has not started, on the folders that version 1 left."""
    gateway = Gateway(BUILD, ring_size='1MiB', segment_size='1MiB')
    with tarfile.open(os.path.join(DATA, 'records.tar.xz')) as archive:
        for member in archive.getmembers():
            place = gateway.rings if member.name.startswith('rings') else os.path.join(gateway.state, member.name)
            if not member.isfile():
                os.makedirs(place, 0o700, exist_ok=True)
                continue
            place = os.path.join(place, os.path.basename(member.name)) if place == gateway.rings else place
            with open(os.open(place, os.O_CREAT | os.O_WRONLY, 0o600), 'wb') as out:
                shutil.copyfileobj(archive.extractfile(member), out)
    return gateway


def body_digest(gateway, exchange, part):
    return hashlib.sha256(gateway.records('replay', exchange, '--part', part, '--body-only').stdout).hexdigest()


class Format1(unittest.TestCase):
    def setUp(self):
        self.gateway = old()
        self.addCleanup(self.gateway.__exit__, None)

    def check_bodies(self):
        for each in EXPECTED['seen']:
            self.assertEqual(body_digest(self.gateway, each['id'], 'origin-request'), each['request'])
            self.assertEqual(body_digest(self.gateway, each['id'], 'origin-answer'), each['answer'])

    def test_it_is_read_as_it_was_then(self):
        listed = {each['exchange_id']: each for each in self.gateway.listed()}
        self.assertEqual(list(listed), [each['exchange_id'] for each in EXPECTED['listed']])
        for each in EXPECTED['listed']:
            then = {**each, 'groups': each['groups'].split(',')}   # it was one text then
            self.assertEqual({key: listed[each['exchange_id']][key] for key in each}, then)
        self.check_bodies()

    def test_it_verifies(self):
        verified = self.gateway.records('verify', '--json', check=False)
        self.assertEqual(verified.returncode, 0, verified.out)
        totals = json.loads(verified.out.splitlines()[-1])
        for word, count in (('records', 85), ('exchanges', 10), ('epochs', 2), ('segments', 4), ('problems', 0)):
            self.assertEqual(totals[word], count, word)

    def test_a_changed_byte_of_it_is_found(self):
        folder = os.path.join(self.gateway.state, 'records')
        name = sorted(os.listdir(folder))[1]
        with open(os.path.join(folder, name), 'r+b') as file:
            file.seek(300_000)
            byte = file.read(1)
            file.seek(300_000)
            file.write(bytes([byte[0] ^ 1]))
        verified = self.gateway.records('verify', check=False)
        self.assertEqual(verified.returncode, 74, verified.out)
        self.assertIn(name, verified.out)

    def test_a_gateway_recovers_it_and_goes_on(self):
        with self.gateway.start().client() as client:
            key = EXPECTED['api_key']['key']   # the store of then knows it
            client.send(self.gateway.request('POST', '/plain/new', b'new', token=key))
            with self.gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'{}'))
                self.assertIn(b' 200 ', client.message()[0])
        for command, before in (('api-keys', 'api_keys'), ('revocations', 'revocations')):
            self.assertEqual(self.gateway.world.gatehouse(command, 'list', '--config', 'gateway.toml').out, EXPECTED[before])
        self.gateway.world.stop()
        listed = self.gateway.listed()
        self.assertEqual(len(listed), len(EXPECTED['listed']) + 1)
        self.assertEqual({each['state'] for each in listed}, {'closed', 'cut off'})
        was_open = next(each for each in EXPECTED['listed'] if each['state'] == 'open')
        ended = next(each for each in listed if each['exchange_id'] == was_open['exchange_id'])
        self.assertEqual((ended['state'], ended['reason']), ('cut off', 'process_ended'))
        self.check_bodies()
        verified = self.gateway.records('verify', check=False)
        self.assertEqual(verified.returncode, 0, verified.out)


if __name__ == '__main__':
    unittest.main()
