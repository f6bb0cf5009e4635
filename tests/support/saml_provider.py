"""An identity provider for tests: keys and metadata made by openssl, assertions signed by xmlsec1."""
import datetime
import os
import re
import shutil
import subprocess

SAML = 'urn:oasis:names:tc:SAML:2.0:assertion'
SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'
EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
ENVELOPED = SIGNATURE + 'enveloped-signature'
SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
METHODS = {'rsa': MORE + 'rsa-sha256', 'rsa1024': MORE + 'rsa-sha256', 'p256': MORE + 'ecdsa-sha256', 'p384': MORE + 'ecdsa-sha256'}


def there():
    return shutil.which('xmlsec1') is not None and shutil.which('openssl') is not None


def date(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)}: {done.stderr}')
    return done.stdout


def transform(algorithm, inside=''):
    return f'<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>' if inside else f'<ds:Transform Algorithm="{algorithm}"/>'


def reference(uri, transforms=None, digest=SHA256):
    transforms = [transform(ENVELOPED), transform(EXCLUSIVE)] if transforms is None else transforms
    at = '' if uri is None else f' URI="{uri}"'
    chain = f'<ds:Transforms>{"".join(transforms)}</ds:Transforms>' if transforms else ''
    return f'<ds:Reference{at}>{chain}<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue></ds:DigestValue></ds:Reference>'


def empty_signature(method, references, form=EXCLUSIVE, form_inside='', method_inside='', key_info='', more=''):
    """A Signature that xmlsec1 is to fill in."""
    return (f'<ds:Signature xmlns:ds="{SIGNATURE}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{form}">{form_inside}'
            f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{method}">{method_inside}</ds:SignatureMethod>'
            f'{"".join(references)}</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue>{key_info}{more}</ds:Signature>')


class Provider:
    """Has one key, in a folder; kind is 'rsa' (2048), 'p256', 'rsa1024' or 'p384'."""
    def __init__(self, folder, kind='rsa', entity='https://idp.example/saml', name='provider'):
        self.folder, self.kind, self.entity = str(folder), kind, entity
        self.key, self.certificate_file = (os.path.join(self.folder, f'{name}.{end}') for end in ('key', 'crt'))
        how = {'rsa': ['rsa:2048'], 'rsa1024': ['rsa:1024'], 'p256': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
               'p384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']}[kind]
        run('openssl', 'req', '-x509', '-newkey', *how, '-nodes', '-keyout', self.key, '-out', self.certificate_file, '-days', '2',
            '-subj', '/CN=' + name)
        with open(self.certificate_file, encoding='ascii') as file:
            self.certificate = ''.join(file.read().split('-----')[2].split())

    def key_info(self):
        return f'<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{self.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>'

    def descriptor(self, use='signing'):
        at = f' use="{use}"' if use else ''
        return f'<md:KeyDescriptor{at}>{self.key_info()}</md:KeyDescriptor>'

    def metadata(self, descriptors=None, more=''):
        """The EntityDescriptor; `more` are attributes of it."""
        inside = ''.join(descriptors if descriptors is not None else [self.descriptor()])
        return (f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="{SIGNATURE}" entityID="{self.entity}"{more}>'
                f'<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{inside}'
                f'<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{self.entity}/sso"/>'
                '</md:IDPSSODescriptor></md:EntityDescriptor>\n')

    def signature(self, id_, **changes):
        what = {'method': METHODS[self.kind], 'references': [reference('#' + id_)], 'key_info': self.key_info(), **changes}
        return empty_signature(**what)

    def unsigned(self, now, id_='_a1', life=300, audience='https://gateway.example', recipient='https://gateway.example/oauth/token',
                 subject='nightly-rag-ingest', groups=('rag-batch', 'chunk-readers'), signature='', **changes):
        """An assertion that is good at `now`; changes replace parts by name, "" leaves them out."""
        audiences = [audience] if isinstance(audience, str) else audience
        window = f' NotBefore="{date(now)}" NotOnOrAfter="{date(now + life)}"'
        part = {
            'root': f' ID="{id_}" Version="2.0" IssueInstant="{date(now)}"',
            'issuer': f'<saml:Issuer>{self.entity}</saml:Issuer>',
            'name_id': f'<saml:NameID>{subject}</saml:NameID>',
            'method': 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
            'data': f' NotOnOrAfter="{date(now + life)}" Recipient="{recipient}"',
            'window': window,
            'restriction': '<saml:AudienceRestriction>' + ''.join(f'<saml:Audience>{one}</saml:Audience>' for one in audiences) +
                           '</saml:AudienceRestriction>',
            'conditions_more': '',
            'statement': f'<saml:AuthnStatement AuthnInstant="{date(now)}"><saml:AuthnContext><saml:AuthnContextClassRef>'
                         'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext>'
                         '</saml:AuthnStatement>',
            'attributes': '<saml:Attribute Name="groups">' +
                          ''.join(f'<saml:AttributeValue>{group}</saml:AttributeValue>' for group in groups) + '</saml:Attribute>',
            'more': '',
        }
        part.update(changes)
        part.setdefault('confirmation', f'<saml:SubjectConfirmation Method="{part["method"]}"><saml:SubjectConfirmationData{part["data"]}/>'
                                        '</saml:SubjectConfirmation>')
        statement = f'<saml:AttributeStatement>{part["attributes"]}</saml:AttributeStatement>' if part['attributes'] else ''
        return (f'<saml:Assertion xmlns:saml="{SAML}"{part["root"]}>{part["issuer"]}{signature}<saml:Subject>{part["name_id"]}'
                f'{part["confirmation"]}</saml:Subject><saml:Conditions{part["window"]}>{part["restriction"]}{part["conditions_more"]}'
                f'</saml:Conditions>{part["statement"]}{statement}{part["more"]}</saml:Assertion>')

    def sign(self, template, *options):
        """Fills in the signature of an assertion that has an empty one."""
        path = os.path.join(self.folder, 'template.xml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(template)
        keys = options or ('--privkey-pem', self.key)
        signed = run('xmlsec1', '--sign', *keys, f'--id-attr:ID', f'{SAML}:Assertion', path)
        return re.sub(r'^<\?xml[^>]*\?>\s*', '', signed).rstrip('\n')

    def assertion(self, now, id_='_a1', signing=None, **changes):
        """A signed assertion."""
        return self.sign(self.unsigned(now, id_=id_, signature=self.signature(id_, **(signing or {})), **changes))
