"""Assertions good and forged, by name in one JSON file, for tests/unit/identity. Usage: saml_samples.py FILE

All are of one moment, NOW. xmlsec1 signs; what attackers do to a signed assertion is done to its text."""
import base64
import json
import re
import sys
import tempfile

import saml_provider
from saml_provider import EXCLUSIVE, ENVELOPED, SAML, SIGNATURE, Provider, date, empty_signature, reference, transform

NOW = 1_800_000_000
INCLUSIVE = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116'
XSLT = 'http://www.w3.org/TR/1999/REC-xslt-19991116'
SHA1 = SIGNATURE + 'sha1'
SHA512 = 'http://www.w3.org/2001/04/xmlenc#sha512'
PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol'
EVIL = 'dba-admins'


def once(text, old, new):
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def split(signed):
    """(start tag and issuer, signature, rest) of a signed assertion."""
    return re.fullmatch(r'(.*?</saml:Issuer>)(<ds:Signature.*?</ds:Signature>)(.*)', signed, re.S).groups()


def good(provider, rsa):
    plain = {'key_info': ''}
    make = lambda **changes: provider.assertion(NOW, signing=plain, **changes)
    spaced = provider.unsigned(NOW, signature=provider.signature('_a1', **plain)).replace('><', '>\n  <').replace('></', '>\n</')
    listed = [transform(ENVELOPED), transform(EXCLUSIVE, f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="xs"/>')]
    typed = ('<saml:Attribute Name="groups" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
             '<saml:AttributeValue xsi:type="xs:string">rag-batch</saml:AttributeValue></saml:Attribute>')
    one = '<saml:Attribute Name="groups"><saml:AttributeValue>{}</saml:AttributeValue></saml:Attribute>'
    return {
        'good': provider.assertion(NOW),
        'good_rsa': rsa.assertion(NOW, id_='_rsa'),
        'good_rsa_sha512': rsa.assertion(NOW, signing={'method': saml_provider.MORE + 'rsa-sha512', 'key_info': '',
                                                      'references': [reference('#_a1', digest=SHA512)]}),
        'good_declaration': '<?xml version="1.0" encoding="UTF-8"?>\n' + make(),
        'good_pretty': provider.sign(re.sub(r'>\s+<(?=/saml:(Issuer|NameID|Audience|AttributeValue))', '><', spaced)),
        'good_prefix_list': provider.assertion(NOW, signing={'references': [reference('#_a1', listed)], **plain}, attributes=typed),
        'good_roles_apart': make(attributes=one.format('rag-batch') + one.format('chunk-readers')),
        'good_escapes': make(attributes=one.format('r&amp;d &lt;x&gt; &#228;')),
        'good_no_data_date': make(data=' Recipient="https://gateway.example/oauth/token"'),
        'good_two_audiences': make(audience=('https://other.example', 'https://gateway.example')),
        'good_url_attribute': make(attributes='<saml:Attribute Name="http://schemas.example/claims/Group"><saml:AttributeValue>etl'
                                              '</saml:AttributeValue></saml:Attribute>'),
        'one_time_use': make(conditions_more='<saml:OneTimeUse/>'),
        'no_attributes': make(attributes=''),
        'long_life': make(life=12 * 3600),
    }


def conditions(provider):
    plain = {'key_info': ''}
    make = lambda **changes: provider.assertion(NOW, signing=plain, **changes)
    recipient = 'Recipient="https://gateway.example/oauth/token"'
    confirmation = '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData {}</saml:SubjectConfirmation>'
    bearer = confirmation.format(f'{recipient}/>')
    return {
        'audience_other': make(audience='https://other.example'),
        'audience_longer': make(audience='https://gateway.example/'),
        'audience_none': make(restriction=''),
        'audience_second_restriction': make(conditions_more='<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction>'),
        'recipient_other': make(recipient='https://other.example/oauth/token'),
        'recipient_none': make(data=f' NotOnOrAfter="{date(NOW + 300)}"'),
        'not_yet': make(window=f' NotBefore="{date(NOW + 600)}" NotOnOrAfter="{date(NOW + 900)}"'),
        'expired': make(window=f' NotBefore="{date(NOW - 900)}" NotOnOrAfter="{date(NOW - 60)}"'),
        'data_expired': make(data=f' NotOnOrAfter="{date(NOW - 60)}" {recipient}'),
        'data_not_yet': make(data=f' NotBefore="{date(NOW + 600)}" {recipient}'),
        'session_ended': make(statement=f'<saml:AuthnStatement AuthnInstant="{date(NOW - 900)}" SessionNotOnOrAfter="{date(NOW - 60)}"><saml:AuthnContext/></saml:AuthnStatement>'),
        'issued_later': make(root=f' ID="_a1" Version="2.0" IssueInstant="{date(NOW + 600)}"'),
        'no_end': make(window='', data=f' {recipient}'),
        'zone': make(window=f' NotOnOrAfter="{date(NOW + 300)[:-1]}+01:00"'),
        'no_zone': make(window=f' NotOnOrAfter="{date(NOW + 300)[:-1]}"'),
        'condition_unknown': make(conditions_more='<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x"/>'),
        'condition_foreign': make(conditions_more='<x:OnlyOnMondays xmlns:x="urn:x"/>'),
        'condition_proxy': make(conditions_more='<saml:ProxyRestriction Count="0"/>'),
        'holder_of_key': make(method='urn:oasis:names:tc:SAML:2.0:cm:holder-of-key'),
        'sender_vouches': make(method='urn:oasis:names:tc:SAML:2.0:cm:sender-vouches'),
        'two_confirmations': make(confirmation=bearer * 2),
        'no_confirmation': make(confirmation=''),
        'address': make(confirmation=confirmation.format(f'{recipient} Address="192.0.2.1"/>')),
        'confirmation_key': make(confirmation=confirmation.format(f'{recipient}><x:KeyInfo xmlns:x="{SIGNATURE}"/></saml:SubjectConfirmationData>')),
        'no_subject': make(name_id=''),
        'empty_subject': make(subject=''),
        'hidden_subject': make(subject='admin\u202e'),
        'two_subjects': make(name_id='<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>'),
        'structured_group': make(attributes='<saml:Attribute Name="groups"><saml:AttributeValue><saml:NameID>etl</saml:NameID></saml:AttributeValue></saml:Attribute>'),
        'empty_group': make(groups=('rag-batch', '')),
        'advice': make(conditions_more='', more='<saml:Advice/>'),
        'authorization_statement': make(more='<saml:AuthzDecisionStatement Resource="x" Decision="Permit"/>'),
        'version_1': make(root=f' ID="_a1" Version="1.1" IssueInstant="{date(NOW)}"'),
        'issuer_other': Provider.assertion(provider, NOW, signing=plain, issuer='<saml:Issuer>https://other.example/saml</saml:Issuer>'),
        'issuer_format': make(issuer=f'<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{provider.entity}</saml:Issuer>'),
    }


def signatures(provider, rsa, stranger):
    """Signatures that xmlsec1 makes and that are not of our one form."""
    plain = {'key_info': ''}
    make = lambda signing, one=provider: one.assertion(NOW, signing={**plain, **signing})
    refer = lambda *transforms, **more: {'references': [reference('#_a1', list(transforms), **more)]}
    enveloped, exclusive = transform(ENVELOPED), transform(EXCLUSIVE)
    xpath = transform(XPATH, '<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>')
    with open(rsa.key + '.public', 'w', encoding='ascii') as file:
        file.write(rsa.certificate)
    hmac = rsa.sign(rsa.unsigned(NOW, signature=empty_signature(saml_provider.MORE + 'hmac-sha256', [reference('#_a1')])),
                    '--hmackey', rsa.key + '.public')
    elsewhere = {'references': [reference('#_a1'), reference('')]}
    return {
        'unsigned': provider.unsigned(NOW),
        'stranger': stranger.assertion(NOW),
        'stranger_without_certificate': stranger.assertion(NOW, signing=plain),
        'hmac_of_public_key': hmac,
        'sha1_signature': make({'method': SIGNATURE + 'rsa-sha1'}, rsa),
        'sha1_digest': make(refer(enveloped, exclusive, digest=SHA1)),
        'sha384_digest': make(refer(enveloped, exclusive, digest=saml_provider.MORE + 'sha384')),
        'ecdsa_sha512': make({'method': saml_provider.MORE + 'ecdsa-sha512'}),
        'inclusive_form': make({'form': INCLUSIVE}),
        'exclusive_with_comments_form': make({'form': EXCLUSIVE + 'WithComments'}),
        'inclusive_transform': make(refer(enveloped, transform(INCLUSIVE))),
        'comments_transform': make(refer(enveloped, transform(EXCLUSIVE + 'WithComments'))),
        'xpath_transform': make(refer(enveloped, xpath, exclusive)),
        'xpath_alone': make(refer(xpath, exclusive)),
        'enveloped_alone': make(refer(enveloped)),
        'transform_thrice': make(refer(enveloped, exclusive, exclusive)),
        'two_references': make(elsewhere),
        'empty_uri': make({'references': [reference('')]}),
        'object_beside': make({'more': '<ds:Object>x</ds:Object>'}),
    }


def edited_documents(provider):
    """A good assertion whose text is another, or no assertion any more."""
    signed = provider.assertion(NOW, signing={'key_info': ''})
    doctype = '<!DOCTYPE saml:Assertion [{}]>'
    laughs = ''.join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha"}">' for i in range(9))
    encrypted = '<saml:EncryptedAssertion xmlns:saml="{}"><x:EncryptedData xmlns:x="http://www.w3.org/2001/04/xmlenc#"/></saml:EncryptedAssertion>'
    comment = lambda text: once(signed, 'nightly-rag-ingest', text)
    return {
        # Documents that readers could take for others.
        'doctype': doctype.format('') + signed,
        'doctype_external': '<!DOCTYPE saml:Assertion SYSTEM "file:///etc/passwd">' + signed,
        'entity_in_value': doctype.format('<!ENTITY e "admin">') + comment('&e;'),
        'entity_external': doctype.format('<!ENTITY e SYSTEM "file:///etc/passwd">') + comment('&e;'),
        'entity_laughs': doctype.format(laughs) + comment('&e8;'),
        'entity_undeclared': comment('&e;'),
        'attribute_default': doctype.format('<!ATTLIST saml:Assertion x CDATA "y">') + signed,
        'comment_in_value': comment('nightly<!---->-rag-ingest'),
        'comment_signed': provider.assertion(NOW, signing={'key_info': ''}, subject='admin<!---->.example'),
        'comment_in_digest': once(signed, '<ds:DigestValue>', '<ds:DigestValue><!--AAAA-->'),
        'cdata_in_value': comment('<![CDATA[nightly-rag-ingest]]>'),
        'instruction_in_value': comment('nightly<?x y?>-rag-ingest'),
        'comment_before': '<!-- -->' + signed,
        'instruction_before': '<?xml-stylesheet href="x"?>' + signed,
        'utf16_declared': '<?xml version="1.0" encoding="UTF-16"?>' + signed,
        'utf7_declared': '<?xml version="1.0" encoding="UTF-7"?>' + signed,
        'byte_order_mark': '\ufeff' + signed,
        'two_roots': signed + signed,
        'text_behind': signed + 'x',
        'cut': signed[:-20],
        'prefix_unbound': once(signed, 'xmlns:saml', 'xmlns:same'),
        'namespace_relative': once(signed, '<saml:Subject>', '<saml:Subject xmlns:x="x/y">'),
        # Other things than one assertion.
        'response': f'<samlp:Response xmlns:samlp="{PROTOCOL}" ID="_r" Version="2.0" IssueInstant="{date(NOW)}"><samlp:Status><samlp:StatusCode '
                    f'Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{signed}</samlp:Response>',
        'encrypted_assertion': encrypted.format(SAML),
        'encrypted_inside': once(signed, '</saml:Attribute>', '</saml:Attribute><saml:EncryptedAttribute/>'),
        'encrypted_name': re.sub(r'<saml:NameID>.*</saml:NameID>', '<saml:EncryptedID/>', signed),
        'other_namespace': signed.replace(SAML, 'urn:oasis:names:tc:SAML:1.0:assertion'),
    }


def edited_signatures(provider, stranger):
    """A good assertion, and its signature or what it signs changed."""
    signed = provider.assertion(NOW, signing={'key_info': ''})
    head, signature, rest = split(signed)
    info = re.search(r'<ds:SignedInfo>.*</ds:SignedInfo>', signature, re.S).group(0)
    value = re.search(r'<ds:SignatureValue>.*</ds:SignatureValue>', signature, re.S).group(0)
    signed_here = once(signature, '<ds:Signature ', '<ds:Signature Id="_a1" ')
    flipped = re.search(r'<ds:SignatureValue>(.)', signature, re.S).group(1)
    raw = base64.b64decode(re.search(r'<ds:SignatureValue>(.*)</ds:SignatureValue>', signature, re.S).group(1))
    der_integer = lambda part: b'\x02' + bytes([len(part) + (part[0] >> 7)]) + (b'\0' if part[0] >> 7 else b'') + part
    der = der_integer(raw[:32]) + der_integer(raw[32:])
    der = base64.b64encode(b'\x30' + bytes([len(der)]) + der).decode()
    return {
        'changed_group': once(signed, 'rag-batch', EVIL),
        'changed_subject': once(signed, 'nightly-rag-ingest', 'admin'),
        'changed_audience': once(provider.assertion(NOW, signing={'key_info': ''}, audience='https://other.example'), 'https://other.example', 'https://gateway.example'),
        'changed_signature': once(signed, f'<ds:SignatureValue>{flipped}', f'<ds:SignatureValue>{"A" if flipped != "A" else "B"}'),
        'signature_empty': re.sub(r'(<ds:SignatureValue>).*(</ds:SignatureValue>)', r'\1\2', signed, flags=re.S),
        'signature_zero': re.sub(r'(<ds:SignatureValue>).*(</ds:SignatureValue>)', r'\g<1>' + base64.b64encode(bytes(64)).decode() + r'\2', signed, flags=re.S),
        'signature_der': re.sub(r'(<ds:SignatureValue>).*(</ds:SignatureValue>)', r'\g<1>' + der + r'\2', signed, flags=re.S),
        'attribute_added': once(signed, '</saml:Attribute>', f'<saml:AttributeValue>{EVIL}</saml:AttributeValue></saml:Attribute>'),
        'window_removed': re.sub(r'<saml:Conditions [^>]*>', '<saml:Conditions>', signed),
        # Signatures in more than one piece.
        'two_signatures': head + signature + signature + rest,
        'two_signed_infos': head + once(signature, info, info + info) + rest,
        'two_signed_infos_first_forged': head + once(signature, info, re.sub(r'(<ds:DigestValue>)....', r'\1AAAA', info) + info) + rest,
        'signed_info_in_object': head + once(signature, '</ds:Signature>', f'<ds:Object>{info}</ds:Object></ds:Signature>') + rest,
        'two_values': head + once(signature, value, value + value) + rest,
        'reference_other': head + once(signature, '"#_a1"', '"#_a2"') + rest,
        'reference_external': head + once(signature, '"#_a1"', '"https://evil.example/a.xml"') + rest,
        'reference_file': head + once(signature, '"#_a1"', '"file:///etc/passwd"') + rest,
        'reference_xpointer': head + once(signature, '"#_a1"', '"#xpointer(id(\'_a1\'))"') + rest,
        'reference_none': head + once(signature, ' URI="#_a1"', '') + rest,
        'xslt_transform': head + once(signature, transform(ENVELOPED), transform(ENVELOPED) + transform(XSLT)) + rest,
        'transforms_swapped': head + once(signature, transform(ENVELOPED) + transform(EXCLUSIVE), transform(EXCLUSIVE) + transform(ENVELOPED)) + rest,
        'exclusive_twice': head + once(signature, transform(ENVELOPED), transform(EXCLUSIVE)) + rest,
        'hmac_output_length': head + once(signature, re.search(r'<ds:SignatureMethod[^>]*/>', signature).group(0),
                                          f'<ds:SignatureMethod Algorithm="{saml_provider.MORE}hmac-sha256"><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>') + rest,
        'signature_namespace': head + signature.replace(SIGNATURE, 'http://www.w3.org/2000/09/xmldsig') + rest,
        'signature_deeper': head + once(rest, '<saml:Subject>', f'<saml:Subject>{signature}'),
        'signature_elsewhere': head + signature.replace('ds:Signature', 'ds:Sig') + rest,
        # One ID, two places.
        'id_twice': head + signed_here + rest,
        'id_twice_lower': once(signed, '<saml:Subject>', '<saml:Subject id="_a1">'),
        'id_twice_xml': once(signed, '<saml:Subject>', '<saml:Subject xml:id="_a1">'),
        'id_twice_foreign': once(signed, '<saml:Subject>', '<saml:Subject xmlns:u="urn:u" u:Id="_a1">'),
        'id_none': signed.replace(' ID="_a1"', ''),
        'id_lower': signed.replace(' ID="_a1"', ' id="_a1"'),
        'id_empty': signed.replace('_a1', ''),
        'stranger_certificate': head + once(signature, '</ds:Signature>', stranger.key_info() + '</ds:Signature>') + rest,
    }


def wrapped(provider):
    """XSW1 to XSW8 of Somorovsky et al., "On Breaking SAML" (2012): around a Response, and what is left of each without one."""
    signed = provider.assertion(NOW, signing={'key_info': ''})
    head, signature, rest = split(signed)
    original = head + rest                                  # without its signature
    forged = lambda mark: provider.unsigned(NOW, id_='_evil', groups=(EVIL,), subject='admin', signature=mark)
    evil = forged('')
    inside = lambda text, what: once(text, '</saml:Assertion>', what + '</saml:Assertion>')
    packed = lambda what: once(signature, '</ds:Signature>', f'<ds:Object>{what}</ds:Object></ds:Signature>')
    response = lambda *what: (f'<samlp:Response xmlns:samlp="{PROTOCOL}" ID="_r" Version="2.0" IssueInstant="{date(NOW)}">{"".join(what)}</samlp:Response>')
    extensions = lambda what: f'<samlp:Extensions>{what}</samlp:Extensions>'
    same = evil.replace('_evil', '_a1')
    return {
        'xsw1': response(packed(response(original)), evil),
        'xsw2': response(signature, response(original), evil),
        'xsw3': response(evil, signed),
        'xsw4': response(inside(evil, signed)),
        'xsw5': response(forged(signature), original),
        'xsw6': response(forged(packed(original))),
        'xsw7': response(extensions(evil), signed),
        'xsw8': response(forged(packed(original))).replace('_r', '_r8'),
        'xsw1_bare': forged(packed(original)),                     # the original in the signature's Object
        'xsw2_bare': forged(signature + original),   # detached, beside it
        'xsw3_bare': once(signed, '<saml:Subject>', evil + '<saml:Subject>'),   # the forged one in the original
        'xsw4_bare': inside(evil, signed),                         # the original, signed, in the forged one
        'xsw5_bare': inside(forged(signature), original),          # the signature in the forged one, the original at its end
        'xsw6_bare': once(forged(signature), '<ds:SignatureValue>', original + '<ds:SignatureValue>'),
        'xsw7_bare': inside(evil, f'<x:Extensions xmlns:x="urn:x">{signed}</x:Extensions>'),
        'xsw8_bare': head + packed(evil) + rest,                   # the forged one in the Object
        'xsw_same_id': inside(once(same, '</saml:Issuer>', '</saml:Issuer>' + signature), original),
        'xsw_advice': inside(forged(signature), f'<saml:Advice>{original}</saml:Advice>'),
        'xsw_renamed': inside(forged(signature), original.replace('saml:Assertion', 'saml:assertion')),
        'xsw_foreign': inside(forged(signature), original.replace(f'xmlns:saml="{SAML}"', 'xmlns:saml="urn:x"')),
        'xsw_subject_confirmation': once(forged(signature), '</saml:SubjectConfirmation>', f'{original}</saml:SubjectConfirmation>'),
        'namespace_wrapped': once(once(signed, '<saml:AttributeStatement>', f'<saml:AttributeStatement xmlns:saml="urn:x">'), '<saml:Subject>',
                                  f'<saml:AttributeStatement><saml:Attribute Name="groups"><saml:AttributeValue>{EVIL}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement><saml:Subject>'),
        'two_subjects_added': once(signed, '<saml:Subject>', '<saml:Subject><saml:NameID>admin</saml:NameID></saml:Subject><saml:Subject>'),
    }


def metadata(provider, rsa, folder):
    short, other, stranger = (Provider(folder, kind, name=kind + '_more') for kind in ('rsa1024', 'p384', 'p256'))
    both = [provider.descriptor(), rsa.descriptor(), stranger.descriptor('encryption')]
    whole = provider.metadata(both)
    role = re.search(r'<md:IDPSSODescriptor.*</md:IDPSSODescriptor>', whole, re.S).group(0)
    return {
        'metadata': whole,
        'metadata_plain_use': provider.metadata([provider.descriptor(''), other.descriptor()]),
        'metadata_remarks': '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<!-- kept -->\n' + once(whole, '<md:IDP', '<!-- one --><md:IDP'),
        'metadata_until': provider.metadata(both, f' validUntil="{date(NOW + 60)}"'),
        'metadata_ended': provider.metadata(both, f' validUntil="{date(NOW - 60)}"'),
        'metadata_no_key': provider.metadata([stranger.descriptor('encryption'), other.descriptor()]),
        'metadata_short_key': provider.metadata([provider.descriptor(), short.descriptor()]),
        'metadata_broken_key': provider.metadata([provider.descriptor().replace('MII', 'AII', 1)]),
        'metadata_key_name': provider.metadata(['<md:KeyDescriptor><ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>']),
        'metadata_many': f'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{whole}</md:EntitiesDescriptor>',
        'metadata_two_roles': once(whole, role, role + role),
        'metadata_no_role': once(whole, role, ''),
        'metadata_saml_1': whole.replace('SAML:2.0:protocol', 'SAML:1.1:protocol'),
        'metadata_doctype': '<!DOCTYPE x [<!ENTITY e "x">]>' + whole,
        'metadata_no_entity': re.sub(r' entityID="[^"]*"', '', whole),
    }


def write(path):
    with tempfile.TemporaryDirectory() as work:
        provider, rsa = Provider(work, 'p256', name='p256'), Provider(work, 'rsa', name='rsa')
        stranger = Provider(work, 'p256', name='stranger')
        texts = {**good(provider, rsa), **conditions(provider), **signatures(provider, rsa, stranger), **edited_documents(provider), **edited_signatures(provider, stranger),
                 **wrapped(provider), **metadata(provider, rsa, work)}
    with open(path, 'w', encoding='ascii') as file:
        json.dump(texts, file, indent=0)
        file.write('\n')


if __name__ == '__main__':
    write(sys.argv[1])
