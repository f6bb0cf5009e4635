// A batch job on undici or axios. Reads a plan of calls, carries them out in order on kept connections, then those marked
// `together` at once; writes each answer's body to a file and all statuses to standard output.
//   node client.mjs undici|axios PLAN.json
import fs from 'node:fs';
import https from 'node:https';
import { Readable } from 'node:stream';
import axios from 'axios';
import * as undici from 'undici';

const [library, planFile] = process.argv.slice(2);
const plan = JSON.parse(fs.readFileSync(planFile, 'utf8'));
const ca = fs.readFileSync(plan.ca);

const undiciAgent = new undici.Agent({ connect: { ca }, connections: 4 });
const httpsAgent = new https.Agent({ ca, keepAlive: true, maxSockets: 4 });

function bodyOf(call, makers) {
  if (call.upload) {
    const form = new makers.FormData();
    for (const [name, value] of Object.entries(call.upload.fields)) form.append(name, value);
    form.append('files', new makers.File([fs.readFileSync(call.upload.file)], call.upload.name, { type: 'text/plain' }));
    return form;
  }
  if (!call.body) return undefined;
  if (call.streamed) return Readable.from(fs.createReadStream(call.body, { highWaterMark: 7001 }));
  return fs.readFileSync(call.body);
}

async function byUndici(call) {
  const makers = { FormData: undici.FormData, File: undici.File };
  const answer = await undici.fetch(plan.url + call.path, {
    method: call.method, headers: call.fields, body: bodyOf(call, makers), dispatcher: undiciAgent,
    ...(call.streamed ? { duplex: 'half' } : {}) });
  return { status: answer.status, fields: Object.fromEntries(answer.headers), body: Buffer.from(await answer.arrayBuffer()) };
}

async function byAxios(call) {
  const makers = { FormData: globalThis.FormData, File: globalThis.File || undici.File };
  const answer = await axios.request({
    url: plan.url + call.path, method: call.method, headers: call.fields, data: bodyOf(call, makers), httpsAgent,
    responseType: 'arraybuffer', validateStatus: () => true, maxBodyLength: Infinity, maxRedirects: 0 });
  return { status: answer.status, fields: Object.fromEntries(Object.entries(answer.headers)), body: Buffer.from(answer.data || '') };
}

const ask = { undici: byUndici, axios: byAxios }[library];
const told = [];
async function run(call) {
  const { status, fields, body } = await ask(call);
  fs.writeFileSync(call.answer, body);
  told.push({ name: call.name, status, fields });
}
for (const call of plan.calls.filter((each) => !each.together)) await run(call);
await Promise.all(plan.calls.filter((each) => each.together).map(run));
console.log(JSON.stringify(told));
process.exit(0);
