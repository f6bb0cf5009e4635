"""What is recorded is what was on the wire: replay against bytes that sockets on both sides saw."""
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import Gateway, answer, field, nameless_bytes  # noqa: E402

BUILD = sys.argv.pop(1)


class Replay(unittest.TestCase):
    def body_of(self, gateway, exchange, part):
        return gateway.records('replay', exchange, '--part', part, '--body-only').stdout

    def one(self, gateway, client, origin, request, reply):
        client.send(request)
        asked = origin.message()
        origin.send(reply)
        return asked, client.message()

    def test_bodies_replay_byte_for_byte(self):
        random.seed(11)
        with Gateway(BUILD) as gateway, gateway.client() as client:
            origin, seen = None, []
            for size in (0, 1, 1000, 70_000, 1_000_000):
                body = nameless_bytes(random, size)
                client.send(gateway.request('POST', f'/plain/{size}', body))
                origin = origin or gateway.origin()
                _, asked = origin.message()
                self.assertEqual(asked, body)
                back = random.randbytes(size + 1)
                origin.send(answer(back, ['Content-Type: application/octet-stream']))
                head, got = client.message()
                self.assertEqual(got, back)
                seen.append((field(head, 'Gatehouse-Exchange-Id'), body, back))
            for exchange, body, back in seen:
                self.assertEqual(self.body_of(gateway, exchange, 'origin-request'), body)
                self.assertEqual(self.body_of(gateway, exchange, 'origin-answer'), back)
                self.assertEqual(self.body_of(gateway, exchange, 'client-answer'), back)
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_masked_answer_replays_both_ways(self):
        original = json.dumps([{'text': 'write to jane@example.org\nor pay with 4111 1111 1111 1111', 'n': 1},
                               {'text': 'nothing here', 'ssn': '219-09-9999'}]).encode()
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('POST', '/chunk', b'{"text":"x"}', ['Content-Type: application/json']))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(original))
                head, masked = client.message()
            for secret in (b'jane@example.org', b'4111 1111', b'219-09-9999'):
                self.assertNotIn(secret, masked)
            exchange = field(head, 'Gatehouse-Exchange-Id')
            self.assertEqual(self.body_of(gateway, exchange, 'client-answer'), masked)
            self.assertEqual(self.body_of(gateway, exchange, 'origin-answer'), original)

    def test_heads_replay_without_credentials(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/a?q=1', fields=['X-Keep: yes', 'Cookie: session=s3cret']))
            with gateway.origin() as origin:
                asked, _ = origin.message()
                origin.send(answer(b'{}'))
                got, _ = client.message()
            exchange = field(got, 'Gatehouse-Exchange-Id')
            recorded = gateway.records('replay', exchange, '--part', 'origin-request').stdout
            key = b'the-origins-own-key'
            self.assertIn(key, asked)
            self.assertNotIn(b'Cookie', asked)
            self.assertEqual(recorded, asked.replace(key, b'*'))
            self.assertEqual(gateway.records('replay', exchange, '--part', 'client-answer').stdout, got + b'{}')
            everything = gateway.records('show', exchange, '--json').stdout
            everything += gateway.records('replay', exchange).stdout
            for secret in (key, gateway.readers.encode(), b's3cret'):
                self.assertNotIn(secret, everything)
            for name in os.listdir(gateway.rings):
                with open(os.path.join(gateway.rings, name), 'rb') as ring:
                    held = ring.read()
                self.assertNotIn(gateway.readers.encode(), held)
                self.assertNotIn(key, held)

    def test_a_refused_call_is_recorded_too(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('POST', '/chunk', b'{"text":"drop  table users"}', ['Content-Type: application/json']))
            head, body = client.message()
            self.assertIn(b'403', head)
            listed = gateway.listed()
            self.assertEqual([each['exchange_id'] for each in listed], [field(head, 'Gatehouse-Exchange-Id')])
            self.assertEqual(listed[0]['reason'], 'guard_hit')
            self.assertEqual(json.loads(body)['exchange_id'], listed[0]['exchange_id'])
            self.assertFalse(gateway.origin_called())


if __name__ == '__main__':
    unittest.main()
