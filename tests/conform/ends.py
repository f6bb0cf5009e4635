"""What the tests of this folder share: an origin that keeps what it was asked, and ways to ask the gateway."""
import base64
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import AUDIENCE, ISSUER, EchoOrigin, answer, field  # noqa: E402
from watch import at_rest, becomes, eventually, log_lines, metric, page, settled  # noqa: E402, F401 (tests take them from here)


class Recorder(EchoOrigin):
    """Answers every request with its request line and keeps [(head, body)]."""

    def __init__(self, gateway):
        self.asked = []
        super().__init__(gateway, self.note)

    def note(self, head, body):
        self.asked.append((head, body))
        line = head.split(b'\r\n')[0]
        return answer(json.dumps({'line': line.decode('latin-1'), 'bytes': len(body)}).encode())


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=')


def signed(gateway, **claims):
    """A token of the test issuer with these claims."""
    header = gateway.readers.split('.')[0].encode()
    text = header + b'.' + part(json.dumps({'iss': ISSUER, 'aud': AUDIENCE, 'sub': 'job-7', 'groups': ['readers'],
                                            'exp': int(time.time()) + 3600, **claims}).encode())
    der = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', gateway.world.path('keys/key.pem')], input=text, check=True,
                         stdout=subprocess.PIPE).stdout
    at, numbers = 2, []
    for _ in range(2):
        size = der[at + 1]
        numbers.append(der[at + 2:at + 2 + size].lstrip(b'\0').rjust(32, b'\0'))
        at += 2 + size
    return (text + b'.' + part(b''.join(numbers))).decode()


def reason_of(body):
    return json.loads(body)['reason']


def status_of(head):
    return int(head.split(b' ')[1]) if head else 0


def recorded(gateway, head, kind='request'):
    """What the records say of the exchange that this answer ended."""
    shown = json.loads(gateway.records('show', field(head, 'Gatehouse-Exchange-Id'), '--json').out)
    return next(one['sections'] for one in shown['records'] if one['kind'] == kind)


def descriptors(gateway):
    return int(metric(gateway, 'gatehouse_process_open_fds'))
