// The service behind the gateway: a real chunking engine (@chonkiejs/core) in Chonkie's shape, the partition call of
// Unstructured, and a few plain calls whose bytes can be compared. It wants KEY in X-Api-Key or unstructured-api-key,
// and tells at /test/seen what reached it.
//   node service.mjs PORT KEY
import { createHash } from 'node:crypto';
import http from 'node:http';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { RecursiveChunker } from '@chonkiejs/core';

const [port, key] = process.argv.slice(2);
const chunker = await RecursiveChunker.create({ chunkSize: 96, minCharactersPerChunk: 24 });
const codings = { br: zlib.brotliCompressSync, gzip: zlib.gzipSync, deflate: zlib.deflateSync };
const seen = [];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/// A stream of bytes that anybody can make again: the digest of its number, block by block.
export function blocks(count) {
  const parts = [];
  for (let at = 0; at < count; at += 32) parts.push(createHash('sha256').update(String(at)).digest());
  return Buffer.concat(parts).subarray(0, count);
}

function json(answer, status, value) {
  const body = Buffer.from(JSON.stringify(value));
  answer.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  answer.end(body);
}

async function chunk(text) {
  return (await chunker.chunk(text)).map((each) => (
    { text: each.text, start_index: each.startIndex, end_index: each.endIndex, token_count: each.tokenCount }));
}

async function chunks(answer, body) {
  let asked;
  try { asked = JSON.parse(body); } catch { return json(answer, 422, { detail: [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error' }] }); }
  if (asked.text === undefined) return json(answer, 422, { detail: [{ type: 'missing', loc: ['body', 'text'], msg: 'Field required' }] });
  return json(answer, 200, Array.isArray(asked.text) ? await Promise.all(asked.text.map(chunk)) : await chunk(asked.text));
}

async function form(request, body) {
  return new Response(body, { headers: { 'content-type': request.headers['content-type'] } }).formData();
}

async function partition(request, answer, body) {
  const fields = await form(request, body);
  const file = fields.get('files');
  if (!file) return json(answer, 422, { detail: [{ type: 'missing', loc: ['body', 'files'], msg: 'Field required' }] });
  const bytes = Buffer.from(await file.arrayBuffer());
  const elements = (await chunk(bytes.toString('utf8'))).map((each) => ({
    type: 'CompositeElement', element_id: sha256(file.name + each.text).slice(0, 32), text: each.text,
    metadata: { filename: file.name, languages: ['eng'], filetype: 'text/plain', file_sha256: sha256(bytes),
                strategy: fields.get('strategy'), chunking_strategy: fields.get('chunking_strategy') } }));
  return json(answer, 200, elements);
}

async function upload(request, answer, body) {
  const found = [];
  for (const [name, value] of await form(request, body)) {
    found.push(typeof value === 'string' ? { name, value } : { name, file: value.name, sha256: sha256(Buffer.from(await value.arrayBuffer())) });
  }
  return json(answer, 200, found);
}

function coded(request, answer, bytes) {
  const wanted = (request.headers['accept-encoding'] || '').split(',').map((each) => each.trim().split(';')[0]);
  const coding = Object.keys(codings).find((each) => wanted.includes(each));
  const body = coding ? codings[coding](bytes) : bytes;
  answer.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length, 'x-coding': coding || 'none',
                          ...(coding ? { 'content-encoding': coding } : {}), vary: 'Accept-Encoding' });
  answer.end(body);
}

async function serve(request, answer, url, body) {
  const count = Number(url.searchParams.get('bytes') || 0);
  switch (url.pathname) {
    case '/v1/chunk/recursive':
    case '/masked/v1/chunk/recursive': return chunks(answer, body);
    case '/general/v0/general': return partition(request, answer, body);
    case '/upload': return upload(request, answer, body);
    case '/coded': return coded(request, answer, blocks(count));
    case '/download': answer.writeHead(200, { 'content-type': 'application/octet-stream' }); return Readable.from(blocks(count)).pipe(answer);
    case '/fixed': answer.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': count, etag: '"fixed"' });
      return answer.end(request.method === 'HEAD' ? undefined : blocks(count));
    case '/empty': answer.writeHead(204); return answer.end();
    case '/echo': answer.writeHead(200, { 'content-type': 'application/octet-stream' }); return answer.end(body);
    default: return json(answer, 404, { detail: 'Not Found' });
  }
}

http.createServer(async (request, answer) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const url = new URL(request.url, 'http://service');
  if (url.pathname === '/test/seen') return json(answer, 200, seen.splice(0));
  if (url.pathname === '/test/health') return answer.end('well');
  const shown = request.headers[url.pathname.startsWith('/general/') ? 'unstructured-api-key' : 'x-api-key'];
  seen.push({ method: request.method, url: request.url, sha256: sha256(body), bytes: body.length, known: shown === key, fields: request.rawHeaders });
  if (shown !== key) return json(answer, 401, { detail: 'Invalid or missing API key' });
  try {
    return await serve(request, answer, url, body);
  } catch (error) {
    return json(answer, 500, { detail: String(error) });
  }
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
