"""What a client says of who calls, for whom and from where never reaches an origin, whatever the field is called; what clients of
services send otherwise does, byte for byte. Usage: claimed_fields_test.py BUILD"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, status_of  # noqa: E402
from gateway import Gateway  # noqa: E402

BUILD = sys.argv.pop(1)
# Each of these is believed by some service, or set by some front end; all of them once came through.
KNOWN = ['SM-User', 'SM-UserDN', 'iv-user', 'Iv-Groups', 'iv-creds', 'X-LDAP-User', 'X-SSO-User', 'X-Shib-User', 'Eppn', 'Tailscale-User-Login',
         'X-Grafana-User', 'X-Grafana-Org-Id', 'X-Kubernetes-User', 'X-Service-Account', 'X-Auth', 'X-Id-Token', 'X-Workspace-Id', 'X-Project-Id',
         'X-Team-Id', 'X-Namespace', 'X-Chroma-Tenant', 'OpenAI-Organization', 'OpenAI-Project', 'Fly-Client-IP', 'DO-Connecting-IP',
         'X-Vercel-Forwarded-For', 'X-Source-IP', 'Proxy', 'es-security-runas-user', 'securitytenant', 'RemoteUser', 'X-Goog-User-Project', 'From',
         'X-GroupId', 'X-RoleName', 'X-OrgName', 'X-LoginName', 'X-CustomerId', 'X-IsAdmin', 'isMemberOf', 'Entitlement', 'persistent-id',
         'sAMAccountName', 'l5d-client-id', 'X-IBM-Client-Id', 'X-JwtAssertion', 'eduPersonPrincipalName', 'X-HTTP-Host-Override', 'XForwardedFor',
         'X-Run-As', 'X-Act-As', 'X-HTTP-Verb', 'X-Tunneled-Method', 'X-Middleware-Subrequest', 'X-Bearer', 'X-Staff-Id', 'X-Membership']
WORDS = ['user', 'username', 'uid', 'login', 'eppn', 'principal', 'subject', 'sub', 'identity', 'group', 'groups', 'role', 'roles', 'scope',
         'permissions', 'tenant', 'organization', 'org', 'workspace', 'project', 'team', 'namespace', 'account', 'auth', 'token', 'ip', 'forwarded']
HARMLESS = ['User-Agent: python-requests/2.28.1', 'X-User-Agent: grpc-web-javascript/0.1', 'Accept: */*', 'Accept-Language: de',
            'Content-Language: de', 'Content-Disposition: inline', 'Idempotency-Key: 7', 'X-Idempotency-Key: 8', 'X-Correlation-Id: 9',
            'X-Requested-With: x', 'X-Stainless-Lang: python', 'X-Stainless-Retry-Count: 0', 'x-elastic-client-meta: es=9',
            'X-Opaque-Id: o', 'OpenAI-Beta: a=b', 'X-Client-Version: 1', 'Sec-Fetch-User: ?1', 'Sec-Fetch-Mode: cors', 'Origin: https://app',
            'Referer: https://app/', 'Prefer: wait=1', 'DNT: 1', 'Cache-Control: no-cache', 'Pragma: no-cache', 'Priority: u=1',
            'If-Match: "a"', 'If-None-Match: "b"', 'Mcp-Session-Id: m', 'x-ms-session-token: s', 'X-Continuation-Token: c', 'X-CSRF-Token: f', 'Lock-Token: l', 'X-Max-Tokens: 512', 'X-Author: a', 'SOAPAction: ""',
            'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'X-Request-Id: r-1']


def combinations():
    """Names with one of the words in any place, in every spelling that is a field name of letters, digits and hyphens."""
    for at, word in enumerate(WORDS):
        for before, after in (('', ''), ('X-', ''), ('X-Acme-', '-Id'), ('acme-internal-', '-name'), ('', '2'), ('X-', '-verified')):
            name = before + word + after
            yield name if at % 3 == 0 else name.title() if at % 3 == 1 else name.upper()


class ClaimedFields(unittest.TestCase):
    routes = '[[route]]\nname = "all"\npath = "/"\norigin = "origin"\nset_headers = ["OpenAI-Organization: org-7"]\n'
    rules = '[[rule]]\nname = "plain"\neffect = "allow"\ngroups = ["readers"]\npaths = ["/plain/**"]\n'

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, routes=cls.routes, rules=cls.rules).start()
        cls.origin = Recorder(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def seen(self, client, fields):
        client.send(self.gateway.request('GET', '/plain/x', fields=fields))
        self.assertEqual(status_of(client.message()[0]), 200)
        return self.origin.asked[-1][0]

    def test_no_name_with_a_word_of_a_claim_reaches_the_origin(self):
        names = KNOWN + list(combinations())
        self.assertGreaterEqual(len(names), 190)
        with self.gateway.client() as client:
            for at in range(0, len(names), 40):
                some = names[at:at + 40]
                seen = self.seen(client, [name + ': forged-value' for name in some] + ['X-Kept: kept-value'])
                came = [name for name in some if name.encode() + b': forged-value' in seen]
                self.assertEqual(came, [])
                self.assertNotIn(b'forged-value', seen)
                self.assertIn(b'X-Kept: kept-value', seen)

    def test_underscores_and_dots_do_not_help(self):
        with self.gateway.client() as client:
            for separator in '_.':
                seen = self.seen(client, [name.replace('-', separator) + ': forged-value' for name in KNOWN])
                self.assertNotIn(b'forged-value', seen)

    def test_what_clients_of_services_send_passes(self):
        with self.gateway.client() as client:
            seen = self.seen(client, HARMLESS)
        for line in HARMLESS:
            self.assertIn(b'\r\n' + line.encode() + b'\r\n', seen)

    def test_what_the_route_sets_stands_there_whatever_the_client_said(self):
        with self.gateway.client() as client:
            for fields in ([], ['OpenAI-Organization: org-1', 'openai-organization: org-2']):
                seen = self.seen(client, fields)
                self.assertEqual([line for line in seen.split(b'\r\n') if line.lower().startswith(b'openai-organization')],
                                 [b'OpenAI-Organization: org-7'])


if __name__ == '__main__':
    unittest.main()
