// A certified OpenID provider (oidc-provider) as the issuer: client credentials, access tokens as RFC 9068 wants them.
// POST /test/publish shows a new key that does not sign yet; /test/rotate lets the newest sign (a new one, when none was
// published); /test/retire drops all but the one that signs. GET /test/fetched counts how often the keys were fetched.
//   node issuer.mjs PORT CLIENT_ID CLIENT_SECRET AUDIENCE
import http from 'node:http';
import * as jose from 'jose';
import Provider from 'oidc-provider';

const [port, clientId, clientSecret, audience] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let keys = [];
let serve = null;
let fetched = 0;
let signed = 1;   // as many keys of the list have signed; one more was only published

async function newKey() {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: `key-${Date.now()}-${keys.length}` };
}

function renew() {
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, grant_types: ['client_credentials'], redirect_uris: [],
                response_types: [], token_endpoint_auth_method: 'client_secret_basic' }],
    jwks: { keys },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true, defaultResource: () => audience, useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: '', audience, accessTokenTTL: 600, accessTokenFormat: 'jwt',
                                        jwt: { sign: { alg: 'RS256' } } }),
      },
    },
    extraTokenClaims: () => ({ groups: ['readers'] }),
    ttl: { ClientCredentials: 600 },
  });
  serve = provider.callback();
}

keys = [await newKey()];
renew();
http.createServer(async (request, answer) => {
  if (request.method === 'POST' && request.url === '/test/publish') {
    keys = [...keys, await newKey()];
  } else if (request.method === 'POST' && request.url === '/test/rotate') {
    const published = keys.length > signed ? keys.pop() : await newKey();
    keys = [published, ...keys];
    signed = keys.length;
  } else if (request.url === '/test/fetched') {
    return answer.end(String(fetched));
  } else if (request.method === 'POST' && request.url === '/test/retire') {
    keys = keys.slice(0, 1);
    signed = 1;
  } else {
    if (request.url === '/jwks') fetched += 1;
    return serve(request, answer);
  }
  renew();
  return answer.end(keys[0].kid);
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
