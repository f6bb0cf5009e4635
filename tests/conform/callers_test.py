"""Who a caller is, on real sockets: conditions, groups by rule, claims in records, and the credential that a connection
repeats. Usage: callers_test.py BUILD"""
import base64
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from changing import Changing  # noqa: E402
from ends import Recorder, metric, reason_of, status_of  # noqa: E402
from gateway import field  # noqa: E402

BUILD = sys.argv.pop(1)

BY_RULE = '''groups_claim = ""
group_prefix = "jobs/"
subject = "{{iss-name}}:{{client_id}}"
require = {{ azp = ["job-*", "night-*"] }}
record_claims = ["client_id", "aud", "none"]
[[issuer.group]]
name = "{{1}}"
when = {{ client_id = "job-*" }}
'''
KEYS = 'jwks_file = "keys/jwks.json"\n'


def house(keys=BY_RULE, groups='jobs/7', **settings):
    made = Changing(BUILD, **settings)
    made.config = made.config.replace(KEYS, KEYS + keys, 1)
    made.settings['rules'] = made.settings['rules'].replace('["readers"]', f'["{groups}"]')
    return made


def claims_of(token):
    body = token.split('.')[1]
    return json.loads(base64.urlsafe_b64decode(body + '=' * (-len(body) % 4)))


class ByRule(unittest.TestCase):
    def test_groups_conditions_and_subjects_come_of_claims(self):
        with house() as gateway, gateway.client() as client:
            origin = Recorder(gateway)
            self.addCleanup(origin.stop)
            for name, status, reason in (('job-7', 200, None), ('job-8', 403, 'policy_no_rule'), ('day-7', 401, 'token_condition'),
                                         ('night-7', 403, 'policy_no_rule')):
                client.send(gateway.request('GET', '/plain/x', token=gateway.token('admins', client=name)))
                head, body = client.message()
                self.assertEqual(status_of(head), status, body)
                if reason == 'token_condition':   # on the wire nothing says which
                    self.assertEqual(reason_of(body), reason)
                    self.assertNotIn(b'azp', head + body)
                    self.assertIn('error="invalid_token"', field(head, 'WWW-Authenticate'))
            row = next(each for each in gateway.listed() if each['status'] == 200)
            self.assertEqual((row['subject'], row['groups']), ('test:job-7', ['jobs/7']))

    def test_records_keep_the_claims_that_are_named(self):
        with house() as gateway, gateway.client() as client:
            origin = Recorder(gateway)
            self.addCleanup(origin.stop)
            token = gateway.token('admins')
            client.send(gateway.request('GET', '/plain/x', token=token))
            self.assertEqual(status_of(client.message()[0]), 200)
            claims = claims_of(token)
            row = gateway.listed()[0]
            self.assertEqual(row['claims'], ['client_id=job-7', f'aud={claims["aud"]}'])
            self.assertEqual(row['token_id'], claims['jti'])
            shown = json.loads(gateway.records('show', row['exchange_id'], '--json').out)
            self.assertEqual(shown['records'][0]['sections']['claim'], row['claims'])
            self.assertIn('claim: client_id=job-7\n', gateway.records('show', row['exchange_id']).out)
            self.assertIn('client_id=job-7', gateway.records('list', '--claim', 'client_id=job-7').out)
            self.assertEqual(gateway.records('list', '--claim', 'client_id=job-8').out, '')


class Repeated(unittest.TestCase):
    """A connection that sends its credential again is believed without a digest, as long as a look-up would believe it."""

    def ask(self, gateway, client, token):
        client.send(gateway.request('GET', '/plain/x', token=token))
        head, body = client.message()
        return status_of(head) if status_of(head) == 200 else reason_of(body)

    def test_it_ends_with_the_token(self):
        with house('leeway = "0s"\n', 'readers') as gateway:
            origin = Recorder(gateway)
            self.addCleanup(origin.stop)
            for life in ('4', '15', '40'):   # it is to be good three times
                token = gateway.token('readers', ttl=life)
                ends = claims_of(token)['exp']
                with gateway.client() as client:
                    for _ in range(3):
                        client.send(gateway.request('GET', '/plain/x', token=token))
                        if status_of(client.message()[0]) != 200:
                            self.assertGreaterEqual(time.time(), ends)
                            break
                    else:
                        time.sleep(max(0, ends - time.time()) + 0.2)
                        self.assertEqual(self.ask(gateway, client, token), 'token_expired')
                        return
            self.fail('it was never good three times')

    def test_it_ends_with_the_configuration(self):
        with house() as gateway, gateway.client() as client:
            origin = Recorder(gateway)
            self.addCleanup(origin.stop)
            token = gateway.token('readers')
            self.assertEqual([self.ask(gateway, client, token) for _ in range(3)], [200] * 3)
            self.assertEqual(metric(gateway, 'gatehouse_token_cache_misses_total'), 1)
            gateway.place('gateway.toml', gateway.written().replace('"job-*", "night-*"', '"night-*"'))
            self.assertEqual(gateway.reload().returncode, 0)
            self.assertEqual(self.ask(gateway, client, token), 'token_condition')

    def test_another_field_is_looked_at_from_the_start(self):
        with house('', 'readers') as gateway, gateway.client() as client:
            origin = Recorder(gateway)
            self.addCleanup(origin.stop)
            good = gateway.readers
            for token, said in ((good, 200), (good, 200), (good[:-2] + ('AA' if good[-2:] != 'AA' else 'BA'), None),
                                (good, 200), (good + '=', None), ('*' * len(good), None), (good, 200)):
                got = self.ask(gateway, client, token)
                self.assertEqual(got, said) if said else self.assertNotEqual(got, 200)
            client.send(gateway.request('GET', '/plain/x', fields=[f'Authorization: Bearer {good}']))
            self.assertEqual(reason_of(client.message()[1]), 'token_two_sources')


if __name__ == '__main__':
    unittest.main()
