"""kill -9 at random moments under load, also during rotation: every answered id is in the records."""
import os
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import EchoOrigin, Gateway, answer, field  # noqa: E402
from watch import eventually  # noqa: E402

BUILD = sys.argv.pop(1)
KILLS = 200 if os.environ.get('GATEHOUSE_LONG') else 20
CLIENTS = 4


class Load(threading.Thread):
    """Calls until the gateway is gone; `answered` holds the ids of whole answers, in order."""

    def __init__(self, gateway, seed):
        super().__init__()
        self.gateway, self.random, self.answered = gateway, random.Random(seed), []
        self.start()

    def run(self):
        try:
            with self.gateway.client() as client:
                while True:
                    body = self.random.randbytes(self.random.choice((0, 10, 3_000, 60_000, 200_000)))
                    client.send(self.gateway.request('POST', '/plain/x', body))
                    head, got = client.message()
                    length = field(head, 'Content-Length')
                    if length is None or len(got) != int(length):
                        return
                    self.answered.append(field(head, 'Gatehouse-Exchange-Id'))
        except OSError:
            return


class Kill(unittest.TestCase):
    def test_nothing_that_was_answered_is_lost(self):
        seed = int(os.environ.get('GATEHOUSE_SEED', random.randrange(1 << 30)))
        print(f'seed {seed}', flush=True)
        chance = random.Random(seed)
        gateway = Gateway(BUILD, ring_size='4MiB', segment_size='4MiB', limits='inspect_bytes = "512KiB"')
        gateway.start()
        origin = EchoOrigin(gateway, lambda head, body: answer(body[::-1], ['Content-Type: application/octet-stream']))
        answered = set()
        try:
            for kill in range(KILLS):
                load = [Load(gateway, seed + kill * CLIENTS + i) for i in range(CLIENTS)]
                if kill % 2:   # a slow machine gets somewhere, too
                    eventually('answers', lambda load=load: sum(len(each.answered) for each in load) >= CLIENTS)
                time.sleep(chance.uniform(0.02, 0.4))   # the moment of death is the random input of this test
                gateway.kill()
                for each in load:
                    each.join()
                    answered.update(each.answered)
                missing = answered - {each['exchange_id'] for each in gateway.listed()}
                self.assertEqual(missing, set(), f'kill {kill}: lost before the restart')
                gateway.start()
                missing = answered - {each['exchange_id'] for each in gateway.listed()}
                self.assertEqual(missing, set(), f'kill {kill}: lost after the restart')
            self.assertGreater(len(answered), KILLS)
            verified = gateway.records('verify', check=False)
            self.assertEqual(verified.returncode, 0, verified.out[-2000:])
            ends = {(each['state'], each['reason']) for each in gateway.listed()}
            self.assertLessEqual({state for state, _ in ends}, {'closed', 'cut off'})
            self.assertIn(('cut off', 'process_ended'), ends)   # recovery said so for what a kill left open
        finally:
            origin.stop()
            gateway.__exit__(None)


if __name__ == '__main__':
    unittest.main()
