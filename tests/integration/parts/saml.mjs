// samlify as the identity provider: its metadata, and assertions that it signs as they are asked for.
//   node saml.mjs PORT KEY_FILE CERTIFICATE_FILE ENTITY_ID
// GET /metadata is the provider's metadata. POST /test/assertion {subject, groups, audience, recipient, from, until} (times
// in seconds since 1970) answers with the assertion cut out of the Response that samlify made, as a job's login helper cuts it.
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';

const samlify = createRequire(import.meta.url)('samlify');
const [port, keyFile, certificateFile, entityID] = process.argv.slice(2);
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
samlify.setSchemaValidator({ validate: async () => 'what is asked for here is only signed' });

const TEMPLATE = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Recipient}"><saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{AssertionID}" Version="2.0" IssueInstant="{IssueInstant}"><saml:Issuer>{Issuer}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">{NameID}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{NotOnOrAfter}" Recipient="{Recipient}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{NotBefore}" NotOnOrAfter="{NotOnOrAfter}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{IssueInstant}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="groups" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">GROUPS</saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>`;

const provider = samlify.IdentityProvider({
  entityID,
  privateKey: fs.readFileSync(keyFile),
  signingCert: fs.readFileSync(certificateFile),
  isAssertionEncrypted: false,
  requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  nameIDFormat: ['urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'],
  singleSignOnService: [{ Binding: POST, Location: entityID }],
  loginResponseTemplate: { context: TEMPLATE, attributes: [] },
});

let made = 0;
async function assertion({ subject, groups, audience, recipient, from, until }) {
  const service = samlify.ServiceProvider({
    entityID: audience, wantAssertionsSigned: true, assertionConsumerService: [{ Binding: POST, Location: recipient }],
  });
  const time = (seconds) => new Date(seconds * 1000).toISOString();
  const replace = (template) => {
    made += 1;
    const id = `_response-${made}`;
    const values = {
      ID: id, AssertionID: `_assertion-${process.pid}-${made}`, IssueInstant: time(from), Issuer: entityID, NameID: subject,
      Recipient: recipient, NotBefore: time(from), NotOnOrAfter: time(until), Audience: audience,
    };
    const named = groups.map((name) => `<saml:AttributeValue>${name}</saml:AttributeValue>`).join('');
    return { id, context: samlify.SamlLib.replaceTagsByValue(template.replace('GROUPS', named), values) };
  };
  const { context } = await provider.createLoginResponse(service, {}, 'post', {}, replace);
  const response = Buffer.from(context, 'base64').toString();
  return response.slice(response.indexOf('<saml:Assertion'), response.indexOf('</saml:Assertion>') + '</saml:Assertion>'.length);
}

http.createServer(async (request, answer) => {
  if (request.url === '/metadata') return answer.end(provider.getMetadata());
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  try {
    return answer.end(await assertion(JSON.parse(Buffer.concat(pieces))));
  } catch (error) {
    answer.statusCode = 500;
    return answer.end(String(error.stack));
  }
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
