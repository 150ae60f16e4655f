// Uploads to a running hub by Xet with the real JavaScript client: node hub-xet.mjs
// HUB_URL and HUB_TOKEN say where and as whom. Prints one line a check; exits with 1 when one of them fails.
//
// This client asks which way to upload and takes git-lfs when the hub says so, which it does. So that its Xet half is used all the same, the
// hub's answer is changed on its way: to what a hub would say that prefers Xet. All else is what client and hub tell each other.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as hub from '@huggingface/hub';
import { as, bytesOf, check, collect, failed, hubUrl, sha256 } from './checks.mjs';

const requests = [];

async function fetchPreferringXet(address, init) {
  const url = new URL(address.url ?? address);
  const response = await fetch(address, init);
  requests.push(`${init?.method ?? 'GET'} ${url.pathname}`);
  if (!url.pathname.endsWith('.git/info/lfs/objects/batch')) return response;
  const answer = await response.json();
  const repo = url.pathname.slice(1, url.pathname.indexOf('.git/'));
  answer.transfer = 'xet';
  for (const object of answer.objects) {
    if (object.actions) object.actions = { upload: { href: `${hubUrl}/api/models/${repo}/xet-write-token/main`, header: {} } };
  }
  return new Response(JSON.stringify(answer), { status: response.status, headers: { 'Content-Type': 'application/vnd.git-lfs+json' } });
}

const xet = { ...as, fetch: fetchPreferringXet, useXet: true };

// A file of numbers as models are, one of text, one of noise, one that repeats itself, and one that begins as another does.
const numbers = Buffer.alloc(12 << 20);
for (let i = 0; i < numbers.length; i += 4) numbers.writeFloatLE(Math.sin(i) / 50, i);
const noise = randomBytes(70 << 20);
const text = Buffer.from('word frequency table\t'.repeat(600_000));
const files = new Map([
  ['numbers.bin', numbers],
  ['noise.bin', noise],
  ['table.txt', text],
  ['zeros.bin', Buffer.alloc(11 << 20)],
  ['more.bin', Buffer.concat([numbers, Buffer.from('and some more')])],
]);

const me = await hub.whoAmI(as);
const repo = { type: 'model', name: `${me.name}/xet-${randomBytes(4).toString('hex')}` };
await hub.createRepo({ ...as, repo });

await check('uploadFiles takes files of more than 10 MB by Xet', async () => {
  const done = await hub.uploadFiles({ ...xet, repo, commitTitle: 'by xet', files: [...files].map(([path, bytes]) => ({ path, content: new Blob([bytes]) })) });
  assert.match(done.commit.oid, /^[0-9a-f]{40}$/);
  assert.ok(requests.some((r) => r.startsWith('POST /xet/v1/xorbs/default/')), requests.join('\n'));
  assert.ok(requests.includes('POST /xet/v1/shards'), requests.join('\n'));
  assert.ok(!requests.some((r) => r.startsWith('PUT /lfs/')), requests.join('\n'));
});
await check('listFiles tells the sizes and digests of what was uploaded', async () => {
  const listed = new Map((await collect(hub.listFiles({ ...as, repo, recursive: true }))).map((f) => [f.path, f]));
  for (const [path, bytes] of files) {
    assert.equal(listed.get(path).size, bytes.length);
    assert.equal(listed.get(path).lfs.oid, sha256(bytes));
  }
});
await check('downloadFile gives the same bytes', async () => {
  for (const [path, bytes] of files) {
    const blob = await hub.downloadFile({ ...as, repo, path });
    assert.equal(sha256(await bytesOf(blob)), sha256(bytes), path);
  }
});
await check('a changed file is uploaded and served anew', async () => {
  const changed = Buffer.from(numbers);
  changed.write('changed in the middle', 6 << 20);
  await hub.uploadFile({ ...xet, repo, file: { path: 'numbers.bin', content: new Blob([changed]) } });
  const blob = await hub.downloadFile({ ...as, repo, path: 'numbers.bin' });
  assert.equal(sha256(await bytesOf(blob)), sha256(changed));
});

console.log(failed() === 0 ? 'all well' : `${failed()} failed`);
process.exit(failed() === 0 ? 0 : 1);
