"""The quickstart: the main job, shown step by step and checked. See tools/quickstart, which calls this.

Every promise of the gateway is one function in STEPS; a new one is added there."""
import argparse
import base64
import fcntl
import gzip
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import types
import urllib.request

import second_copies
from world import ROOT, Failed, World, complain, wait_for

TICKET = {
    'text': 'Ticket 4167. Invoice sent to frank.kuvalis@example.org.\n\nThe card 4111 1111 1111 1111 was charged '
            'twice; SSN on file 536-22-8145. Order 4125-717842 stays open.',
    'chunk_size': 96,
    'metadata': {'author_email': 'hailey.mayer@example.com', 'source': 'tickets/4167.md'},
}
SENSITIVE = ['frank.kuvalis@example.org', '4111 1111 1111 1111', '536-22-8145', 'hailey.mayer@example.com']
AUDITOR = 'auditor/ann.key'
ORDINARY = ['Order 4125-717842 stays open.', 'tickets/4167.md']


def say(text=''):
    print(text, flush=True)


def show(who, text):
    for line in text.rstrip('\n').splitlines() or ['(nothing)']:
        say(f'  {who:<8}| {line}')


def expect(condition, what):
    if not condition:
        raise Failed(what)


class Answer:
    """What curl brought back."""

    def __init__(self, process, folder):
        out, err = process.communicate()
        expect(process.returncode == 0, f'curl: exit code {process.returncode}: {err.decode(errors="replace")}')
        self.status = int(out)
        with open(os.path.join(folder, 'head'), encoding='latin-1') as file:
            head = file.read()
        self.fields = dict(line.lower().split(': ', 1) for line in head.splitlines() if ': ' in line)
        with open(os.path.join(folder, 'body'), 'rb') as file:
            self.body = file.read()
        self.text = self.body.decode()

    @property
    def exchange(self):
        return self.fields.get('gatehouse-exchange-id', '')


def kid_of(token):
    head = token.split('.')[0]
    return json.loads(base64.urlsafe_b64decode(head + '=' * (-len(head) % 4)))['kid']


class Load:
    """Jobs that call without a pause; each keeps a token for a few calls, then fetches another."""
    JOBS, CALLS_PER_TOKEN = 4, 5

    def __init__(self, world):
        self.world, self.stopping, self.lock = world, threading.Event(), threading.Lock()
        self.calls, self.refused = {}, []   # by key id; what was not answered with 200
        with open(world.path('secrets/nightly-index'), encoding='ascii') as file:
            self.basic = base64.b64encode(b'nightly-index:' + file.read().strip().encode()).decode()
        self.jobs = [threading.Thread(target=self.run, daemon=True) for _ in range(self.JOBS)]
        for job in self.jobs:
            job.start()

    def fetch_token(self):
        request = urllib.request.Request(f'{self.world.issuer_url}/token', data=b'grant_type=client_credentials',
                                         headers={'Authorization': f'Basic {self.basic}'})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)['access_token']

    def run(self):
        trusting = ssl.create_default_context(cafile=self.world.path('tls/cert.pem'))
        gateway = http.client.HTTPSConnection('localhost', self.world.gateway_port, timeout=30, context=trusting)
        body = json.dumps({'text': 'One sentence. Another one.', 'chunk_size': 32})
        while not self.stopping.is_set():
            try:
                token = self.fetch_token()
                for _ in range(self.CALLS_PER_TOKEN):
                    gateway.request('POST', '/v1/chunk/sentence', body, {'Authorization': f'Bearer {token}',
                                                                         'Content-Type': 'application/json'})
                    answer = gateway.getresponse()
                    text = answer.read().decode(errors='replace')
                    with self.lock:
                        kid = kid_of(token)
                        self.calls[kid] = self.calls.get(kid, 0) + 1
                        if answer.status != 200:
                            self.refused.append(f'{answer.status} {text}')
            except (OSError, http.client.HTTPException, ValueError) as error:
                with self.lock:
                    self.refused.append(f'{type(error).__name__}: {error}')
                return
        gateway.close()

    def stop(self):
        self.stopping.set()
        for job in self.jobs:
            job.join(60)


class Quickstart:
    """One run. Holds what later steps need from earlier ones."""

    def __init__(self, world):
        self.world = world
        self.calls = 0
        self.first = None       # the Answer of the first call
        self.first_sent = b''   # its request body

    def begin_call(self, method, path, token, body=None, certificate=None, form=False):
        """Starts curl as a job would call; the token goes by a file, so that no process list shows it. `certificate` names whose
        client certificate it has; a form carries its credential in the body."""
        self.calls += 1
        folder = f'calls/{self.calls}'
        os.makedirs(self.world.path(folder))
        fields = '' if token is None else f'Authorization: Bearer {token}\n'
        self.world.write(f'{folder}/fields', fields + f'Content-Type: application/{"x-www-form-urlencoded" if form else "json"}\n')
        command = ['curl', '-sS', '--max-time', '120', '--cacert', 'tls/cert.pem', '-X', method,
                   '-H', f'@{folder}/fields', '-D', f'{folder}/head', '-o', f'{folder}/body', '-w', '%{http_code}']
        if certificate is not None:
            command += ['--cert', f'clients/{certificate}/cert.pem', '--key', f'clients/{certificate}/key.pem']
        if body is not None:
            self.world.write(f'{folder}/sent', body)
            command += ['--data-binary', f'@{folder}/sent']
        open(self.world.path(folder, 'body'), 'wb').close()   # curl leaves none for an empty answer
        process = subprocess.Popen([*command, self.world.url + path], cwd=self.world.state, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return process, self.world.path(folder)

    def call(self, *arguments, **more):
        return Answer(*self.begin_call(*arguments, **more))

    def refused(self, answer, status, reason):
        """Holds a refusal against its contract: status, reason, exchange id in body and head."""
        show('the job', f'{answer.status} {answer.text}')
        expect(answer.status == status, f'expected status {status}, got {answer.status}: {answer.text}')
        body = json.loads(answer.text)
        expect(body.get('reason') == reason, f'expected reason {reason}: {answer.text}')
        expect(body.get('exchange_id') and body['exchange_id'] == answer.exchange, f'no exchange id: {answer.text}')
        wait_for(f'the refusal {answer.exchange} in the records', lambda: any(   # which end after the answer has gone out
            answer.exchange in line and reason in line for line in self.records('list').splitlines()))

    def records(self, *words):
        return self.world.gatehouse('records', *words, '--config', 'quickstart.toml').out

    def quiet(self):
        """Waits until no request runs any more and all records are on disk: a copy of them is one of one moment."""
        def still():
            with urllib.request.urlopen(f'http://127.0.0.1:{self.world.health_port}/metrics', timeout=30) as page:
                lines = [line.rpartition(' ') for line in page.read().decode().splitlines() if not line.startswith('#')]
            now = {series: float(value) for series, _, value in lines}
            ended = sum(value for series, value in now.items() if series.startswith('gatehouse_exchanges_total{'))
            return ended == now['gatehouse_exchanges_begun_total'] and now['gatehouse_record_lag_bytes'] == 0
        wait_for('nothing is written any more', still)

    def service_saw(self, before):
        """Shows the requests that reached the service since `before` and returns them."""
        requests = [request for request in self.world.stats()['requests'] if request['number'] > before]
        for request in requests:
            show('service', f'{request["method"]} {request["target"]}, {request["body_bytes"]} bytes, credential '
                 f'{request["credential"]}, fields {" ".join(request["fields"])}, answered {request["status"]}')
        if not requests:
            show('service', 'saw nothing')
        return requests

    def seen(self):
        return self.world.stats()['total']

    # --- the steps, in order ---

    def allowed_and_masked(self):
        before = self.seen()
        self.first_sent = json.dumps(TICKET).encode()
        show('the job', 'POST /v1/chunk/recursive ' + self.first_sent.decode())
        answer = self.first = self.call('POST', '/v1/chunk/recursive', self.world.token('nightly-index'),
                                        self.first_sent.decode())
        show('the job', f'{answer.status} {answer.text}')
        expect(answer.status == 200, f'expected status 200, got {answer.status}: {answer.text}')
        for value in SENSITIVE:
            expect(value not in answer.text, f'{value} was not masked')
        for value in ORDINARY:
            expect(value in answer.text, f'{value} was damaged')
        chunks = json.loads(answer.text)
        expect(len(chunks) > 1 and all(chunk['metadata']['author_email'] for chunk in chunks), 'chunks are missing')
        requests = self.service_saw(before)
        expect(len(requests) == 1 and requests[0]['credential'] == 'ok',
               'the service should have seen one request with its own key')
        expect(requests[0]['fields'].count('Authorization') == 1, 'the service saw more than one credential')
        expect(requests[0]['body_sha256'] == hashlib.sha256(self.first_sent).hexdigest(), 'the body changed on its way')

    def every_copy_masked(self):
        second_copies.masked_everywhere(self, show)

    def destructive_command(self):
        before = self.seen()
        body = json.dumps({'text': 'maintenance: DR\u004fP  TABLE customers;'}).replace('DROP', 'DR\\u004fP')
        show('the job', f'POST /v1/chunk/recursive {body}')
        answer = self.call('POST', '/v1/chunk/recursive', self.world.token('nightly-index'), body)
        self.refused(answer, 403, 'guard_hit')
        expect(not self.service_saw(before), 'the service saw the destructive command')

    def hidden_command(self):
        """A statement behind a comment and an escape, compressed, in chunks that cut it to pieces."""
        before = self.seen()
        plain = b'{"text":"Ticket 4168.","statement":"D\\u0052OP/**/TABLE customers"}'
        packed = gzip.compress(plain)
        chunks = [packed[at:at + 7] for at in range(0, len(packed), 7)]
        head = (f'POST /v1/chunk/recursive HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.world.token("nightly-index")}\r\n'
                'Content-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n')
        show('the job', f'POST /v1/chunk/recursive, gzip, {len(chunks)} chunks; the bytes on the wire begin with')
        show('the job', ' '.join(f'{byte:02x}' for byte in packed[:32]))
        show('the job', 'and say ' + plain.decode())
        wire_bytes = head.encode() + b''.join(b'%x\r\n%s\r\n' % (len(chunk), chunk) for chunk in chunks) + b'0\r\n\r\n'
        answer = self.raw_call(wire_bytes)
        self.refused(answer, 403, 'guard_hit')
        shown = self.world.gatehouse('records', 'show', answer.exchange, '--json', '--config', 'quickstart.toml',
                                     '--key', 'keys/operations.key').out
        for record in json.loads(shown)['records']:
            for place, check, evidence in zip(*(record.get('sections', {}).get(name, []) for name in
                                                ('guard_place', 'guard_check', 'guard_evidence'))):
                show('records', f'{check} at {place}: {evidence}')
        expect('"/statement"' in shown and 'DROP' in shown, f'the records do not show what was found:\n{shown}')
        expect(not self.service_saw(before), 'the service saw the hidden command')

    def raw_call(self, data):
        """Sends bytes as they are over TLS and reads to the end."""
        trusting = ssl.create_default_context(cafile=self.world.path('tls/cert.pem'))
        got = b''
        with socket.create_connection(('127.0.0.1', self.world.gateway_port), 60) as plain, \
                trusting.wrap_socket(plain, server_hostname='localhost') as wire:
            wire.sendall(data)
            while more := wire.recv(65536):   # to the end: the connection must not live on
                got += more
        text = got.partition(b'\r\n\r\n')[2].decode()
        return types.SimpleNamespace(status=int(got.split(b' ')[1]), text=text, exchange=json.loads(text).get('exchange_id', ''), data=got)

    def wrong_group(self):
        before = self.seen()
        answer = self.call('POST', '/v1/chunk/recursive', self.world.token('report-builder'), json.dumps(TICKET))
        self.refused(answer, 403, 'policy_no_rule')
        expect(not self.service_saw(before), 'the service saw a request of the wrong group')

    def forged_token(self):
        before = self.seen()
        answer = self.call('POST', '/v1/chunk/recursive', self.world.forged_token(), json.dumps(TICKET))
        self.refused(answer, 401, 'token_signature')
        expect(not self.service_saw(before), 'the service saw a request with a forged token')

    def stolen_token(self):
        """A token that is bound to a client certificate (RFC 8705) is worth nothing without it."""
        token = self.world.bound_token('nightly-index', 'chunk-readers')
        self.world.write('stolen', token + '\n')
        body = json.dumps(TICKET)
        answer = self.call('POST', '/v1/chunk/recursive', token, body, certificate='nightly-index')
        show('the job', f'with its own certificate: {answer.status}')
        expect(answer.status == 200, f'expected status 200, got {answer.status}: {answer.text}')
        before = self.seen()
        for thief, certificate in (('without a certificate', None), ("with another job's certificate", 'another-job')):
            show('a thief', f'the same token {thief}:')
            self.refused(self.call('POST', '/v1/chunk/recursive', token, body, certificate=certificate), 401, 'token_binding')
        expect(not self.service_saw(before), 'the service saw a request with a stolen token')
        show('operator', '$ gatehouse whoami --config quickstart.toml --token-file stolen --certificate clients/another-job/cert.pem')
        said = self.world.gatehouse('whoami', '--config', 'quickstart.toml', '--token-file', 'stolen', '--certificate',
                                    'clients/another-job/cert.pem', '--keys', f'development={self.world.path("keys/jwks.json")}', check=False)
        show('operator', said.out)
        expect(said.returncode == 1 and 'FAIL  sender' in said.out, 'whoami does not name what is wrong with the stolen token')

    def saml_exchanged(self):
        """An assertion of a SAML identity provider becomes a token, once; the token is used as any other."""
        xml = self.world.assertion('nightly-index', 'chunk-readers')
        show('provider', f'{xml[:100]}... ({len(xml)} bytes)')
        form = ('grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&assertion='
                + base64.urlsafe_b64encode(xml.encode()).rstrip(b'=').decode())
        answer = self.call('POST', '/oauth/token', None, form, form=True)
        expect(answer.status == 200, f'expected status 200, got {answer.status}: {answer.text}')
        given = json.loads(answer.text)
        show('the job', f'{answer.status} {{"access_token":"{given["access_token"][:20]}...","token_type":"{given["token_type"]}",'
             f'"expires_in":{given["expires_in"]}}}')
        before = self.seen()
        used = self.call('POST', '/v1/chunk/recursive', given['access_token'], json.dumps(TICKET))
        show('the job', f'{used.status} {used.text[:120]}...')
        expect(used.status == 200 and not any(value in used.text for value in SENSITIVE), f'got {used.status}: {used.text}')
        expect(len(self.service_saw(before)) == 1, 'the service should have seen one request')
        again = self.call('POST', '/oauth/token', None, form, form=True)
        show('a thief', f'the same assertion again: {again.status} {again.text}')
        expect(again.status == 400 and json.loads(again.text).get('reason') == 'saml_replayed', 'one assertion was exchanged twice')

    def smuggled(self):
        """Two lengths in one request: whoever reads the other one finds a second request in its body."""
        before = self.seen()
        hidden = b'DELETE /v1/collections/tickets-2019 HTTP/1.1\r\nHost: chunker\r\n\r\n'
        head = (f'POST /v1/chunk/recursive HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.world.token("nightly-index")}\r\n'
                f'Content-Type: application/json\r\nContent-Length: {len(hidden) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n')
        show('the job', 'POST /v1/chunk/recursive with Content-Length and with Transfer-Encoding, and in its body:')
        show('the job', hidden.decode())
        answer = self.raw_call(head.encode() + b'0\r\n\r\n' + hidden)
        self.refused(answer, 400, 'http_length_and_encoding')
        expect(answer.data.count(b'HTTP/1.1 ') == 1, 'the hidden request was answered')
        expect(not self.service_saw(before), 'the service saw a smuggled request')
        expect(not self.world.stats()['deletions'].get('tickets-2019'), 'the hidden command ran')

    def key_rotated(self):
        """Jobs call with tokens fetched before and after the issuer changed its key, all the time."""
        load = Load(self.world)
        first = kid_of(load.fetch_token())
        try:
            wait_for('the first calls', lambda: sum(load.calls.values()) >= 20)
            with urllib.request.urlopen(urllib.request.Request(f'{self.world.issuer_url}/rotate', data=b''), timeout=10) as done:
                second = json.load(done)['kid']
            wait_for('calls under the new key', lambda: load.calls.get(second, 0) >= 20 or load.refused)
        finally:
            load.stop()
        show('issuer', f'key {first} signed until now, {second} from now on')
        show('the jobs', f'{load.calls.get(first, 0)} calls under the old key, {load.calls.get(second, 0)} under the new one, '
             f'{len(load.refused)} refused')
        expect(first != second, 'the issuer did not rotate')
        expect(not load.refused, f'a call was refused: {load.refused[:3]}')

    def held_for_a_person(self):
        before = self.seen()
        show('the job', 'DELETE /v1/collections/tickets-2019')
        call = self.begin_call('DELETE', '/v1/collections/tickets-2019', self.world.token('retention'))
        try:
            waiting = wait_for('the held request in `gatehouse approvals list`', self.held)
            show('person', f'$ gatehouse approvals list --config quickstart.toml\n{waiting["text"]}')
            expect(self.seen() == before, 'the service saw the request before anybody approved it')
            show('person', f'$ gatehouse approvals show {waiting["id"]} --request --config quickstart.toml')
            whole = self.world.gatehouse('approvals', 'show', waiting['id'], '--request', '--config', 'quickstart.toml').out
            show('person', whole)
            expect(whole.startswith('DELETE /v1/collections/tickets-2019 HTTP/1.1') and 'Authorization: *\r\n' in whole or 'Authorization: *\n' in whole,
                   'the person does not see what would be sent')
            show('person', f'$ gatehouse approvals approve {waiting["id"]} --config quickstart.toml')
            done = self.world.gatehouse('approvals', 'approve', waiting['id'], '--config', 'quickstart.toml')
            show('person', done.out)
            answer = Answer(*call)
        finally:
            if call[0].poll() is None:
                call[0].kill()
        show('the job', f'{answer.status} {answer.text}')
        expect(answer.status == 200, f'expected status 200, got {answer.status}: {answer.text}')
        again = self.world.gatehouse('approvals', 'approve', waiting['id'], '--config', 'quickstart.toml', check=False)
        expect(again.returncode != 0, 'one approval could be used twice')
        requests = self.service_saw(before)
        expect(len(requests) == 1 and self.world.stats()['deletions'] == {'tickets-2019': 1},
               'the command should have run exactly once')

    def held(self):
        """What `approvals list` prints and the id in it, once there is one."""
        text = self.world.gatehouse('approvals', 'list', '--config', 'quickstart.toml').out
        identifiers = re.findall(r'\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b', text)
        return {'text': text, 'id': identifiers[0]} if identifiers else None

    def replayed(self, part, key=None):
        """The body of one part of the first exchange, as far as the key opens it."""
        with_key = [] if key is None else ['--key', key]
        return self.world.gatehouse('records', 'replay', self.first.exchange, '--config', 'quickstart.toml', '--part', part,
                                    '--body-only', *with_key, check=False)

    def recorded_and_replayed(self):
        self.quiet()
        listed = self.records('list', '--format', 'table')
        show('records', listed)
        expect(self.first.exchange in listed, f'exchange {self.first.exchange} is not in the records')
        self.world.gatehouse('records', 'verify', '--config', 'quickstart.toml', '--key', AUDITOR)
        replay = self.world.gatehouse('records', 'replay', self.first.exchange, '--config', 'quickstart.toml', '--key', AUDITOR).out
        show('replay', replay)
        for value in SENSITIVE:
            expect(value in replay, f'the replay lacks what the service answered: {value}')
        expect(self.replayed('client-request', AUDITOR).stdout == self.first_sent, 'the replayed request is not what the job sent')
        expect(self.replayed('client-answer', AUDITOR).stdout == self.first.body, 'the replayed answer is not what the job received')
        self.changes(json.loads(self.replayed('origin-answer', AUDITOR).stdout), json.loads(self.first.text))
        self.no_credential_is_kept()

    def two_keys(self):
        """The records are sealed for two: operations, who may be on the host, and the auditor, who is not."""
        for who, key in (('nobody', None), ('operator', 'keys/operations.key'), ('auditor', AUDITOR)):
            received, asked, answered = (self.replayed(part, key) for part in ('client-answer', 'client-request', 'origin-answer'))
            for what, part in (('what the job received', received), ('what the job sent', asked), ('what the service said', answered)):
                show(who, f'{what}: ' + (f'{len(part.stdout)} bytes' if part.returncode == 0 else f'shut: {part.err.strip()}'))
            expect((received.returncode == 0) == (key is not None), f'{who} and what the job received')
            expect((asked.returncode == 0) == (key == AUDITOR), f'{who} and what the job sent')
            expect((answered.returncode == 0) == (key == AUDITOR), f'{who} and what the service said')
            if key is not None:
                expect(received.stdout == self.first.body, f'{who} does not see what the job received')
        readable = [text.encode() for text in SENSITIVE + ORDINARY]
        for at, _, names in os.walk(self.world.path('records')):
            for name in names:
                with open(os.path.join(at, name), 'rb') as file:
                    data = file.read()
                expect(not any(text in data for text in readable), f'{name} holds what was said in clear')
        show('files', 'hold none of it in clear')

    def job_replayed(self):
        """One run of a job, over several connections, followed by a claim of its token."""
        run, sent, answers = 'run_id=4711', [], []
        token = self.world.run_token('nightly-index', 'chunk-readers', '4711')
        for number in range(1, 4):
            sent.append(json.dumps({'text': f'Call {number} of the run. Write to ada{number}@example.com.', 'chunk_size': 512}))
            answers.append(self.call('POST', '/v1/chunk/sentence', token, sent[-1]))
            expect(answers[-1].status == 200, f'expected status 200, got {answers[-1].status}: {answers[-1].text}')
        self.quiet()
        listed = self.records('job', run)
        show('records', f'$ gatehouse records job {run}\n{listed}')
        expect([listed.find(answer.exchange) for answer in answers] == sorted(listed.find(answer.exchange) for answer in answers)
               and all(answer.exchange in listed for answer in answers), 'the run is not listed whole and in order')
        replay = self.world.gatehouse('records', 'replay', '--job', run, '--config', 'quickstart.toml', '--key', AUDITOR).out
        show('replay', replay)
        for number, (body, answer) in enumerate(zip(sent, answers, strict=True), 1):
            expect(body in replay and answer.text in replay and f'ada{number}@example.com' not in answer.text,
                   f'the replay of the run lacks call {number}')

    @staticmethod
    def changes(original, masked):
        """Shows every field that the masks changed, from the replay and from what the job holds."""
        shown = 0
        for number, (before, after) in enumerate(zip(original, masked, strict=True)):
            for name in before:
                if before[name] != after[name]:
                    shown += 1
                    show('changed', f'[{number}].{name}: {json.dumps(before[name])}\n{" " * 8}-> {json.dumps(after[name])}')
        expect(shown > 0, 'the replay shows no change')

    def no_credential_is_kept(self):
        """Neither a job's token nor the service's key is in any record or log of the gateway."""
        with open(self.world.path('secrets/chunker.key'), 'rb') as file:
            credentials = [file.read().strip()]
        for call in range(1, self.calls + 1):
            with open(self.world.path(f'calls/{call}/fields'), 'rb') as file:
                first = file.readline().strip()
            if first.startswith(b'Authorization: '):
                credentials.append(first.rpartition(b'.')[2])   # the token's signature
                continue
            with open(self.world.path(f'calls/{call}/sent'), 'rb') as file:
                credentials.append(file.read()[-200:-100])   # of an assertion
        for folder in ('records', 'logs'):
            for at, _, names in os.walk(self.world.path(folder)):
                for name in names:
                    with open(os.path.join(at, name), 'rb') as file:
                        data = file.read()
                    expect(not any(credential in data for credential in credentials), f'{name} holds a credential')

    def tampered(self):
        """Copies of the records, each with one thing done to it: verify names each. The heads are signed, so that an end which
        was cut off is missed, too."""
        self.quiet()
        clean = self.verify_copy('copy', lambda folder: None)
        expect(clean.returncode == 0, f'the untouched copy does not verify:\n{clean.out}{clean.err}')
        records = json.loads(self.world.gatehouse('records', 'show', self.first.exchange, '--config', 'quickstart.toml', '--json').out)['records']
        first, second = records[1], records[2]

        def flip(folder):
            with open(os.path.join(folder, first['file']), 'r+b') as file:
                file.seek(first['at'] + 130)
                byte = file.read(1)[0]
                file.seek(first['at'] + 130)
                file.write(bytes([byte ^ 1]))

        def drop(folder):
            with open(os.path.join(folder, first['file']), 'r+b') as file:
                data = file.read()
                file.seek(first['at'])
                file.write(data[second['at']:] + bytes(second['at'] - first['at']))

        def cut(folder):
            shutil.rmtree(os.path.join(folder, 'rings'))
            with open(os.path.join(folder, first['file']), 'r+b') as file:
                size = file.seek(0, os.SEEK_END)
                file.truncate(first['at'])
                file.truncate(size)

        for what, change in ((f'one bit of {first["file"]} at {first["offset"] + 130} was flipped', flip),
                             ('one record was taken out', drop), ('the end was cut off', cut)):
            changed = self.verify_copy('changed', change)
            show('auditor', f'{what}\n$ gatehouse records verify --dir changed --key {AUDITOR} --heads-key keys/heads.key.pub\n'
                 f'{changed.out}{changed.err}')
            expect(changed.returncode != 0, f'not noticed: {what}')
            expect(first['file'] in changed.out + changed.err or change is cut, f'the finding does not name {first["file"]}')

    def verify_copy(self, name, change):
        """Copies the records and the rings, which hold what is not in a segment yet, changes the copy, and verifies it."""
        shutil.rmtree(self.world.path(name), ignore_errors=True)
        shutil.copytree(self.world.path('records'), self.world.path(name))
        change(self.world.path(name))
        return self.world.gatehouse('records', 'verify', '--dir', name, '--key', AUDITOR, '--heads-key', 'keys/heads.key.pub', check=False)


STEPS = [
    ('allowed by group, the answer masked', Quickstart.allowed_and_masked),
    ('one document through the gateway and through a plain masker: the copies that each leaves', Quickstart.every_copy_masked),
    ('a destructive command, hidden behind a JSON escape, is stopped', Quickstart.destructive_command),
    ('DROP/**/TABLE in an escape, in gzip, in chunks of 7 bytes, is stopped', Quickstart.hidden_command),
    ('a caller of the wrong group is refused', Quickstart.wrong_group),
    ('a forged token is refused', Quickstart.forged_token),
    ('a stolen token that is bound to a certificate is refused from another sender', Quickstart.stolen_token),
    ('a SAML assertion is exchanged for a token, once, and the token is used', Quickstart.saml_exchanged),
    ('a request smuggled with Content-Length and Transfer-Encoding is refused', Quickstart.smuggled),
    ('a risky command waits for a person and runs once', Quickstart.held_for_a_person),
    ('everything was recorded; the first exchange replayed', Quickstart.recorded_and_replayed),
    ("the same exchange with no key, the operations key and the auditor's key", Quickstart.two_keys),
    ('every call of one run of a job is replayed', Quickstart.job_replayed),
    ('a flipped bit, a record taken out and an end cut off are each found in copies of the records', Quickstart.tampered),
    ("the issuer's key is rotated under load, and no call is refused", Quickstart.key_rotated),
]


def run_steps(world):
    """Returns the titles of the steps that failed."""
    run, failed = Quickstart(world), []
    for number, (title, step) in enumerate(STEPS, 1):
        say(f'\n{number}. {title}')
        try:
            step(run)
            world.check_running()
            say('  ok')
        except Failed as failure:
            say(f'  FAILED: {failure}')
            failed.append(f'{number}. {title}')
        except (ValueError, KeyError, IndexError, AttributeError, OSError) as failure:   # an answer of another shape
            say(f'  FAILED: {type(failure).__name__}: {failure}')
            failed.append(f'{number}. {title}')
    return failed


def how_to_call(world):
    here = os.path.relpath(world.state, os.getcwd())
    program = os.path.relpath(os.path.join(world.build, 'gatehouse'), os.getcwd())
    say(f'''
The gateway stays up at {world.url} until Ctrl-C. In another terminal:

  token=$(curl -s -u "nightly-index:$(cat {here}/secrets/nightly-index)" \\
          -d grant_type=client_credentials {world.issuer_url}/token | sed 's/.*"access_token":"\\([^"]*\\).*/\\1/')
  curl --cacert {here}/tls/cert.pem -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \\
       -d '{{"text":"Write to ada@example.com. Or do not.","chunk_size":20}}' {world.url}/v1/chunk/sentence
  {program} records list --config {here}/quickstart.toml
  curl http://127.0.0.1:{world.chunker_port}/stats      # what the service saw
  curl http://127.0.0.1:{world.health_port}/metrics
''')


def stop_on_signals():
    def stop(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


def run(world, once):
    """Returns the exit code."""
    world.prepare()
    world.start_all()
    say(f'issuer on {world.issuer_port}, chunking service on {world.chunker_port}, gateway on {world.gateway_port}; '
        f'state in {os.path.relpath(world.state, os.getcwd())}/')
    failed = run_steps(world)
    if not once:
        how_to_call(world)
        try:
            while True:
                world.check_running()
                signal.sigtimedwait([signal.SIGCHLD], 1)
        except KeyboardInterrupt:
            say('\nstopping')
    failed += world.stop()
    if failed:
        complain('\nquickstart: FAILED: ' + '; '.join(failed))
        return 1
    say(f'\nquickstart: all {len(STEPS)} steps went as they should')
    return 0


def main():
    parser = argparse.ArgumentParser(prog='tools/quickstart')
    parser.add_argument('--once', action='store_true')
    parser.add_argument('--build', default=os.path.join(ROOT, 'build'))
    parser.add_argument('--state', default=os.path.join(ROOT, '.quickstart'))
    arguments = parser.parse_args()
    state, build = os.path.abspath(arguments.state), os.path.abspath(arguments.build)
    with open(state + '.lock', 'w', encoding='ascii') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            complain(f'quickstart: another one runs in {state}')
            return 75
        stop_on_signals()
        world = World(state, build)
        try:
            return run(world, arguments.once)
        except Failed as failure:
            complain(f'quickstart: FAILED: {failure}')
            return 1
        except KeyboardInterrupt:
            complain('quickstart: interrupted')
            return 130
        finally:
            world.stop()


if __name__ == '__main__':
    sys.exit(main())
