// The SDK of Unstructured, unchanged: only its address and its key are the gateway's and the job's token.
//   node unstructured.mjs URL TOKEN FILE
import fs from 'node:fs';
import { UnstructuredClient } from 'unstructured-client';

const [url, token, file] = process.argv.slice(2);

async function partition(key) {
  const client = new UnstructuredClient({ serverURL: url, security: { apiKeyAuth: key }, retryConfig: { strategy: 'none' } });
  return client.general.partition({ partitionParameters: {
    files: { content: fs.readFileSync(file), fileName: 'bericht.txt' }, strategy: 'fast', chunkingStrategy: 'basic',
    splitPdfPage: false } });
}

async function refused() {
  try {
    await partition('not-a-token');
  } catch (error) {
    return { name: error.name, status: error.statusCode, body: error.body };
  }
  return null;
}

const elements = await partition(token);
console.log(JSON.stringify({ elements: elements.elements || elements, refused: await refused() }));
process.exit(0);
