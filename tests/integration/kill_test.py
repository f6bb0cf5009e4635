"""kill -9 at random moments under load, also during rotation and while reloads begin generations of workers, in clear and sealed: every
answered id is in the records, and what its client sent is."""
import os
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import CONFIG, EchoOrigin, Gateway, answer, field, nameless_bytes  # noqa: E402
from watch import eventually  # noqa: E402

BUILD = sys.argv.pop(1)
KILLS = 200 if os.environ.get('GATEHOUSE_LONG') else 20
CLIENTS = 4
SEALED = CONFIG.replace('[records]', '[records]\nauditor_keys = ["ann.key.pub"]\noperations_key = "host.key.pub"')


class Load(threading.Thread):
    """Calls until the gateway is gone; `answered` holds (id, body sent) of whole answers, in order."""

    def __init__(self, gateway, seed):
        super().__init__()
        self.gateway, self.random, self.answered = gateway, random.Random(seed), []
        self.start()

    def run(self):
        try:
            while self.one_connection():   # a generation that ends closes its own
                pass
        except OSError:
            return

    def one_connection(self):
        with self.gateway.client() as client:
            while True:
                body = nameless_bytes(self.random, self.random.choice((0, 10, 3_000, 60_000, 200_000)))
                client.send(self.gateway.request('POST', '/plain/x', body))
                head, got = client.message()
                length = field(head, 'Content-Length')
                if length is None or len(got) != int(length):
                    return not client.ended
                self.answered.append((field(head, 'Gatehouse-Exchange-Id'), body))
                if field(head, 'Connection') == 'close':
                    return True


class Reloads(threading.Thread):
    """Has other workers take over again and again, until the gateway is gone; `done` counts what was said to have worked."""

    def __init__(self, gateway):
        super().__init__()
        self.gateway, self.done, self.ending = gateway, 0, False
        self.start()

    def run(self):
        path = self.gateway.world.path('gateway.toml')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for turn in range(1000):
            if self.ending:
                return
            self.gateway.world.write('gateway.toml.new', text.replace('segment_size = "4MiB"', f'segment_size = "{(8, 4)[turn % 2]}MiB"'))
            os.rename(path + '.new', path)
            self.done += self.gateway.world.gatehouse('reload', '--config', 'gateway.toml', check=False).returncode == 0

    def end(self):
        self.ending = True
        self.join()


class Kill(unittest.TestCase):
    def gateway(self, config):
        gateway = Gateway(BUILD, config, ring_size='4MiB', segment_size='4MiB', limits='inspect_bytes = "512KiB"')
        for use, name in (('auditor', 'ann'), ('operations', 'host')):
            gateway.world.tool('gatehouse', 'keys', 'make', use, '--name', name, '--out', name + '.key')
        return gateway

    def test_nothing_that_was_answered_is_lost(self):
        self.kill_again_and_again(self.gateway(CONFIG), [], KILLS)

    def test_nothing_that_was_sealed_is_lost(self):
        self.kill_again_and_again(self.gateway(SEALED), ['--key', 'ann.key'], KILLS // 2)

    def kill_again_and_again(self, gateway, keys, kills):
        seed = int(os.environ.get('GATEHOUSE_SEED', random.randrange(1 << 30)))
        print(f'seed {seed}', flush=True)
        chance = random.Random(seed)
        gateway.start()
        origin = EchoOrigin(gateway, lambda head, body: answer(body[::-1], ['Content-Type: application/octet-stream']))
        answered, reloads = set(), 0
        try:
            for kill in range(kills):
                load = [Load(gateway, seed + kill * CLIENTS + i) for i in range(CLIENTS)]
                if kill % 2:   # a slow machine gets somewhere, too
                    eventually('answers', lambda load=load: sum(len(each.answered) for each in load) >= CLIENTS)
                reloading = Reloads(gateway) if kill % 2 else None
                time.sleep(chance.uniform(0.02, 0.4))   # the moment of death is the random input of this test
                gateway.kill()
                if reloading is not None:
                    reloading.end()
                    reloads += reloading.done
                last = {}
                for each in load:
                    each.join()
                    answered.update(exchange for exchange, _ in each.answered)
                    last.update(each.answered[-1:])
                self.check(gateway, keys, answered, last, f'kill {kill}: lost before the restart')
                gateway.start()
                self.check(gateway, keys, answered, last, f'kill {kill}: lost after the restart')
            self.assertGreater(len(answered), kills)
            verified = gateway.records('verify', *keys, check=False)
            self.assertEqual(verified.returncode, 0, verified.out[-2000:])
            ends = {(each['state'], each['reason']) for each in gateway.listed()}
            self.assertLessEqual({state for state, _ in ends}, {'closed', 'cut off'})
            self.assertIn(('cut off', 'process_ended'), ends)   # recovery said so for what a kill left open
            print(f'{kills} kills, {len(answered)} answers, {reloads} reloads', flush=True)
        finally:
            origin.stop()
            gateway.__exit__(None)

    def check(self, gateway, keys, answered, last, what):
        self.assertEqual(answered - {each['exchange_id'] for each in gateway.listed()}, set(), what)
        for exchange, body in list(last.items())[:1]:
            got = gateway.records('replay', exchange, '--part', 'origin-request', '--body-only', *keys).stdout
            self.assertEqual(got, body, what)


if __name__ == '__main__':
    unittest.main()
