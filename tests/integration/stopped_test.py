"""SIGSTOP of a gateway at random moments under load: its rings are read while it stands still, nothing looks damaged, and when it goes
on nobody has lost anything."""
import os
import random
import signal
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import EchoOrigin, Gateway, answer, field  # noqa: E402

BUILD = sys.argv.pop(1)
STOPS = 20 if os.environ.get('GATEHOUSE_LONG') else 3
CLIENTS = 4


class Load(threading.Thread):
    """Calls one after the other until end(); `answered` are ids, `bad` is what was no whole answer."""

    def __init__(self, gateway, seed):
        super().__init__()
        self.gateway, self.random, self.answered, self.bad, self.ending = gateway, random.Random(seed), [], [], False
        self.start()

    def run(self):
        try:
            with self.gateway.client() as client:
                while not self.ending:
                    body = self.random.randbytes(self.random.choice((0, 10, 3_000, 60_000, 200_000)))
                    client.send(self.gateway.request('POST', '/plain/x', body))
                    head, got = client.message()
                    if got != body[::-1] or b' 200 ' not in head:
                        self.bad.append((head, len(got), len(body)))
                        return
                    self.answered.append(field(head, 'Gatehouse-Exchange-Id'))
        except OSError as error:
            self.bad.append(repr(error))

    def end(self):
        self.ending = True
        self.join()


def state_of(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        return file.read().rsplit(')', 1)[1].split()[0]


class Stopped(unittest.TestCase):
    def test_rings_are_read_while_nobody_moves(self):
        seed = int(os.environ.get('GATEHOUSE_SEED', random.randrange(1 << 30)))
        print(f'seed {seed}', flush=True)
        chance = random.Random(seed)
        with Gateway(BUILD, workers=2, ring_size='4MiB', segment_size='4MiB', limits='inspect_bytes = "512KiB"') as gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(body[::-1], ['Content-Type: application/octet-stream']))
            load = [Load(gateway, seed + i) for i in range(CLIENTS)]
            try:
                for stop in range(STOPS):
                    time.sleep(chance.uniform(0.02, 0.3))   # the moment is the random input of this test
                    gateway.process.send_signal(signal.SIGSTOP)
                    while state_of(gateway.process.pid) != 'T':
                        time.sleep(0.001)
                    answered = {exchange for each in load for exchange in list(each.answered)}
                    verified = gateway.records('verify', check=False, now=True)
                    self.assertEqual(verified.returncode, 0, f'stop {stop}: {verified.out[-2000:]}')
                    self.assertEqual(answered - {each['exchange_id'] for each in gateway.listed(now=True)}, set(), f'stop {stop}')
                    gateway.process.send_signal(signal.SIGCONT)
            finally:
                gateway.process.send_signal(signal.SIGCONT)
                for each in load:
                    each.end()
                origin.stop()
            self.assertEqual([bad for each in load for bad in each.bad], [])
            answered = {exchange for each in load for exchange in each.answered}
            self.assertGreater(len(answered), CLIENTS)
            self.assertEqual(answered - {each['exchange_id'] for each in gateway.listed()}, set())
            gateway.world.stop()
            verified = gateway.records('verify', check=False)
            self.assertEqual(verified.returncode, 0, verified.out[-2000:])
            print(f'{STOPS} stops, {len(answered)} answers', flush=True)


if __name__ == '__main__':
    unittest.main()
