"""The programs of the quickstart: issuer, chunking service and gateway, with their state in one folder."""
import ctypes
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AUDIENCE = 'urn:gatehouse:quickstart'
PROVIDER = 'urn:example:identity-provider'
GROUPS = {'nightly-index': ['chunk-readers'], 'retention': ['chunk-admins'], 'report-builder': ['reporting']}
READY_SECONDS = 60   # only a failure waits so long
PORTS_FROM = 10000   # ports that are ours to give begin here


class Failed(Exception):
    """A step did not go as it should; the text says which expectation broke."""


def wait_for(what, condition, seconds=READY_SECONDS):
    """Polls until `condition` gives something true and returns that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)   # between polls; the deadline above decides
    raise Failed(f'{what}: not within {seconds} s')


_reserved = []   # sockets that hold the names of this process's ports, until it ends


def free_port(wanted):
    """`wanted` when nobody has it, else any free one.

    A port that nobody asked for by number is reserved until this process ends, so that no two calls, here or in a process
    beside it, get the same; and it lies below those that the kernel gives to connections, so that none of these takes it."""
    with open('/proc/sys/net/ipv4/ip_local_port_range') as file:
        below = int(file.read().split()[0])
    ports = [wanted] if wanted else []
    if below > PORTS_FROM:
        ports += random.sample(range(PORTS_FROM, below), min(100, below - PORTS_FROM))
    for port in (*ports, 0):
        name = socket.socket(socket.AF_UNIX)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                if port and port != wanted:
                    name.bind('\0gatehouse-port-%d' % port)
                probe.bind(('127.0.0.1', port))
                probe.listen()
                _reserved.append(name)
                return probe.getsockname()[1]
            except OSError:
                name.close()
    raise Failed('no free port')


def die_with_parent():
    """In the child: end when this program ends, however it does."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


# What a sanitizer says of a program that was built with it.
SANITIZER = re.compile(r'(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error: ')


class World:
    """Starts the three programs and talks to them. `stop` ends what was started, newest first."""

    def __init__(self, state, build):
        self.state, self.build = state, build
        self.running = []   # (name, process), in order of start
        self.gateway_port = self.chunker_port = self.issuer_port = self.health_port = 0

    def path(self, *names):
        return os.path.join(self.state, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), mode=0o700, exist_ok=True)
        descriptor = os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, 'w', encoding='utf-8') as file:
            file.write(text)

    def tool(self, name, *arguments, check=True):
        """Runs `issuer`, `chunker` or `gatehouse` to its end and returns it with its output."""
        program = os.path.join(self.build, 'gatehouse' if name == 'gatehouse' else f'tools/{name}/{name}')
        done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.state)
        done.out, done.err = done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace')
        if check and done.returncode != 0:
            raise Failed(f'{name} {" ".join(arguments)}: exit code {done.returncode}\n{done.out}{done.err}')
        return done

    def gatehouse(self, *arguments, check=True):
        return self.tool('gatehouse', *arguments, check=check)

    def prepare(self):
        """Makes a fresh state folder: keys, a certificate, secrets, the configuration."""
        shutil.rmtree(self.state, ignore_errors=True)
        os.makedirs(self.state, mode=0o700)
        self.gateway_port, self.chunker_port = free_port(8443), free_port(9700)
        self.issuer_port, self.health_port = free_port(9800), free_port(9900)
        self.tool('issuer', 'keys', '--dir', 'keys')
        self.tool('issuer', 'keys', '--dir', 'forged')
        os.makedirs(self.path('auditor'), mode=0o700)   # stands for the auditor's own machine
        self.gatehouse('keys', 'make', 'auditor', '--out', 'auditor/ann.key')
        for use in ('operations', 'heads'):
            self.gatehouse('keys', 'make', use, '--out', f'keys/{use}.key')
        self.tool('issuer', 'certificate', '--dir', 'tls', '--name', 'localhost', '--ip', '127.0.0.1')
        self.tool('issuer', 'certificate', '--dir', 'clients', '--authority')
        for job in ('nightly-index', 'another-job'):
            self.tool('issuer', 'certificate', '--dir', f'clients/{job}', '--name', f'{job}.jobs.example', '--signed-by', 'clients')
        self.tool('issuer', 'certificate', '--dir', 'idp', '--name', 'idp.example')
        self.write('idp/metadata.xml', self.tool('issuer', 'metadata', '--certificate', 'idp/cert.pem', '--entity', PROVIDER).out)
        self.write('secrets/chunker.key', secrets.token_urlsafe(24) + '\n')
        clients = ''
        for client, groups in GROUPS.items():
            self.write(f'secrets/{client}', secrets.token_urlsafe(24) + '\n')
            clients += f'[[client]]\nid = "{client}"\nsecret_file = "secrets/{client}"\ngroups = {json.dumps(groups)}\n\n'
        self.write('clients.toml', clients)
        with open(os.path.join(ROOT, 'configs/quickstart.toml'), encoding='utf-8') as file:
            text = file.read()
        for sample, port in ((8443, self.gateway_port), (9700, self.chunker_port), (9800, self.issuer_port),
                             (9900, self.health_port)):
            text = text.replace(f'127.0.0.1:{sample}', f'127.0.0.1:{port}').replace(f'localhost:{sample}', f'localhost:{port}')
        self.write('quickstart.toml', text)
        os.makedirs(self.path('logs'), mode=0o700)

    def start(self, name, program, *arguments):
        with open(self.path('logs', name + '.log'), 'ab') as log:
            process = subprocess.Popen([os.path.join(self.build, program), *arguments], cwd=self.state,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                       preexec_fn=die_with_parent)
        self.running.append((name, process))

    def start_all(self):
        self.start('issuer', 'tools/issuer/issuer', 'serve', '--listen', f'127.0.0.1:{self.issuer_port}',
                   '--key-file', 'keys/key.pem', '--clients', 'clients.toml', '--audience', AUDIENCE)
        self.ready('issuer', self.issuer_port, '/.well-known/openid-configuration')
        self.start('chunker', 'tools/chunker/chunker', '--listen', f'127.0.0.1:{self.chunker_port}',
                   '--key-file', 'secrets/chunker.key', '--log', 'logs/chunker-requests.log')
        self.ready('chunker', self.chunker_port, '/health')
        self.gatehouse('check', '--config', 'quickstart.toml')
        self.start('gatehouse', 'gatehouse', 'serve', '--config', 'quickstart.toml')
        self.ready('gatehouse', self.health_port, '/readyz')

    def ready(self, name, port, path):
        """Waits until a program answers 200; a program that ended is a failure at once."""
        def answers():
            self.check_running()
            try:
                with urllib.request.urlopen(f'http://127.0.0.1:{port}{path}', timeout=2) as answer:
                    return answer.status == 200
            except (urllib.error.URLError, OSError):
                return False
        try:
            wait_for(f'{name} on 127.0.0.1:{port}{path}', answers)
        except Failed as failure:
            raise Failed(f'{failure}\n{self.log_tail(name)}') from None

    def check_running(self):
        for name, process in self.running:
            if process.poll() is not None:
                raise Failed(f'{name} ended with exit code {process.returncode}\n{self.log_tail(name)}')

    def log_tail(self, name):
        with open(self.path('logs', name + '.log'), encoding='utf-8', errors='replace') as file:
            lines = file.readlines()
        found = next((at for at, line in enumerate(lines) if SANITIZER.search(line)), None)   # what it found is not said at the end
        return ''.join(f'  | {line}' for line in (lines[-20:] if found is None else lines[found:found + 150]))

    def stop(self):
        """Returns the names of programs that did not end well."""
        bad = []
        for name, process in reversed(self.running):
            if process.poll() is None:
                process.terminate()
            try:
                code = process.wait(timeout=100)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            if code != 0:
                bad.append(f'{name}: exit code {code}')
        self.running = []
        return bad

    def token(self, client):
        """A token from the issuer, as the job itself would fetch it."""
        with open(self.path('secrets', client), encoding='ascii') as file:
            secret = file.read().strip()
        done = subprocess.run(['curl', '-sS', '--fail', '-K', '-', f'http://127.0.0.1:{self.issuer_port}/token'],
                              input=f'user = "{client}:{secret}"\ndata = "grant_type=client_credentials"\n',
                              stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)['access_token']

    def run_token(self, client, groups, run):
        """A token of one run of a job, as a scheduler would have it made."""
        return self.tool('issuer', 'token', '--key-file', 'keys/key.pem', '--issuer', self.issuer_url, '--client', client,
                         '--audience', AUDIENCE, '--groups', groups, '--claim', f'run_id={run}').out.strip()

    def bound_token(self, client, groups):
        """A token that is good only with the client's certificate."""
        return self.tool('issuer', 'token', '--key-file', 'keys/key.pem', '--issuer', self.issuer_url, '--client', client,
                         '--audience', AUDIENCE, '--groups', groups, '--bound-to', f'clients/{client}/cert.pem').out.strip()

    def assertion(self, subject, groups):
        """What the SAML identity provider says of somebody."""
        return self.tool('issuer', 'assertion', '--key-file', 'idp/key.pem', '--entity', PROVIDER, '--subject', subject,
                         '--audience', AUDIENCE, '--recipient', f'https://localhost:{self.gateway_port}/oauth/token',
                         '--groups', groups).out.strip()

    def forged_token(self):
        """The right claims and key id, signed with somebody else's key."""
        genuine = self.token('nightly-index')
        forged = self.tool('issuer', 'token', '--key-file', 'forged/key.pem', '--issuer', self.issuer_url,
                           '--client', 'nightly-index', '--audience', AUDIENCE, '--groups', 'chunk-readers').out.strip()
        return '.'.join(genuine.split('.')[:2] + forged.split('.')[2:])

    @property
    def issuer_url(self):
        return f'http://127.0.0.1:{self.issuer_port}'

    @property
    def url(self):
        return f'https://127.0.0.1:{self.gateway_port}'

    def stats(self):
        with urllib.request.urlopen(f'http://127.0.0.1:{self.chunker_port}/stats', timeout=5) as answer:
            return json.load(answer)


def complain(text):
    print(text, file=sys.stderr, flush=True)
