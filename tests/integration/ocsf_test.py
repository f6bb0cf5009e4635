"""Every event of `records export --format ocsf` is what OCSF 1.7 says (tests/data/ocsf), however an exchange ended: answered, masked,
refused by a guard, by policy, without identity, without origin, cut off by a kill, and sealed without the key. Usage: ocsf_test.py BUILD"""
import copy
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../support'))
sys.path.insert(0, os.path.join(HERE, '../tools'))
from gateway import CONFIG, Gateway, answer, field  # noqa: E402
import schema  # noqa: E402

BUILD = sys.argv.pop(1)
with open(os.path.join(HERE, '../data/ocsf/schema.json'), encoding='utf-8') as file:
    SCHEMA = json.load(file)
CLASSES = {6003: 'api_activity', 2006: 'data_security_finding'}
ALL_SEALED = CONFIG.replace('[records]\n', '[records]\nauditor_keys = ["ann.key.pub"]\nsealed = "all"\n')
JSON = ['Content-Type: application/json', 'X-Request-Id: r-1']


def problems(event):
    """Everything in which an event is not as OCSF says."""
    name = CLASSES.get(event.get('class_uid'))
    if name is None:
        return [f'no class of ours: {event.get("class_uid")!r}']
    found = schema.problems(event, {'$ref': f'#/$defs/{name}'}, SCHEMA)
    if event.get('type_uid') != event['class_uid'] * 100 + event.get('activity_id', -1):
        found.append('type_uid is not class_uid * 100 + activity_id')
    for part in (event, event.get('data_security', {})):
        for number, (text, captions) in SCHEMA['captions'].items():
            if number in part and text in part and captions.get(str(part[number])) != part[text]:
                found.append(f'{text}: {part[text]!r} is not the caption of {number} {part[number]}')
    return found


class Ocsf(unittest.TestCase):
    def ask(self, gateway, method, path, body=b'', reply=None, token=None):
        with gateway.client() as client:
            client.send(gateway.request(method, path, body, JSON, token))
            if reply is not None:
                with gateway.origin() as origin:
                    origin.message()
                    origin.send(answer(reply))
                    return field(client.message()[0], 'Gatehouse-Exchange-Id')
            return field(client.message()[0], 'Gatehouse-Exchange-Id')

    def events(self, gateway, *words):
        return [json.loads(line) for line in gateway.records('export', '--format', 'ocsf', *words).out.splitlines()]

    def exchanges(self, gateway):
        """One of each kind; the last one is cut off by a kill."""
        email = json.dumps([{'text': 'write to jane@example.org'}]).encode()
        ids = {'masked': self.ask(gateway, 'POST', '/chunk', b'{"text":"x"}', email),
               'answered': self.ask(gateway, 'GET', '/plain/a?q=1&r=2', b'', b'{}'),
               'other method': self.ask(gateway, 'PUT', '/plain/b', b'x', b'{}'),
               'guard': self.ask(gateway, 'POST', '/chunk', b'{"text":"drop table users"}'),
               'no rule': self.ask(gateway, 'DELETE', '/nowhere'),
               'no identity': self.ask(gateway, 'GET', '/plain/a', token='no.token.atall')}
        client = gateway.client()
        client.send(gateway.request('POST', '/plain/c', b'x'))
        with gateway.origin() as origin:
            origin.message()
            gateway.kill()
            client.sock.close()
        return ids

    def check(self, events):
        for event in events:
            self.assertEqual(problems(event), [], json.dumps(event, indent=1))

    def test_every_event_is_as_the_schema_says(self):
        with Gateway(BUILD) as gateway:
            ids = self.exchanges(gateway)
            gateway.start()
            gateway.listener.close()
            ids['no origin'] = self.ask(gateway, 'GET', '/plain/a')
            events = self.events(gateway)
            self.check(events)
            by_id = {event['metadata']['uid']: event for event in events}
            self.assertEqual(len(by_id), len(events))
            self.assertEqual(len(events), len(ids) + 1 + 2, 'and the one that was cut off, and two findings')
            self.assertEqual({name: (by_id[each]['activity_id'], by_id[each]['action_id'], by_id[each]['status_id']) for name, each in ids.items()},
                             {'masked': (1, 4, 1), 'answered': (2, 1, 1), 'other method': (3, 1, 1), 'guard': (1, 2, 2),
                              'no rule': (4, 2, 2), 'no identity': (2, 2, 2), 'no origin': (2, 2, 2)})
            self.assertEqual(by_id[ids['answered']]['http_request']['url'], {'path': '/plain/a'})
            self.assertEqual(by_id[ids['no identity']]['actor']['user']['name'], 'unknown')
            self.assertEqual(by_id[ids['masked'] + '/finding']['data_security']['detection_pattern'], 'personal-data')
            self.assertIs(by_id[ids['guard'] + '/finding']['is_alert'], True)
            self.what_is_wrong_is_found(by_id[ids['answered']], by_id[ids['guard'] + '/finding'])

    def test_sealed_without_the_key_too(self):
        gateway = Gateway(BUILD, ALL_SEALED)
        gateway.world.tool('gatehouse', 'keys', 'make', 'auditor', '--name', 'ann', '--out', 'ann.key')
        with gateway:
            self.exchanges(gateway)
            gateway.start()
            shut, opened = self.events(gateway), self.events(gateway, '--key', 'ann.key')
            self.check(shut + opened)
            self.assertEqual({event['actor']['user']['name'] for event in shut}, {'unknown'})
            self.assertIn('job-7', {event['actor']['user']['name'] for event in opened})

    def what_is_wrong_is_found(self, activity, finding):
        """The check itself: each of these is one thing that OCSF does not allow."""
        def changed(event, change):
            event = copy.deepcopy(event)
            change(event)
            return problems(event)
        for change in (lambda e: e['policy'].update(version=1), lambda e: e.update(action_id=5), lambda e: e.update(action_id=True),
                       lambda e: e.update(action='Modified'), lambda e: e.update(time='now'), lambda e: e.update(seen=1),
                       lambda e: e['actor'].update(user={'groups': []}), lambda e: e.pop('api'), lambda e: e['api'].pop('operation'),
                       lambda e: e.update(type_uid=600399), lambda e: e['src_endpoint'].update(ip='here'), lambda e: e.update(actor={}),
                       lambda e: e['src_endpoint'].update(port=70000), lambda e: e['http_response'].pop('code'),
                       lambda e: e['metadata'].update(product={}), lambda e: e.update(class_uid=6004)):
            self.assertNotEqual(changed(activity, change), [])
        for change in (lambda e: e.pop('finding_info'), lambda e: e['finding_info'].update(types='x'), lambda e: e.update(is_alert='yes'),
                       lambda e: e['data_security'].update(detection_system='Gateway'), lambda e: e.update(category_uid=6)):
            self.assertNotEqual(changed(finding, change), [])


if __name__ == '__main__':
    unittest.main()
