"""Real parts through the real binary, over TLS and with real tokens: parts_test.py BUILD DEPS PART, PART a name of CASES.
The issuers are oidc-provider and samlify, the service chunks with @chonkiejs/core; the clients are those that batch jobs use. What
tools/setup could not have from the package registries is skipped (exit code 77) with the reason, never passed."""
import base64
import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../support'))
import gateway as support  # noqa: E402
import world as worlds  # noqa: E402

BUILD, DEPS, PART = sys.argv[1:]
AUDIENCE, CLIENT, SECRET = 'urn:gatehouse:parts', 'nightly-index', 'a-secret-of-forty-characters-or-more-0123'
KEY = 'the-services-own-key'
TEXT = ('# Grüße aus Köln\n\nDer Bericht vom 3. Mai; 株式会社の報告書です。Ein Emoji: \U0001F9FE und é als e\u0301.\n\n' +
        'Every chunk has an offset. Nothing of it may change on the way. ' * 12)
PERSONAL = 'Write to frank.kuvalis@example.org, card 4111 1111 1111 1111, SSN 536-22-8145.'

CONFIG = '''
[gateway]
workers = {workers}
run_dir = "run"
health_address = "127.0.0.1:{health}"
[records]
dir = "records"
ring_dir = "{rings}"
ring_size = "{ring_size}"
segment_size = "{segment_size}"
[[listener]]
name = "main"
address = "127.0.0.1:{port}"
[[listener.certificate]]
chain_file = "tls/cert.pem"
key_file = "tls/key.pem"
[[issuer]]
name = "provider"
url = "{provider}"
audiences = ["{audience_of_parts}"]
algorithms = ["RS256"]
jwks_url = "{provider}/jwks"
jwks_refresh = "1s"
[[origin]]
name = "service"
address = "{service}"
credential_header = "X-Api-Key"
credential_file = "secrets/origin.key"
[[mask]]
name = "personal-data"
detectors = ["email", "us_ssn", "payment_card"]
[[rule]]
name = "masked"
effect = "allow"
groups = ["readers"]
paths = ["/masked/**"]
origin = "service"
masks = ["personal-data"]
[[rule]]
name = "plain"
effect = "allow"
groups = ["readers"]
paths = ["/v1/**", "/echo", "/download", "/coded", "/empty", "/fixed", "/upload", "/missing"]
origin = "service"
'''


def program(name):
    """The path of a program that a part needs; without it the part is skipped."""
    found = shutil.which(name)
    if not found:
        raise unittest.SkipTest(name + ' is not installed (tools/setup --tests installs it)')
    return found


def node():
    """Node with the packages that tools/setup installed, in the versions of parts/package-lock.json."""
    if not os.path.isdir(os.path.join(DEPS, 'parts/node_modules')):
        why = os.path.join(DEPS, 'parts/unavailable')
        said = open(why, encoding='utf-8').read().strip() if os.path.exists(why) else 'tools/setup --tests has not installed them'
        raise unittest.SkipTest('the npm packages of tests/integration/parts are not there: ' + said)
    return program('node')


def python_with(module):
    """A Python that has `module`: Debian's, when Debian's package is installed."""
    for each in ('/usr/bin/python3', sys.executable):
        if os.path.exists(each) and subprocess.run([each, '-c', 'import ' + module], capture_output=True).returncode == 0:
            return each
    raise unittest.SkipTest(f'no Python here has {module} (tools/setup --tests installs python3-{module})')


def blocks(count):
    """The same bytes as service.mjs makes."""
    return b''.join(hashlib.sha256(str(at).encode()).digest() for at in range(0, count, 32))[:count]


def fetch(url, data=None, headers=(), method=None):
    request = urllib.request.Request(url, data=data, headers=dict(headers), method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


class Parts(unittest.TestCase):
    """Issuer, service and gateway run for all tests of one class."""
    config = CONFIG

    @classmethod
    def setUpClass(cls):
        runtime = node()
        cls.gateway = support.Gateway(BUILD, config=cls.config, audience_of_parts=AUDIENCE)
        cls.addClassCleanup(cls.gateway.__exit__, None)
        world = cls.world = cls.gateway.world
        for name in os.listdir(os.path.join(HERE, 'parts')):
            shutil.copy(os.path.join(HERE, 'parts', name), world.state)
        os.symlink(os.path.join(os.path.abspath(DEPS), 'parts/node_modules'), world.path('node_modules'))
        world.tool('issuer', 'certificate', '--dir', 'tls', '--name', 'localhost', '--ip', '127.0.0.1')
        world.write('secrets/origin.key', KEY)
        os.makedirs(world.path('logs'))
        cls.provider = cls.serve(runtime, 'issuer', '/.well-known/openid-configuration', CLIENT, SECRET, AUDIENCE)
        cls.service = cls.serve(runtime, 'service', '/test/health', KEY)
        cls.gateway.settings.update(provider=cls.provider, service=cls.service.removeprefix('http://'))
        cls.before_start(runtime)
        cls.gateway.start()
        cls.url = f'https://127.0.0.1:{cls.gateway.port}'
        cls.ca = world.path('tls/cert.pem')
        cls.files()

    @classmethod
    def before_start(cls, runtime):
        """What else the configuration names."""

    @classmethod
    def serve(cls, runtime, name, ready, *arguments):
        port = worlds.free_port(0)
        cls.world.start(name, runtime, name + '.mjs', str(port), *arguments)
        cls.world.ready(name, port, ready)
        return f'http://127.0.0.1:{port}'

    @classmethod
    def files(cls):
        """What the clients send."""
        os.makedirs(cls.world.path('out'))
        sent = {'chunk': json.dumps({'text': TEXT}, ensure_ascii=False).encode(), 'batch': json.dumps({'text': [TEXT, 'b', '']}).encode(),
                'bad': b'{"text": ', 'big': blocks(1_048_583), 'some': blocks(300_001), 'document': TEXT.encode(),
                'personal': json.dumps({'text': PERSONAL}).encode()}
        for name, data in sent.items():
            with open(cls.world.path(name), 'wb') as file:
                file.write(data)

    @classmethod
    def token(cls):
        data = urllib.parse.urlencode({'grant_type': 'client_credentials'}).encode()
        credentials = urllib.request.HTTPPasswordMgrWithPriorAuth()
        credentials.add_password(None, cls.provider, CLIENT, SECRET, is_authenticated=True)
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(credentials))
        return json.loads(opener.open(cls.provider + '/token', data, timeout=60).read())['access_token']

    def read(self, name):
        with open(self.world.path(name), 'rb') as file:
            return file.read()

    def seen(self):
        return json.loads(fetch(self.service + '/test/seen'))

    def direct(self, method, path, data=None):
        """What the service answers when nobody stands between."""
        try:
            return fetch(self.service + path, data, {'X-Api-Key': KEY, 'Content-Type': 'application/json'}, method)
        except urllib.error.HTTPError as refused:
            return refused.read()


def plan_of(world, token):
    """The calls of one job: name, method, path, body, and what is special."""
    bearer = {'Authorization': 'Bearer ' + token}
    kinds = [('chunk', 'POST', '/v1/chunk/recursive', {'body': 'chunk'}), ('batch', 'POST', '/v1/chunk/recursive?x=%20a', {'body': 'batch'}),
             ('bad', 'POST', '/v1/chunk/recursive', {'body': 'bad'}), ('big', 'POST', '/echo', {'body': 'big'}),
             ('streamed', 'POST', '/echo', {'body': 'some', 'streamed': True}), ('put', 'PUT', '/echo', {'body': 'some'}),
             ('download', 'GET', '/download?bytes=2000003', {}), ('fixed', 'GET', '/fixed?bytes=70001', {}),
             ('head', 'HEAD', '/fixed?bytes=70001', {}), ('empty', 'GET', '/empty', {}), ('missing', 'GET', '/missing', {}),
             ('coded', 'GET', '/coded?bytes=100003', {}), ('personal', 'POST', '/masked/v1/chunk/recursive', {'body': 'personal'}),
             ('upload', 'POST', '/upload', {'upload': {'file': world.path('document'), 'name': 'bericht.txt', 'fields': {'strategy': 'fast'}}}),
             ('nobody', 'GET', '/fixed?bytes=1', {'fields': {}}), ('after', 'GET', '/fixed?bytes=10', {})]
    kinds += [(f'together-{i}', 'GET', f'/fixed?bytes={1000 + i}', {'together': True}) for i in range(24)]
    calls = []
    for name, method, path, more in kinds:
        call = {'name': name, 'method': method, 'path': path, 'fields': dict(bearer), 'answer': world.path('out', name), **more}
        if 'body' in more:
            call['fields']['Content-Type'] = 'application/json' if 'chunk' in path else 'application/octet-stream'
            call['body'] = world.path(more['body'])
        calls.append(call)
    return calls


class Client(Parts):
    """One library as the job; `command` runs it."""
    library = None

    @classmethod
    def command(cls):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.run_client = cls.command()
        super().setUpClass()
        cls.calls = plan_of(cls.world, cls.token())
        cls.world.write('plan.json', json.dumps({'url': cls.url, 'ca': cls.ca, 'calls': cls.calls}))
        done = subprocess.run([*cls.run_client, cls.library, 'plan.json'], cwd=cls.world.state, capture_output=True, text=True, timeout=240)
        if done.returncode:
            raise AssertionError(f'{cls.library}: exit code {done.returncode}\n{done.stdout}{done.stderr}')
        cls.told = {each['name']: each for each in json.loads(done.stdout)}
        cls.reached = json.loads(fetch(cls.service + '/test/seen'))

    def answered(self, name, status, body):
        self.assertEqual(self.told[name]['status'], status, name)
        got = self.read('out/' + name)
        self.assertEqual((len(got), hashlib.sha256(got).hexdigest()), (len(body), hashlib.sha256(body).hexdigest()), name)

    def test_chunks_are_those_of_the_service_byte_for_byte(self):
        for name, status in (('chunk', 200), ('batch', 200), ('bad', 422)):
            self.answered(name, status, self.direct('POST', '/v1/chunk/recursive', self.read(name)))
        self.assertIn('報告書', self.read('out/chunk').decode())
        self.answered('missing', 404, self.direct('GET', '/missing'))

    def test_bodies_pass_both_ways_unchanged(self):
        self.answered('big', 200, self.read('big'))
        self.answered('streamed', 200, self.read('some'))
        self.answered('put', 200, self.read('some'))
        self.answered('download', 200, blocks(2_000_003))
        self.answered('fixed', 200, blocks(70_001))
        self.answered('empty', 204, b'')
        self.answered('after', 200, blocks(10))

    def test_head_tells_of_a_body_without_one(self):
        self.answered('head', 200, b'')
        self.assertEqual(self.told['head']['fields']['content-length'], '70001')
        self.assertEqual(self.told['head']['fields']['etag'], '"fixed"')

    def test_coded_answers_come_in_the_coding_that_the_client_takes(self):
        self.answered('coded', 200, blocks(100_003))
        self.assertIn(self.told['coded']['fields']['x-coding'], ('gzip', 'br'))

    def test_a_file_arrives_whole(self):
        self.assertEqual(self.told['upload']['status'], 200)
        document = hashlib.sha256(self.read('document')).hexdigest()
        found = json.loads(self.read('out/upload'))
        self.assertEqual(found, [{'name': 'strategy', 'value': 'fast'}, {'name': 'files', 'file': 'bericht.txt', 'sha256': document}])

    def test_personal_data_is_masked_and_the_answer_still_read(self):
        self.assertEqual(self.told['personal']['status'], 200)
        text = ''.join(each['text'] for each in json.loads(self.read('out/personal')))
        self.assertIn('Write to ', text)
        for value in ('frank.kuvalis', '4111 1111 1111 1111', '536-22-8145'):
            self.assertNotIn(value, text)

    def test_no_token_is_refused_and_the_connection_goes_on(self):
        self.assertEqual(self.told['nobody']['status'], 401)
        self.assertEqual(json.loads(self.read('out/nobody'))['reason'], 'token_missing')

    def test_answers_of_calls_at_once_are_not_mixed(self):
        for i in range(24):
            self.answered(f'together-{i}', 200, blocks(1000 + i))

    def test_the_service_saw_the_calls_as_they_were_made_with_its_own_key(self):
        asked = [call for call in self.calls if call['name'] != 'nobody']
        self.assertEqual(sorted((each['method'], each['url']) for each in self.reached), sorted((call['method'], call['path']) for call in asked))
        sums = {each['sha256'] for each in self.reached}
        for name in ('chunk', 'batch', 'bad', 'big', 'some', 'personal'):
            self.assertIn(hashlib.sha256(self.read(name)).hexdigest(), sums, name)
        for each in self.reached:
            self.assertTrue(each['known'], each)
            self.assertNotIn('authorization', [name.lower() for name in each['fields'][::2]])


class Requests(Client):
    library = 'requests'

    @classmethod
    def command(cls):
        return [python_with('requests'), 'client.py']


class Httpx(Requests):
    library = 'httpx'

    @classmethod
    def command(cls):
        return [python_with('httpx'), 'client.py']


class Undici(Client):
    library = 'undici'

    @classmethod
    def command(cls):
        return [node(), 'client.mjs']


class Axios(Undici):
    library = 'axios'


class Curl(Parts):
    @classmethod
    def setUpClass(cls):
        program('curl')
        super().setUpClass()
        cls.world.write('fields', f'Authorization: Bearer {cls.token()}\n')

    def curl(self, path, *arguments):
        """Returns (status, head, body)."""
        done = subprocess.run(['curl', '-sS', '--max-time', '60', '--cacert', self.ca, '-H', '@fields', '-D', 'head', '-o', 'body', '-w', '%{http_code}',
                               *arguments, self.url + path], cwd=self.world.state, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(done.stdout), self.read('head').decode(), self.read('body')

    def test_a_call_and_its_answer(self):
        self.seen()
        status, _, body = self.curl('/v1/chunk/recursive', '-H', 'Content-Type: application/json', '--data-binary', '@chunk')
        self.assertEqual(self.seen()[0]['sha256'], hashlib.sha256(self.read('chunk')).hexdigest())
        self.assertEqual((status, body), (200, self.direct('POST', '/v1/chunk/recursive', self.read('chunk'))))

    def test_compressed_answers_come_coded_and_curl_decodes_them(self):
        status, head, body = self.curl('/coded?bytes=100003', '--compressed')
        self.assertEqual((status, body), (200, blocks(100_003)))
        self.assertRegex(head.lower(), r'content-encoding: (br|gzip)\r')
        status, head, body = self.curl('/coded?bytes=100003')
        self.assertEqual((status, body), (200, blocks(100_003)))
        self.assertNotIn('content-encoding', head.lower())

    def test_coded_bytes_pass_as_they_are(self):
        for coding in ('gzip', 'br', 'deflate'):
            _, head, body = self.curl('/coded?bytes=50000', '-H', 'Accept-Encoding: ' + coding, '--raw')
            self.assertIn('content-encoding: ' + coding, head.lower())
            self.assertEqual(body, fetch(self.service + '/coded?bytes=50000', headers={'X-Api-Key': KEY, 'Accept-Encoding': coding}))

    def test_compressed_is_masked_too(self):
        status, _, body = self.curl('/masked/v1/chunk/recursive', '--compressed', '-H', 'Content-Type: application/json', '--data-binary', '@personal')
        self.assertEqual(status, 200)
        self.assertIn(b'Write to ', body)
        self.assertNotIn(b'frank.kuvalis', body)

    def test_a_large_body_waits_for_100_and_is_echoed(self):
        status, head, body = self.curl('/echo', '-H', 'Expect: 100-continue', '-T', 'big')
        self.assertEqual((status, body), (200, self.read('big')))
        self.assertTrue(head.startswith('HTTP/1.1 100 '), head)

    def test_a_body_from_a_pipe_goes_chunked(self):
        with open(self.world.path('some'), 'rb') as source:
            done = subprocess.run(['curl', '-sS', '--max-time', '60', '--cacert', self.ca, '-H', '@fields', '-T', '-', self.url + '/echo'],
                                  cwd=self.world.state, stdin=source, capture_output=True)
        self.assertEqual(done.stdout, self.read('some'))

    def test_a_form_arrives_whole(self):
        status, _, body = self.curl('/upload', '-F', 'strategy=fast', '-F', 'files=@document;type=text/plain')
        self.assertEqual((status, json.loads(body)[1]['sha256']), (200, hashlib.sha256(self.read('document')).hexdigest()))

    def test_the_certificate_is_checked(self):
        done = subprocess.run(['curl', '-sS', '--max-time', '60', '-H', '@fields', self.url + '/fixed?bytes=1'], cwd=self.world.state, capture_output=True)
        self.assertEqual(done.returncode, 60)


class Issuer(Parts):
    """oidc-provider renews its signing keys while jobs call."""

    def status(self, token):
        request = urllib.request.Request(self.url + '/fixed?bytes=1', headers={'Authorization': 'Bearer ' + token})
        try:
            with urllib.request.urlopen(request, timeout=60, context=self.trust()) as answer:
                return answer.status, ''
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)['reason']

    def fetched(self):
        return int(fetch(self.provider + '/test/fetched'))

    @classmethod
    def trust(cls):
        return ssl.create_default_context(cafile=cls.ca)

    def test_keys_are_renewed_under_load_without_one_refused_call(self):
        tokens, answers, done = [self.token()], [], threading.Event()

        def load():
            while not done.is_set():
                answers.append(self.status(tokens[-1]))
        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                count = len(answers)
                worlds.wait_for('calls with the newest token', lambda: len(answers) > count + 20)
                fetch(self.provider + '/test/publish', b'')
                fetched = self.fetched()
                worlds.wait_for('the gateway has fetched the new key', lambda: self.fetched() > fetched + 1)   # the first may have begun before
                fetch(self.provider + '/test/rotate', b'')
                tokens.append(self.token())
                self.assertEqual(self.status(tokens[-1])[0], 200)
            self.assertEqual([self.status(token)[0] for token in tokens], [200] * 4)   # the old keys are still published
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(set(answers), {(200, '')})
        self.assertEqual(len({token.split('.')[0] for token in tokens}), 4)   # the head of each names another key

    def test_a_retired_key_is_refused_after_the_next_refresh(self):
        old = self.token()
        self.assertEqual(self.status(old)[0], 200)
        fetch(self.provider + '/test/rotate', b'')
        fetch(self.provider + '/test/retire', b'')
        new = self.token()
        worlds.wait_for('the new key is believed', lambda: self.status(new)[0] == 200)   # not published beforehand
        worlds.wait_for('the old key is believed no more', lambda: self.status(old)[0] == 401)
        self.assertEqual(self.status(old)[1], 'token_key')
        self.assertEqual(self.status(new)[0], 200)


class Unstructured(Parts):
    """The SDK has one key to give, in its own field: there the gateway finds the job's token."""
    config = CONFIG[:CONFIG.index('[[mask]]')].replace('X-Api-Key', 'unstructured-api-key') + '''
[[route]]
name = "partition"
path = "/general"
origin = "service"
token_header = "unstructured-api-key"
[[rule]]
name = "partition"
effect = "allow"
groups = ["readers"]
methods = ["POST"]
paths = ["/general/v0/general"]
'''

    def test_the_sdk_works_unchanged(self):
        done = subprocess.run([node(), 'unstructured.mjs', self.url, self.token(), 'document'], cwd=self.world.state, capture_output=True, text=True,
                              timeout=120, env={**os.environ, 'NODE_EXTRA_CA_CERTS': self.ca})
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        elements = told['elements']
        self.assertGreater(len(elements), 1)
        self.assertEqual(''.join(each['text'] for each in elements), TEXT)
        metadata = elements[0]['metadata']
        self.assertEqual((metadata['filename'], metadata['file_sha256'], metadata['strategy'], metadata['chunking_strategy']),
                         ('bericht.txt', hashlib.sha256(TEXT.encode()).hexdigest(), 'fast', 'basic'))
        self.assertEqual((told['refused']['name'], told['refused']['status']), ('SDKError', 401))
        self.assertEqual(json.loads(told['refused']['body'])['reason'], 'token_malformed')
        reached = self.seen()
        self.assertEqual([each['known'] for each in reached], [True])   # one call, with the service's own key in the same field
        self.assertEqual([name.lower() for name in reached[0]['fields'][::2]].count('unstructured-api-key'), 1)


SAML = '''
[[saml]]
name = "corporate"
metadata_file = "idp.xml"
audiences = ["https://gateway.example"]
recipient = "https://gateway.example/oauth/token"
group_prefix = ""
[token_exchange]
issuer = "https://gateway.example"
audience = "gateway-1"
'''


class Saml(Parts):
    """samlify signs, with a key made for this run; its own metadata are the gateway's configuration."""
    config = CONFIG.replace('[[issuer]]\n', '[[issuer]]\ngroup_prefix = ""\n').replace('[[origin]]', SAML + '[[origin]]')
    entity = 'https://idp.example/saml'

    @classmethod
    def identity_provider(cls, runtime, name):
        """Starts one; its address."""
        subprocess.run([program('openssl'), 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', f'{name}.key', '-out', f'{name}.crt', '-days', '2',
                        '-subj', '/CN=' + name], cwd=cls.world.state, check=True, capture_output=True)
        port = worlds.free_port(0)
        cls.world.start(name, runtime, 'saml.mjs', str(port), f'{name}.key', f'{name}.crt', cls.entity)
        cls.world.ready(name, port, '/metadata')
        return f'http://127.0.0.1:{port}'

    @classmethod
    def before_start(cls, runtime):
        cls.corporate, cls.stranger = cls.identity_provider(runtime, 'corporate'), cls.identity_provider(runtime, 'stranger')
        cls.world.write('idp.xml', fetch(cls.corporate + '/metadata').decode())

    def assertion(self, provider=None, **changes):
        now = int(time.time())
        asked = {'subject': 'nightly-rag-ingest', 'groups': ['readers', 'rag-batch'], 'audience': 'https://gateway.example',
                 'recipient': 'https://gateway.example/oauth/token', 'from': now - 2, 'until': now + 300, **changes}
        return fetch(f'{provider or self.corporate}/test/assertion', json.dumps(asked).encode()).decode()

    def ask(self, path, data=None, **fields):
        """(status, what the answer says)."""
        request = urllib.request.Request(self.url + path, data, {name.replace('_', '-'): value for name, value in fields.items()})
        try:
            with urllib.request.urlopen(request, timeout=60, context=ssl.create_default_context(cafile=self.ca)) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)['reason']

    def exchange(self, assertion):
        form = urllib.parse.urlencode({'grant_type': 'urn:ietf:params:oauth:grant-type:saml2-bearer', 'assertion': self.coded(assertion)})
        return self.ask('/oauth/token', form.encode(), Content_Type='application/x-www-form-urlencoded')

    @staticmethod
    def coded(assertion):
        return base64.urlsafe_b64encode(assertion.encode()).decode().rstrip('=')

    def test_its_assertion_becomes_a_token_that_opens_what_its_groups_may(self):
        status, body = self.exchange(self.assertion())
        self.assertEqual(status, 200, body)
        answer = json.loads(body)
        self.assertEqual(answer['token_type'], 'Bearer')
        bearer = 'Bearer ' + answer['access_token']
        self.assertEqual(self.ask('/fixed?bytes=1000', Authorization=bearer), (200, blocks(1000)))
        status, body = self.exchange(self.assertion(groups=['writers']))
        self.assertEqual(status, 200, body)
        self.assertEqual(self.ask('/fixed?bytes=1', Authorization='Bearer ' + json.loads(body)['access_token'])[0], 403)

    def test_its_assertion_is_a_bearer_by_itself(self):
        self.assertEqual(self.ask('/fixed?bytes=1000', Authorization='SAML ' + self.coded(self.assertion())), (200, blocks(1000)))
        self.assertEqual(self.ask('/fixed?bytes=1', Authorization='SAML ' + self.coded(self.assertion(groups=['writers'])))[0], 403)

    def test_what_is_not_as_it_was_signed_is_refused(self):
        now = int(time.time())
        wrong = {'saml_signature': [self.assertion().replace('rag-batch', 'dba-admin'), self.assertion().replace('nightly', 'daytime'),
                                    self.assertion(provider=self.stranger)],
                 'saml_conditions': [self.assertion(audience='https://other.example')],
                 'saml_expired': [self.assertion(**{'from': now - 7200, 'until': now - 3600})]}
        for reason, assertions in wrong.items():
            for assertion in assertions:
                self.assertEqual(self.exchange(assertion), (400, reason))
                self.assertEqual(self.ask('/fixed?bytes=1', Authorization='SAML ' + self.coded(assertion)), (401, reason))

    def test_an_assertion_is_exchanged_once(self):
        assertion = self.assertion()
        self.assertEqual(self.exchange(assertion)[0], 200)
        self.assertEqual(self.exchange(assertion), (400, 'saml_replayed'))


CASES = {'curl': Curl, 'requests': Requests, 'httpx': Httpx, 'undici': Undici, 'axios': Axios, 'unstructured': Unstructured, 'issuer': Issuer, 'saml': Saml}


def main():
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromTestCase(CASES[PART]))
    if not result.wasSuccessful():
        return 1
    if result.skipped:
        print(result.skipped[0][1])
        return 77
    return 0 if result.testsRun else 1


if __name__ == '__main__':
    sys.exit(main())
