"""Client certificates on real sockets: who is believed, who their holders are, tokens that are bound to one, and what ends."""
import base64
import datetime
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, metric, reason_of, recorded, status_of  # noqa: E402
from gateway import AUDIENCE, ISSUER, PATIENCE, Gateway, Wire, field  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/lib'))
import world  # noqa: E402

BUILD = sys.argv.pop(1)
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data')
CHUNKER = 'spiffe://prod.example.org/ns/etl/sa/chunker'
CERTIFICATE = '[[listener.certificate]]\nchain_file = "server.pem"\nkey_file = "server.key"\n'
LISTENERS = CERTIFICATE + '''
[listener.clients]
ca_file = "ca.pem"
crl_file = "list.crl"
identity = "spiffe"
subjects = ["spiffe://prod.example.org/ns/etl/*"]
name = "workloads"
group_prefix = "cert-"
[[listener.clients.group]]
name = "etl"
when = { unit = "etl" }
[[listener]]
name = "other"
address = "127.0.0.1:%(other)d"
''' + CERTIFICATE + '''
[listener.clients]
ca_file = "stranger.pem"
required = true
[[listener]]
name = "free"
address = "127.0.0.1:%(free)d"
''' + CERTIFICATE + '''
[[listener]]
name = "plain"
address = "127.0.0.1:%(plain)d"
'''
RULES = '''
[[rule]]
name = "plain"
effect = "allow"
groups = ["readers", "cert-etl"]
paths = ["/plain/**", "/bound/**"]
origin = "origin"
[[rule]]
name = "bound"
effect = "allow"
groups = ["readers", "cert-etl"]
paths = ["/bound/**"]
sender = "bound"
origin = "origin"
[[rule]]
name = "held"
effect = "approve"
groups = ["*"]
paths = ["/held/**"]
origin = "origin"
'''


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, **more).stdout


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=')


def data(name):
    with open(f'{DATA}/clients/{name}') as text:
        return text.read()


def thumbprint(name):
    der = ssl.PEM_cert_to_DER_cert(data(name + '.pem').split('-----END')[0] + '-----END CERTIFICATE-----\n')
    return part(hashlib.sha256(der).digest()).decode()


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ports = {name: world.free_port(0) for name in ('other', 'free', 'plain')}
        cls.gateway = gateway = Gateway(BUILD, listener=LISTENERS % cls.ports, rules=RULES, level='info')
        for name in ('server.pem', 'server.key'):
            shutil.copyfile(f'{DATA}/tls/{name}', gateway.world.path(name))
        os.chmod(gateway.world.path('server.key'), 0o600)
        for name in ('ca.pem', 'stranger.pem'):
            shutil.copyfile(f'{DATA}/clients/{name}', gateway.world.path(name))
        cls.use_list('before.crl')
        gateway.start()
        cls.ports['main'] = gateway.port
        cls.origin = Recorder(gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    @classmethod
    def use_list(cls, name):
        shutil.copyfile(f'{DATA}/clients/{name}', cls.gateway.world.path('list.new'))
        os.replace(cls.gateway.world.path('list.new'), cls.gateway.world.path('list.crl'))

    def settings(self, certificate=None, version=ssl.TLSVersion.TLSv1_3, folder=f'{DATA}/clients'):
        settings = ssl.create_default_context(cafile=f'{DATA}/tls/ca.pem')
        settings.minimum_version = settings.maximum_version = version
        if certificate:
            settings.load_cert_chain(f'{folder}/{certificate}.pem', f'{folder}/{certificate}.key')
        return settings

    def connect(self, settings, listener='main', session=None):
        sock = socket.create_connection(('127.0.0.1', self.ports[listener]), PATIENCE)
        try:
            return Wire(settings.wrap_socket(sock, server_hostname='server.test', session=session))
        except Exception:
            sock.close()
            raise

    def ask(self, client, path='/plain/x', token=None, fields=()):
        lines = [f'GET {path} HTTP/1.1', 'Host: server.test', *fields]
        if token:
            lines.append('Authorization: Bearer ' + token)
        client.send(('\r\n'.join(lines) + '\r\n\r\n').encode())
        return client.message()

    def asked(self, certificate=None, listener='main', version=ssl.TLSVersion.TLSv1_3, **more):
        with self.connect(self.settings(certificate, version), listener) as client:
            head, body = self.ask(client, **more)
            return (status_of(head), None if status_of(head) == 200 else reason_of(body), head)

    def refuses(self, settings, listener='main', session=None):
        """The handshake, or in TLS 1.3 what comes after it on the client's side, ends with an alert."""
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with self.connect(settings, listener, session) as client:
                client.send(b'GET /plain/x HTTP/1.1\r\nHost: server.test\r\n\r\n')
                if not client.sock.recv(1):
                    raise ConnectionError('ended')

    def token(self, confirmation=None):
        """A token of the test issuer for readers, with `cnf`."""
        header = self.gateway.readers.split('.')[0].encode()
        claims = {'iss': ISSUER, 'aud': AUDIENCE, 'sub': 'job-7', 'groups': ['readers'], 'exp': int(time.time()) + 600}
        if confirmation is not None:
            claims['cnf'] = confirmation
        signed = header + b'.' + part(json.dumps(claims).encode())
        der = run('openssl', 'dgst', '-sha256', '-sign', self.gateway.world.path('keys/key.pem'), input=signed)
        at, numbers = 2, []
        for _ in range(2):
            size = der[at + 1]
            numbers.append(der[at + 2:at + 2 + size].lstrip(b'\0').rjust(32, b'\0'))
            at += 2 + size
        return (signed + b'.' + part(b''.join(numbers))).decode()

    # ---- who calls --------------------------------------------------------------------------------

    def test_the_holder_of_a_certificate_calls_without_a_token(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            status, _, head = self.asked('workload', version=version)
            self.assertEqual(status, 200)
        told = recorded(self.gateway, head)
        self.assertEqual((told['proof'], told['issuer'], told['subject']), ('certificate', 'certificate:workloads', CHUNKER))
        self.assertEqual(told['group'], ['cert-etl'])
        self.assertEqual(told['certificate_name'], [CHUNKER])
        self.assertEqual(bytes.fromhex(told['certificate_digest']), base64.urlsafe_b64decode(thumbprint('workload') + '='))

    def test_whose_certificate_names_nobody(self):
        for name in ('two_uris', 'wildcard', 'common_name', 'unusual', 'mail', 'odd_unit'):
            with self.subTest(name):
                self.assertEqual(self.asked(name)[:2], (401, 'certificate_unknown'))
        self.assertEqual(self.asked('chained')[:2], (403, 'policy_no_rule'), 'known, and in no group')

    def test_whose_certificate_is_not_believed(self):
        for name in ('stranger_leaf', 'server_only', 'authority', 'signs', 'ended', 'sha1'):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.subTest(f'{name} {version}'):
                    settings = self.settings(None, version)
                    settings.set_ciphers('DEFAULT:@SECLEVEL=0')   # sha1: it is the gateway that refuses it
                    settings.load_cert_chain(f'{DATA}/clients/{name}.pem', f'{DATA}/clients/{name}.key')
                    self.refuses(settings)

    def test_without_a_certificate(self):
        self.assertEqual(self.asked()[:2], (401, 'token_missing'))
        self.assertEqual(self.asked(token=self.gateway.readers)[0], 200)
        self.refuses(self.settings(None), 'other')

    def test_a_credential_that_is_not_understood_is_not_passed_over(self):
        self.assertEqual(self.asked('workload', fields=['Authorization: Basic am9iOmpvYg=='])[:2], (401, 'token_missing'))
        self.assertEqual(self.asked('workload', token='a.b.c')[0], 401)

    # ---- tokens that are bound --------------------------------------------------------------------

    def test_a_bound_token_is_good_in_its_senders_hands_alone(self):
        bound = self.token({'x5t#S256': thumbprint('workload')})
        status, _, head = self.asked('workload', token=bound, path='/bound/x')
        self.assertEqual(status, 200)
        self.assertEqual(recorded(self.gateway, head)['proof'], 'oidc_jwt')
        self.assertEqual(self.asked('chained', token=bound)[:2], (401, 'token_binding'), 'another certificate')
        self.assertEqual(self.asked(None, token=bound)[:2], (401, 'token_binding'), 'none')
        self.assertEqual(self.asked('workload', 'free', token=bound)[:2], (401, 'token_binding'), 'where none is asked for')
        with Wire(socket.create_connection(('127.0.0.1', self.ports['plain']), 10)) as client:
            _, body = self.ask(client, token=bound)
            self.assertEqual(reason_of(body), 'token_binding', 'in clear')
            for name in ('X-Forwarded-Client-Cert', 'Client-Cert', 'X-SSL-Client-Cert'):
                pem = data('workload.pem').replace('\n', '')
                _, body = self.ask(client, token=bound, fields=[f'{name}: {pem}'])
                self.assertEqual(reason_of(body), 'token_binding', name)
        self.assertEqual(self.asked('workload', token=bound)[0], 200, 'and goes on being so')

    def test_what_a_token_is_bound_to_must_be_provable_here(self):
        print_ = thumbprint('workload')
        for confirmation, reason in (({'jkt': print_}, 'token_binding'), ({'x5t#S256': print_, 'jkt': print_}, 'token_binding'),
                                     ({'kid': 'x'}, 'token_binding'), ({}, 'token_claims'), ('x', 'token_claims'),
                                     ({'x5t#S256': print_ + '='}, 'token_claims'), ({'x5t#S256': print_[:-1]}, 'token_claims'),
                                     ({'x5t#S256': 7}, 'token_claims'), ({'x5t#S256': 'A' * 43}, 'token_claims'), ([], 'token_claims')):
            with self.subTest(str(confirmation)):
                self.assertEqual(self.asked('workload', token=self.token(confirmation))[:2], (401, reason))

    def test_a_rule_may_ask_for_a_bound_sender(self):
        self.assertEqual(self.asked('workload', token=self.gateway.readers, path='/bound/x')[:2], (403, 'policy_unbound'))
        self.assertEqual(self.asked(None, token=self.gateway.readers, path='/bound/x')[:2], (403, 'policy_unbound'))
        self.assertEqual(self.asked('workload', path='/bound/x')[0], 200)

    def test_what_others_say_of_certificates_goes_no_further(self):
        names = ['X-Forwarded-Client-Cert', 'x_forwarded_client_cert', 'X-Client-Cert', 'Client-Cert', 'Client-Cert-Chain',
                 'X-SSL-Client-Cert', 'SSL-Client-S-Dn', 'X-Client-Verify', 'X-ARR-ClientCert', 'X-ClientCert', 'X-Amzn-Mtls-Clientcert',
                 'X-TLS-Client-Cert', 'Cf-Client-Cert-Der-Base64', 'X-Peer-Certificate', 'WL-Proxy-Client-Cert', 'X-Mtls-Subject',
                 'X-Certificate-Dn', 'X-Client-Cn', 'X-Client-San', 'X-Spiffe-Id', 'X-Client-Fingerprint', 'X-Cert-Serial']
        with self.connect(self.settings('workload')) as client:
            head, _ = self.ask(client, fields=[f'{name}: forged-name' for name in names])
        self.assertEqual(status_of(head), 200)
        self.assertNotIn(b'forged-name', self.origin.asked[-1][0])

    # ---- tickets, and what ends -------------------------------------------------------------------

    def first(self, settings, listener='main'):
        """A session with its ticket."""
        with self.connect(settings, listener) as client:
            self.ask(client)
            return client.sock.session

    def test_a_ticket_keeps_the_certificate_and_leads_nowhere_else(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            settings = self.settings('workload', version)
            session = self.first(settings)
            with self.connect(settings, session=session) as client:
                self.assertTrue(client.sock.session_reused)
                head, _ = self.ask(client)
                self.assertEqual(status_of(head), 200)
                self.assertEqual(recorded(self.gateway, head)['subject'], CHUNKER)
            self.refuses(settings, 'other', session)
            with self.connect(settings, 'free', session) as client:
                self.assertFalse(client.sock.session_reused)
                self.assertEqual(reason_of(self.ask(client)[1]), 'token_missing')

    def test_a_certificate_that_ends_takes_connection_and_ticket_with_it(self):
        folder = self.gateway.world.path('brief')
        os.makedirs(folder, exist_ok=True)
        shutil.copyfile(f'{DATA}/clients/workload.key', f'{folder}/brief.key')
        open(f'{folder}/index', 'w').close()
        with open(f'{folder}/cnf', 'w') as text:
            text.write(f'[ca]\ndefault_ca=one\n[one]\nnew_certs_dir={folder}\ndatabase={folder}/index\nrand_serial=yes\n'
                       'default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[req]\ndistinguished_name=dn\n[dn]\n')
        with open(f'{folder}/leaf', 'w') as text:
            text.write(f'subjectAltName=URI:{CHUNKER}\nextendedKeyUsage=clientAuth\n')
        run('openssl', 'req', '-new', '-config', f'{folder}/cnf', '-key', f'{folder}/brief.key', '-subj', '/CN=brief', '-out', f'{folder}/csr')
        for life in (6, 20, 50):   # it is to be good when it is shown first
            end = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=life)
            run('openssl', 'ca', '-batch', '-notext', '-config', f'{folder}/cnf', '-cert', f'{DATA}/clients/ca.pem', '-keyfile',
                f'{DATA}/clients/ca.key', '-startdate', '20200101000000Z', '-enddate', end.strftime('%Y%m%d%H%M%SZ'), '-extfile',
                f'{folder}/leaf', '-in', f'{folder}/csr', '-out', f'{folder}/brief.pem')
            settings = self.settings('brief', folder=folder)
            try:
                session = self.first(settings)
                client = self.connect(settings, session=session)
            except (OSError, AssertionError, IndexError):
                self.assertGreater(time.time(), end.timestamp(), 'refused though it is good')
                continue
            with client:
                said = reason_of(self.ask(client)[1])
                if said == 'certificate_ended':
                    self.assertGreater(time.time(), end.timestamp(), 'refused though it is good')
                    continue
                self.assertEqual((said, client.sock.session_reused), ('policy_no_rule', True), 'known, in no group')
                time.sleep(max(0, end.timestamp() - time.time()) + 1)
                head, body = self.ask(client, token=self.gateway.readers)
                self.assertEqual((status_of(head), reason_of(body)), (401, 'certificate_ended'))
                self.assertEqual(field(head, 'Connection'), 'close')
                break
        else:
            self.fail('it was never shown while it was good')
        self.refuses(settings, session=session)

    def test_a_new_list_ends_connections_and_tickets(self):
        settings = self.settings('revoked')
        session = self.first(settings)
        other = self.settings('workload')
        with self.connect(settings, session=session) as client, self.connect(other) as innocent:
            self.assertEqual(reason_of(self.ask(client)[1]), 'policy_no_rule', 'known, in no group')
            self.assertEqual(status_of(self.ask(innocent)[0]), 200)
            try:
                self.use_list('after.crl')

                eventually('the new list is in force', lambda: not self.still_good(settings))
                head, body = self.ask(client, token=self.gateway.readers)
                self.assertEqual((status_of(head), reason_of(body)), (401, 'certificate_ended'))
                self.assertEqual(status_of(self.ask(innocent)[0]), 200)
                self.refuses(settings, session=session)
            finally:
                self.use_list('before.crl')
                eventually('the old list is in force', lambda: self.still_good(settings))

    # ---- while a person thinks ---------------------------------------------------------------------

    def word(self, *words, check=True):
        return self.gateway.world.gatehouse('approvals', *words, '--config', 'gateway.toml', check=check)

    def held(self, certificate, path):
        """A request that waits for a person, and its id."""
        client = self.connect(self.settings(certificate))
        self.addCleanup(client.sock.close)
        client.send(f'DELETE {path} HTTP/1.1\r\nHost: server.test\r\n\r\n'.encode())
        found = []
        eventually('it is held', lambda: found.extend(
            each['id'] for each in json.loads(self.word('list', '--json').out) if each['path'] == path) or found)
        return client, found[0]

    def reached_origin(self, path):
        return any(head.startswith(f'DELETE {path} '.encode()) for head, _ in self.origin.asked)

    def test_a_held_request_of_a_certificate_goes_out_when_it_is_approved(self):
        client, card = self.held('workload', '/held/good')
        self.assertFalse(self.reached_origin('/held/good'))
        self.word('approve', card)
        self.assertEqual(status_of(client.message()[0]), 200)
        self.assertTrue(self.reached_origin('/held/good'))

    def test_a_new_list_while_it_is_held_refuses_it_at_its_release(self):
        client, card = self.held('revoked', '/held/listed')
        innocent, other = self.held('workload', '/held/innocent')
        settings = self.settings('revoked')
        try:
            self.use_list('after.crl')
            eventually('the new list is in force', lambda: not self.still_good(settings))
            for each in (card, other):
                self.word('approve', each)
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (401, 'certificate_ended'))
            self.assertEqual(status_of(innocent.message()[0]), 200)
        finally:
            self.use_list('before.crl')
            eventually('the old list is in force', lambda: self.still_good(settings))
        self.assertFalse(self.reached_origin('/held/listed'))
        self.assertTrue(self.reached_origin('/held/innocent'))

    def test_a_certificate_that_is_revoked_here_ends_what_is_held(self):
        client, card = self.held('revoked', '/held/revoked')
        innocent, other = self.held('workload', '/held/other')
        entry = ('--certificate', base64.urlsafe_b64decode(thumbprint('revoked') + '=').hex())
        revocations = lambda word: self.gateway.world.gatehouse('revocations', word, *entry, '--config', 'gateway.toml')
        revocations('add')
        try:
            self.assertEqual(client.until_end(), b'', 'its connection is cut off')
            self.assertNotEqual(self.word('approve', card, check=False).returncode, 0)
            self.word('approve', other)
            self.assertEqual(status_of(innocent.message()[0]), 200)
        finally:
            revocations('remove')
        self.assertFalse(self.reached_origin('/held/revoked'))
        self.assertTrue(self.reached_origin('/held/other'))

    def test_when_a_list_ends_is_a_metric(self):
        said = run('openssl', 'crl', '-in', f'{DATA}/clients/before.crl', '-noout', '-nextupdate').decode().strip().split('=')[1]
        end = datetime.datetime.strptime(said, '%b %d %H:%M:%S %Y GMT').replace(tzinfo=datetime.timezone.utc)
        name = 'gatehouse_client_crl_expiry_timestamp_seconds'
        self.assertEqual(metric(self.gateway, name + '{listener="main"}'), end.timestamp())
        with self.assertRaises(AssertionError):
            metric(self.gateway, name + '{listener="other"}')   # it has no list

    def still_good(self, settings):
        try:
            with self.connect(settings) as client:
                return status_of(self.ask(client)[0]) == 403
        except (OSError, AssertionError, IndexError):
            return False

    def test_nobody_renegotiates(self):
        process = subprocess.Popen(
            ['openssl', 's_client', '-tls1_2', '-connect', f'127.0.0.1:{self.ports["main"]}', '-servername', 'server.test'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out, _ = process.communicate(b'R\n', timeout=PATIENCE)   # it is read after the handshake
        self.assertIn(b'RENEGOTIATING', out)
        self.assertRegex(out, b'no renegotiation|NO_RENEGOTIATION|alert|unexpected')


if __name__ == '__main__':
    unittest.main()
