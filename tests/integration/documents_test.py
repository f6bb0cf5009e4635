"""Every configuration and every command line that README.md and docs/ show, tried: documents_test.py BUILD.

Configurations are given to `gatehouse check`: the samples of configs/, with the files that they name made by the test, and the
pages' examples, added to the sample that the page names before them. Command lines run in a folder like the one that the pages
speak of, beside a running gateway with one job's records. What cannot be run is in NOT_RUN, with the reason."""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tests/support'))
from gateway import AUDIENCE, CONFINED, ISSUER, EchoOrigin, Gateway, answer, world  # noqa: E402
from named_files import ENTITY, NamedFiles  # noqa: E402
from watch import PATIENCE, eventually, settled  # noqa: E402

BUILD = os.path.abspath(sys.argv.pop(1))
PAGES = [f'{ROOT}/README.md', f'{ROOT}/SECURITY.md', *sorted(glob.glob(f'{ROOT}/docs/*.md'))]
LANGUAGES = {'toml', 'sh', 'json', 'text'}

# What begins so is not run here.
NOT_RUN = {
    'tools/quickstart': 'the test `quickstart` runs it on the build under test',
    'tools/test': 'it runs this test',
    'tools/setup && meson setup build': 'it made the build under test; it needs root and a network',
    'podman run': 'needs a container engine; tests/structure/container.py and conform/seccomp judge profile and files',
}
# What ends with another code than 0, as its page says.
ENDS = {
    'gatehouse explain --config gateway.toml --token-file job.token --method POST --path /chunk': 1,   # refused: what it is to show
    'gatehouse explain --config gateway.toml --token-file job.token --path \'/plain': 1,   # not a path of the rules here
    'gatehouse explain --config gateway.toml --token-file job.token --method DELETE --path /collections/x': 1,   # it has ended by 2030
    'gatehouse records what-if': 1,   # the candidate takes the rule away
}
IDS = r'ID|0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e'


def blocks(page):
    """(language, text, what stands before it) of each fenced block."""
    with open(page, encoding='utf-8') as file:
        text = file.read()
    return [(found[1], found[2], text[:found.start()]) for found in re.finditer(r'^```(\w*)\n(.*?)^```', text, flags=re.M | re.S)]


def commands():
    """(page, line): lines that go on after a backslash are one, comments are none."""
    for page in PAGES:
        for language, text, _ in blocks(page):
            if language == 'sh':
                for line in re.sub(r'\\\n\s*', '', text).splitlines():
                    line = re.sub(r'(^|\s+)# .*|^#.*', '', line).strip()
                    if line:
                        yield os.path.basename(page), line


def interruptible():
    """As at a terminal: whoever started this test in the background has SIGINT ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Configurations(unittest.TestCase):
    def judged(self, name, text):
        with tempfile.TemporaryDirectory(prefix='gatehouse-documents-') as folder:
            files = NamedFiles(folder, BUILD)
            files.write('gateway.toml', files.complete(text))
            done = subprocess.run([f'{BUILD}/gatehouse', 'check', '--config', f'{folder}/gateway.toml'], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=PATIENCE,
                                  env={'PATH': '/usr/bin:/bin', 'CREDENTIALS_DIRECTORY': folder})
            self.assertEqual(done.returncode, 0, f'{name}:\n{text}\n{done.stderr}')

    def test_samples(self):
        samples = sorted(glob.glob(f'{ROOT}/configs/**/*.toml', recursive=True))
        self.assertGreater(len(samples), 8)
        for sample in samples:
            with open(sample, encoding='utf-8') as file:
                self.judged(sample, file.read())

    def test_examples_of_the_pages(self):
        judged = 0
        for page in PAGES:
            for language, text, before in blocks(page):
                if language != 'toml':
                    continue
                named = re.findall(r'dded\s+to\b[^\[]*\[configs/(\w+\.toml)\]', before)
                self.assertTrue(named, f'{page}: an example, and no sample that it is added to:\n{text}')
                with open(f'{ROOT}/configs/{named[-1]}', encoding='utf-8') as file:
                    self.judged(page, file.read() + '\n' + text)
                judged += 1
        self.assertGreater(judged, 6)

    def test_every_block_says_what_it_is(self):
        for page in [*PAGES, f'{ROOT}/src/README.md']:
            for language, text, _ in blocks(page):
                self.assertIn(language, LANGUAGES, f'{page}:\n{text}')
                if language in ('json', 'text'):   # nothing to run or to check hides there
                    self.assertNotRegex(text, r'(?m)^(build/)?gatehouse(-load)? |^\[+[a-z]', page)
            with open(page, encoding='utf-8') as file:
                self.assertNotRegex(file.read(), r'(?m)^(    |\t)(build/)?gatehouse', page)


CONFIG = '''
[gateway]
workers = 1
run_dir = "run"
health_address = "127.0.0.1:{health}"
[records]
dir = "records"
ring_dir = "{rings}"
ring_size = "8MiB"
auditor_keys = ["ann.key.pub"]
operations_key = "operations.key.pub"
heads_key_file = "heads.key"
[[tenant]]
name = "acme"
key_file = "keys/acme.key"
[[listener]]
name = "plain"
address = "127.0.0.1:{port}"
[[listener]]
name = "main"
address = "127.0.0.1:{tls}"
[[listener.certificate]]
chain_file = "tls/cert.pem"
key_file = "tls/key.pem"
[listener.clients]
ca_file = "tls/workloads-ca.pem"
crl_file = "tls/workloads.crl"
identity = "spiffe"
subjects = ["spiffe://prod.example.org/ns/etl/*"]
name = "workloads"
group_prefix = "cert-"
[[listener.clients.group]]
name = "etl"
when = {{ uri = "spiffe://prod.example.org/ns/etl/*" }}
[[issuer]]
name = "login"
url = "{issuer}"
audiences = ["{audience}"]
group_prefix = ""
record_claims = ["run_id"]
jwks_file = "keys/jwks.json"
[[saml]]
name = "corporate"
metadata_file = "idp.xml"
audiences = ["https://gateway.example.org"]
recipient = "https://gateway.example.org/oauth/token"
group_prefix = "corporate/"
[token_exchange]
issuer = "https://gateway.example.org"
[[origin]]
name = "origin"
address = "{origin}"
[[route]]
name = "acme"
path = "/acme"
rewrite = "/"
origin = "origin"
tenant = "acme"
[[route]]
name = "rest"
origin = "origin"
[[guard]]
name = "destructive-sql"
patterns = ['\\bdrop\\s+table\\b']
[[mask]]
name = "personal-data"
detectors = ["email"]
[[rule]]
name = "chunk"
effect = "allow"
groups = ["readers"]
methods = ["POST"]
paths = ["/chunk"]
guards = ["destructive-sql"]
masks = ["personal-data"]
[[rule]]
name = "risky"
effect = "approve"
groups = ["readers"]
methods = ["DELETE"]
paths = ["/collections/*"]
'''


def curl_settings(port):
    """What stands between a page's addresses and ours: curl reads it by itself."""
    return f'connect-to = "gateway.example.org:443:127.0.0.1:{port}"\ncacert = "tls/cert.pem"\n'


class Commands(unittest.TestCase):
    answered = []   # ids of requests that were held

    @classmethod
    def setUpClass(cls):
        cls.tls = world.free_port(0)
        cls.gateway = Gateway(BUILD, CONFIG, tls=cls.tls)
        cls.state = cls.gateway.state
        cls.files = NamedFiles(cls.state, BUILD)
        os.mkdir(f'{cls.state}/bin')
        for name in ('gatehouse', 'gatehouse-load'):
            os.symlink(f'{BUILD}/{name}', f'{cls.state}/bin/{name}')
        cls.made = [line for _, line in commands() if line.startswith('gatehouse keys make')]
        for line in cls.made:   # the pages' own way to what the others name
            cls.run_line(line)
        cls.prepare()
        cls.gateway.start()
        cls.origin = EchoOrigin(cls.gateway, lambda *_: answer(b'{"text":"ask ann@example.org"}'))
        cls.record()
        cls.again()

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    @classmethod
    def environment(cls):
        return {'PATH': f'{cls.state}/bin:/usr/bin:/bin', 'CURL_HOME': cls.state, 'HOME': cls.state}

    @classmethod
    def run_line(cls, line):
        return subprocess.run(['bash', '-c', line], cwd=cls.state, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors='replace', timeout=10 * PATIENCE, env=cls.environment())

    @classmethod
    def prepare(cls):
        """The files that the command lines name, besides those that they make."""
        files = cls.files
        files.keys('new.key', 'auditor', '--name', 'new')
        files.certificate('tls/cert.pem', 'cert')
        files.certificate('tls/key.pem', 'key')
        files.certificate('ca.pem', 'cert')
        files.metadata('idp.xml')
        for source, name in (('ca.pem', 'tls/workloads-ca.pem'), ('before.crl', 'tls/workloads.crl'), ('workload.pem', 'job.pem')):
            shutil.copy(f'{ROOT}/tests/data/clients/{source}', files.path(name))
        assertion = files.run('tools/issuer/issuer', 'assertion', '--key-file', 'one-pair/key.pem', '--entity', ENTITY, '--subject',
                              'job-7', '--audience', 'https://gateway.example.org', '--recipient', 
                              'https://gateway.example.org/oauth/token', '--groups', 'readers')
        files.write('assertion.b64', assertion.strip())
        cls.token = files.run('tools/issuer/issuer', 'token', '--key-file', 'keys/key.pem', '--issuer', ISSUER, '--client', 'nightly',
                              '--audience', AUDIENCE, '--groups', 'readers', '--ttl', '7200', '--claim', 'run_id=8461932').strip()
        for name in ('job.token', 'tokens'):
            files.write(name, cls.token + '\n')
        files.write('request.json', '{"text": ["ok", "\\u0044rop  table x"], "n": 1}')
        files.write('requests.jsonl', next(text for page in PAGES for language, text, _ in blocks(page)
                                           if language == 'json' and text.startswith('{"method"')))
        files.write('good.json', '{"text": "ok"}')
        files.write('answer.json', '{"text":"ask ann@example.org"}')
        files.write('.curlrc', curl_settings(cls.tls))
        for sample in glob.glob(f'{ROOT}/configs/*.toml'):
            with open(sample, encoding='utf-8') as file:
                inner = NamedFiles(files.path('configs'), BUILD)
                os.makedirs(inner.folder, exist_ok=True)
                inner.write(os.path.basename(sample), inner.complete(file.read()))

    @classmethod
    def call(cls, method, path, body=b''):
        with cls.gateway.client() as client:
            client.send(cls.gateway.request(method, path, body, ['Content-Type: application/json'], token=cls.token))
            return client.message()[0]

    @classmethod
    def again(cls):
        """Copies the records of a gateway that has ended, as one takes a copy, and starts it again."""
        bad = cls.gateway.world.stop()
        assert not bad, bad
        shutil.copytree(f'{cls.state}/records', f'{cls.state}/copy')
        cls.segment = 'copy/' + os.path.basename(sorted(glob.glob(f'{cls.state}/copy/*.ghr'))[0])
        cls.gateway.start()
        made = cls.run_line('gatehouse api-keys create --name nightly-import --group ingest --config gateway.toml')
        cls.key = re.search(r'ghk_([a-z2-7]{16})_', made.stdout)[1]
        with open(f'{cls.state}/gateway.toml', encoding='utf-8') as file:
            cls.files.write('candidate.toml', file.read().replace('methods = ["POST"]', 'methods = ["GET"]'))

    @classmethod
    def record(cls):
        """One job's run: an answer with a masked value, and a request that a guard refuses."""
        head = cls.call('POST', '/chunk', b'{"text":"x"}')
        cls.call('POST', '/chunk', b'{"text":"drop table x"}')
        cls.id = re.search(rb'Gatehouse-Exchange-Id: (\S+)', head)[1].decode()
        settled(cls.gateway)

    def here(self, line):
        """The line with this world's ids, ports and durations in place of the page's."""
        for pattern, ours in ((rf'\b({IDS})\b', self.id), (r'copy/\S+\.ghr', self.segment), (r'/mnt/copy/records', 'copy'),
                              (r'/var/lib/gatehouse/records', 'copy'), (r'abcdefghijklmnop', self.key),
                              (r'https://localhost:8443/v1/chunk/recursive', f'https://localhost:{self.tls}/chunk'),
                              (r'http://127\.0\.0\.1:9700/', 'http://%s/' % self.gateway.settings['origin']),
                              (r'(-load .*)--body-file request\.json', r'\1--body-file good.json'),
                              (r'--duration \S+', '--duration 500ms'), (r'--rate 1000,2000,4000', '--rate 20,40'),
                              (r'--output import\.key', '--output import2.key')):
            line = re.sub(pattern, ours, line)
        return line

    def held(self, answered):
        """A request that waits for a person: its id, the same until it is to be answered. The client stays until it is."""
        def listed():
            told = json.loads(self.run_line('gatehouse approvals list --json --config gateway.toml').stdout)
            return [each['id'] for each in told if each['id'] not in self.answered]
        if not listed():
            threading.Thread(target=self.call, args=('DELETE', '/collections/x'), daemon=True).start()
        found = eventually('a request is held', listed)[0]
        if answered:
            self.answered.append(found)
        return found

    def followed(self, line):
        """A command that goes on until it is interrupted: it must have written something by then."""
        process = subprocess.Popen(['bash', '-c', 'exec ' + self.here(line)], cwd=self.state, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment(),
                                   preexec_fn=interruptible)
        self.assertTrue(process.stdout.readline() or process.poll() is None, line)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        self.assertIn(process.returncode, (0, -signal.SIGINT, 128 + signal.SIGINT), line)

    def ran(self, page, line):
        if ' --follow' in line:
            return self.followed(line)
        if re.search(r'approvals (approve|deny)|/approvals/ID', line):
            line = re.sub(r'\bID\b', self.held('approve' in line.split('approvals')[1] or 'deny' in line), line)
        done = self.run_line(self.here(line))
        if '--unix-socket' in line:
            self.assertNotIn('"error"', done.stdout, line)
        wanted = next((code for begin, code in ENDS.items() if line.startswith(begin)), 0)
        if line.startswith('gatehouse-load') and done.returncode == 3:
            return None   # it ran, and says that this machine was the limit
        if '--if-synchronised' in line and done.returncode in (1, 69):
            return None   # it ran, and says that this machine's clock is not, or may not be asked
        self.assertEqual(done.returncode, wanted, f'{page}: {self.here(line)}\n{done.stdout}{done.stderr}')
        return done

    def test_every_line_runs(self):
        run = 0
        for page, line in sorted(commands(), key=lambda each: each[1].startswith('gatehouse-load')):   # it records much
            first_hour = line.startswith(('build/', 'gatehouse init', 'gatehouse serve'))   # run below
            if line in self.made or line.startswith(tuple(NOT_RUN)) or first_hour:
                continue
            with self.subTest(page=page, line=line):
                self.ran(page, line)
                run += 1
        self.assertGreater(run, 45)

    def test_what_is_not_run_is_there(self):
        for begin in (*NOT_RUN, *ENDS):
            self.assertTrue(any(line.startswith(begin) for _, line in commands()), begin)


class FirstHour(unittest.TestCase):
    """README's way to a first gateway, line by line, with the development issuer as the identity provider."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='gatehouse-documents-')
        self.addCleanup(folder.cleanup)
        self.folder, self.files = folder.name, NamedFiles(folder.name, BUILD)
        self.files.run('tools/issuer/issuer', 'keys', '--dir', 'keys')
        self.files.write('secret', 'the-secret-of-a-client')
        self.files.write('clients.toml', '[[client]]\nid = "a"\nsecret_file = "secret"\ngroups = ["readers"]\n')
        self.port = world.free_port(0)
        self.start('tools/issuer/issuer', 'serve', '--listen', f'127.0.0.1:{self.port}', '--key-file', 'keys/key.pem', '--clients',
                   'clients.toml', '--audience', 'urn:a')
        eventually('the issuer answers', lambda: reachable(self.port))

    def start(self, program, *words):
        process = subprocess.Popen([f'{BUILD}/{program}', *words], cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        return process

    def test_first_hour(self):
        shown = [line.removeprefix('build/') for page, line in commands() if page == 'README.md' and line.startswith('build/')]
        self.assertEqual([line.split()[1] for line in shown], ['init', 'check', 'serve'])
        others = [line for page, line in commands() if page != 'README.md' and line.split()[1] in ('init', 'serve')]
        self.assertEqual([line.split()[1] for line in others], ['init', 'serve'])
        for line in shown + others:
            if ' serve ' in line:
                self.serves(line)
                continue
            line = line.replace('https://login.example.org', f'http://127.0.0.1:{self.port}')
            done = subprocess.run(['bash', '-c', f'{BUILD}/{line}'], cwd=self.folder, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, f'{line}\n{done.stdout}{done.stderr}')

    def serves(self, line):
        """Until it is told to stop; its ports are ones that nobody has."""
        with open(f'{self.folder}/gateway.toml', encoding='utf-8') as file:
            text = file.read()
        self.assertIn('127.0.0.1:8080', text)
        port = world.free_port(0)
        ring = 'ring_off = ["no_sqarray"]\n' if CONFINED else ''
        self.files.write('gateway.toml', f'[gateway]\n{ring}workers = 1\nhealth_address = "127.0.0.1:{world.free_port(0)}"\n' +
                         text.replace('127.0.0.1:8080', f'127.0.0.1:{port}'))
        process = self.start(*line.split())
        eventually('the gateway accepts', lambda: process.poll() is not None or reachable(port))
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 0, line)


def reachable(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


if __name__ == '__main__':
    unittest.main()
