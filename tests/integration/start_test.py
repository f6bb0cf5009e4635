"""What a start says of the configuration that it begins with: compared with what ran before, also after kill -9, and never silent
where that is not known. Usage: start_test.py BUILD"""
import glob
import json
import os
import shutil
import sqlite3
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../support'), os.path.join(HERE, '../conform')]
from ends import eventually  # noqa: E402
from gateway import CONFIG, PATIENCE, Gateway, answer  # noqa: E402

BUILD = sys.argv.pop(1)
WEAK = ['rule chunk, guards: ["destructive-sql"] -> none', 'rule chunk, record: "full" -> "heads"']
SIGNED = CONFIG.replace('[records]\n', '[records]\nheads_key_file = "heads.key"\n')


def weaken(text):
    return text.replace('guards = ["destructive-sql"]', 'record = "heads"')


class Start(unittest.TestCase):
    def gateway(self, config=CONFIG):
        made = Gateway(BUILD, config=config)
        if config != CONFIG:
            made.world.tool('gatehouse', 'keys', 'make', 'heads', '--out', 'heads.key')
        return made

    def text(self, gateway):
        with open(os.path.join(gateway.state, 'gateway.toml'), encoding='utf-8') as file:
            return file.read()

    def ask(self, gateway):
        with gateway.client() as client:
            client.send(gateway.request('POST', '/chunk', b'{}', ['Content-Type: application/json']))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'{}'))
                self.assertIn(b' 200 ', client.message()[0].split(b'\n')[0])

    def again(self, gateway, change=lambda text: text):
        """Starts with the configuration as it was, changed; the ports stay."""
        gateway.world.write('gateway.toml', change(self.text(gateway)))
        gateway.world.start('gatehouse', 'gatehouse', 'serve', '--config', 'gateway.toml')
        gateway.process = gateway.world.running[-1][1]
        gateway.world.ready('gatehouse', gateway.health, '/readyz')

    def stop(self, gateway):
        gateway.process.terminate()
        gateway.process.wait()
        gateway.world.running.clear()

    def alerts(self, gateway):
        with open(os.path.join(gateway.state, 'logs', 'gatehouse.log'), encoding='utf-8') as log:
            lines = [json.loads(line) for line in log if '"configuration_alert"' in line and line.endswith('\n')]
        return [(line['what'], line['by'], line['version']) for line in lines]

    def snapshots(self, gateway):
        return [json.loads(line)['sections'] for line in gateway.records('snapshots', '--json').out.splitlines()]

    def listed(self, value):
        return value if isinstance(value, list) else [] if value is None else [value]

    def expect(self, gateway, wanted):
        """The newest start alerts of exactly these (of each a part), in the log, in its record, and in the metrics."""
        self.ask(gateway)
        newest = self.snapshots(gateway)[-1]
        self.assertEqual(newest['loaded_by'], 'start')
        told = sorted(self.listed(newest.get('alert')))
        self.assertEqual(len(told), len(wanted), told)
        for part in wanted:
            self.assertTrue(any(part in each for each in told), (part, told))
        if told:   # another thread writes it
            wanted = [(each, 'start', 1) for each in told]
            eventually('alerts in the log', lambda: sorted(self.alerts(gateway)[-len(told):]) == wanted, PATIENCE)
        exported = {form: gateway.records('export', '--format', form).out.splitlines() for form in ('jsonl', 'ocsf', 'otlp')}
        own = [json.loads(line) for line in exported['jsonl'] if 'configuration_alert' in line]
        if told:
            self.assertEqual(sorted(own[-1]['alert']), told)
        findings = [each for each in map(json.loads, exported['ocsf']) if each['class_uid'] == 2004]
        self.assertEqual([each['metadata']['uid'] for each in findings], [each['alert_id'] for each in own])
        self.assertEqual(sum('gatehouse.configuration_alert' in line for line in exported['otlp']), len(own))
        with gateway.health_client() as health:
            health.send(b'GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n')
            text = health.message()[1].decode()
        self.assertIn(f'gatehouse_config_alerts_total {len(told)}', text)
        return newest

    def test_what_a_start_weakens_is_alerted(self):
        for end in (self.stop, Gateway.kill):
            with self.subTest(end=end), self.gateway() as gateway:
                first = self.expect(gateway, [])
                self.assertIn('nothing was recorded here', str(first['change']))
                end(gateway)
                self.again(gateway)
                self.assertNotIn('change', self.expect(gateway, []), 'nothing was changed')
                end(gateway)
                self.again(gateway, weaken)
                newest = self.expect(gateway, WEAK)
                self.assertIn('rules: chunk changed (guards, record)', self.listed(newest['change']))
                self.assertEqual(gateway.records('verify').returncode, 0)

    def test_what_a_reload_put_in_force_is_what_the_next_start_compares_with(self):
        with self.gateway() as gateway:
            self.ask(gateway)
            strong = self.text(gateway)
            gateway.world.write('gateway.toml', weaken(strong))
            gateway.world.gatehouse('reload', '--config', 'gateway.toml')
            self.ask(gateway)
            self.stop(gateway)
            self.again(gateway)
            self.expect(gateway, [])
            self.stop(gateway)
            self.again(gateway, lambda text: strong.replace('["email", ', '['))
            self.expect(gateway, [])   # masks that are others are a change, no alert
            self.assertIn('masks: personal-data changed', str(self.snapshots(gateway)[-1]['change']))

    def store(self, gateway):
        return glob.glob(os.path.join(gateway.state, '**', 'gatehouse.db'), recursive=True)[0]

    def run_sql(self, gateway, *statements):
        with sqlite3.connect(self.store(gateway)) as store:
            for each in statements:
                store.execute(each)
        store.close()

    def test_who_changes_what_is_kept_gets_no_fewer_alerts(self):
        """Each of these is somebody who wants a weaker configuration to begin unseen."""
        def forget(gateway):
            self.run_sql(gateway, 'DELETE FROM last_configuration', 'DELETE FROM last_values')

        def remove(gateway):
            for name in glob.glob(self.store(gateway) + '*'):
                os.remove(name)

        def pretend(gateway):
            self.run_sql(gateway, "UPDATE last_values SET value='none' WHERE section='rules' AND key='guards'")

        def take_back(gateway):   # an older one, which was kept of a weaker configuration
            shutil.copy(os.path.join(gateway.state, 'older.db'), self.store(gateway))

        def move(gateway):
            os.rename(os.path.join(gateway.state, 'records'), os.path.join(gateway.state, 'elsewhere'))

        cases = ((forget, 'the configuration before is not known'), (remove, 'the configuration before is not known'),
                 (pretend, 'was changed'), (take_back, 'are not the newest'), (move, 'are not here'))
        for attack, wanted in cases:
            with self.subTest(attack=attack.__name__), self.gateway() as gateway:
                self.ask(gateway)
                self.stop(gateway)
                shutil.copy(self.store(gateway), os.path.join(gateway.state, 'older.db'))
                self.again(gateway)
                self.ask(gateway)
                self.stop(gateway)
                attack(gateway)
                self.again(gateway, weaken)
                self.ask(gateway)
                told = self.listed(self.snapshots(gateway)[-1].get('alert'))
                self.assertTrue(any(wanted in each for each in told), told)

    def test_with_a_key_for_heads_what_is_kept_is_signed(self):
        with self.gateway(SIGNED) as gateway:
            self.ask(gateway)
            self.stop(gateway)
            self.again(gateway)
            self.expect(gateway, [])
            self.stop(gateway)
            gateway.world.tool('gatehouse', 'keys', 'make', 'heads', '--out', 'other.key')
            self.again(gateway, lambda text: text.replace('"heads.key"', '"other.key"'))
            self.expect(gateway, ['signed by another key', 'records.heads_key_file: "heads.key" -> "other.key"',
                                  'records.heads_key_file: key: '])
            self.stop(gateway)
            self.run_sql(gateway, 'DELETE FROM last_configuration', 'DELETE FROM last_values')
            self.again(gateway, lambda text: text.replace('heads_key_file = "other.key"\n', ''))
            self.expect(gateway, ['the configuration before is not known', 'signed heads, and now nobody does'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
