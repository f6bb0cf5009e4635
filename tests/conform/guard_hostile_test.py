"""1,900 requests that a stranger would try, and their harmless neighbours: tests/data/guards/hostile.jsonl, one a line. `policy` is
configs/guards.toml (sample), or that of guard_evasion_test.py (stores); `want` the decisions that are right.
They are judged by `gatehouse explain`, which decides as `serve` does. Usage: guard_hostile_test.py BUILD"""
import base64
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from guarded import ROOT, Guarded  # noqa: E402

BUILD = sys.argv.pop(1)
CASES = os.path.join(ROOT, 'tests/data/guards/hostile.jsonl')

def policy_of_stores():
    with open(os.path.join(ROOT, 'tests/conform/guard_evasion_test.py'), encoding='utf-8') as file:
        return file.read().split("POLICY = '''")[1].split("'''")[0]


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(CASES, encoding='utf-8') as file:
            cls.cases = [json.loads(line) for line in file]

    def decisions(self, gateway, cases):
        lines = []
        for case in cases:
            body = base64.b64decode(case['base64']) if 'base64' in case else case['body'].encode()
            lines.append(json.dumps({'method': case['method'], 'path': case['path'], 'host': case['host'] + '.gate.example.org', 'token': gateway.jobs,
                                     'from': '127.0.0.1', 'headers': case['fields'], 'body_base64': base64.b64encode(body).decode()}))
        gateway.world.write('requests.jsonl', '\n'.join(lines) + '\n')
        done = gateway.world.gatehouse('explain', '--config', 'gateway.toml', '--requests', 'requests.jsonl')
        return [json.loads(line) for line in done.out.splitlines()]

    def judge(self, policy, text):
        cases = [case for case in self.cases if case['policy'] == policy]
        with Guarded(BUILD, text) as gateway:
            told = self.decisions(gateway, cases)
        self.assertEqual(len(told), len(cases))
        for case, says in zip(cases, told):
            with self.subTest(case['what']):
                self.assertIn(says['decision'], case['want'].split('/'), (says['reason'], case))
        return len(cases)

    def test_services_of_the_sample(self):
        self.assertGreaterEqual(self.judge('sample', None), 700)

    def test_statements_addresses_forms_and_stores(self):
        self.assertGreaterEqual(self.judge('stores', policy_of_stores()), 800)


if __name__ == '__main__':
    unittest.main(verbosity=2)
