"""Signed heads go to a witness on another machine, and verify compares with what it kept. Usage: witness_test.py BUILD"""
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'support'))
from gateway import CONFIG, Gateway, PATIENCE, answer, field  # noqa: E402

BUILD = sys.argv.pop(1)


class Witness(http.server.ThreadingHTTPServer):
    """Keeps what it is sent in a file; refuses the first `refused` requests."""

    def __init__(self, path, refused=0):
        self.path, self.refused, self.kept = path, refused, 0
        self.lock = threading.Lock()
        super().__init__(('127.0.0.1', 0), Keeper)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Keeper(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        with self.server.lock:
            if self.server.refused > 0:
                self.server.refused -= 1
                return self.send_error(503)
            with open(self.server.path, 'ab') as file:
                file.write(body)
            self.server.kept += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Witnessed(unittest.TestCase):
    def gateway(self, witness):
        text = CONFIG.replace('[records]\n', '[records]\nheads_key_file = "heads.key"\nhead_interval = "100ms"\nstrict = true\n'
                              f'witness = "http://127.0.0.1:{witness.server_address[1]}/heads"\n')
        gateway = Gateway(BUILD, text)
        gateway.world.gatehouse('keys', 'make', 'heads', '--out', 'heads.key')
        return gateway

    def exchange(self, gateway):
        with gateway.client() as client:
            client.send(gateway.request('GET', '/plain/one'))
            origin = gateway.origin()
            origin.message()
            origin.send(answer(b'fine'))
            return field(client.message()[0], 'Gatehouse-Exchange-Id')

    def verify(self, gateway, witness, *more):
        return gateway.records('verify', '--heads-key', 'heads.key.pub', '--witness', witness.path, *more, check=False)

    def until(self, what):
        deadline = time.monotonic() + PATIENCE
        while not what():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def test_what_was_witnessed_cannot_be_set_back(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder, True)
        witness = Witness(os.path.join(folder, 'kept'), refused=1)
        try:
            gateway = self.gateway(witness)
            with gateway:
                first = self.exchange(gateway)
                self.until(lambda: witness.kept > 0)   # though it was refused once
                live = self.verify(gateway, witness, '--json')
                self.assertEqual(live.returncode, 0, live.out)
                gateway.world.stop()
                older = os.path.join(folder, 'older')
                shutil.copytree(gateway.world.path('records'), older)
                before = witness.kept
                gateway.start()
                second = self.exchange(gateway)
                self.until(lambda: witness.kept > before)
                gateway.world.stop()
                whole = self.verify(gateway, witness, '--json')
                self.assertEqual(whole.returncode, 0, whole.out)
                totals = json.loads(whole.out.splitlines()[-1])
                self.assertEqual(totals['unsigned_records'], 0)
                self.assertEqual(totals['undigested_bytes'], 0)
                self.assertEqual(totals['heads'], totals['heads_expected'])
                self.assertGreater(totals['heads_witnessed'], 1)
                for exchange in (first, second):
                    explained = self.verify(gateway, witness, '--explain', exchange)
                    self.assertEqual(explained.returncode, 0, explained.out)
                    self.assertIn('SHA-256(chain before, header)', explained.out)
                    self.assertIn('its key was given', explained.out)
                shutil.rmtree(gateway.world.path('records'))
                shutil.copytree(older, gateway.world.path('records'))
                back = self.verify(gateway, witness, '--json')
                self.assertEqual(back.returncode, 74)
                self.assertIn('"change":"rolled_back"', back.out)
        finally:
            witness.shutdown()


if __name__ == '__main__':
    unittest.main(argv=sys.argv)
