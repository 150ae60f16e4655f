// Drives a running hub with the real JavaScript client, as its users do: node hub-client.mjs conformance | incident FOLDER REPO
// HUB_URL and HUB_TOKEN say where and as whom. Prints one line a check; exits with 1 when one of them fails.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as hub from '@huggingface/hub';
import { as, bytesOf, check, collect, failed, hubUrl, sha256 } from './checks.mjs';

const gitBlob = (bytes) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

// Bytes that do not compress and are always the same.
function noise(length, seed) {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

async function conformance() {
  const me = await hub.whoAmI(as);
  await check('whoAmI names the user', () => assert.equal(me.type, 'user'));
  const repo = { type: 'model', name: `${me.name}/js-client` };
  const card = Buffer.from('---\nlicense: mit\npipeline_tag: text-classification\ntags:\n- demo\n---\n# Demo\n');
  const header = Buffer.from(JSON.stringify({ a: { dtype: 'U8', shape: [11 << 20], data_offsets: [0, 11 << 20] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const weights = Buffer.concat([length, header, noise(11 << 20, 1)]);

  await check('createRepo gives the address of the repository', async () => {
    const made = await hub.createRepo({ ...as, repo, license: undefined });
    assert.equal(made.repoUrl, `${hubUrl}/${repo.name}`);
    assert.equal(await hub.repoExists({ ...as, repo }), true);
    await assert.rejects(hub.createRepo({ ...as, repo }), (e) => e.statusCode === 409);
  });
  let first;
  await check('uploadFiles takes small files and one of more than 10 MB', async () => {
    const done = await hub.uploadFiles({
      ...as, repo, useXet: false, commitTitle: 'first',
      files: [
        { path: 'README.md', content: new Blob([card]) },
        { path: 'config.json', content: new Blob(['{"model_type":"bert","architectures":["BertForMaskedLM"]}']) },
        { path: 'model.safetensors', content: new Blob([weights]) },
        { path: 'sub dir/größe %.txt', content: new Blob(['nested\n']) },
        { path: 'empty.txt', content: new Blob([]) },
      ],
    });
    first = done.commit.oid;
    assert.match(first, /^[0-9a-f]{40}$/);
    assert.equal(done.commit.url, `${hubUrl}/${repo.name}/commit/${first}`);
    assert.equal(done.hookOutput, '');
  });
  await check('listFiles tells paths, sizes and ids', async () => {
    const files = new Map((await collect(hub.listFiles({ ...as, repo, recursive: true }))).map((f) => [f.path, f]));
    assert.equal(files.get('README.md').oid, gitBlob(card));
    assert.equal(files.get('model.safetensors').size, weights.length);
    assert.equal(files.get('model.safetensors').lfs.oid, sha256(weights));
    assert.equal(files.get('sub dir').type, 'directory');
    assert.ok(files.has('sub dir/größe %.txt'));
    const expanded = await collect(hub.listFiles({ ...as, repo, expand: true }));
    assert.equal(expanded.find((f) => f.path === 'config.json').lastCommit.id, first);
    assert.equal(expanded.find((f) => f.path === 'config.json').securityFileStatus.status, 'safe');
  });
  await check('downloadFile gives the bytes, whole and in part', async () => {
    assert.deepEqual(await bytesOf(await hub.downloadFile({ ...as, repo, path: 'README.md' })), card);
    const blob = await hub.downloadFile({ ...as, repo, path: 'model.safetensors' });
    assert.equal(blob.size, weights.length);
    assert.deepEqual(await bytesOf(blob.slice(1000, 5000)), weights.subarray(1000, 5000));
    assert.equal(sha256(await bytesOf(blob)), sha256(weights));
    assert.equal((await bytesOf(await hub.downloadFile({ ...as, repo, path: 'empty.txt' }))).length, 0);
    assert.equal((await bytesOf(await hub.downloadFile({ ...as, repo, path: 'sub dir/größe %.txt' }))).toString(), 'nested\n');
    assert.equal(await hub.downloadFile({ ...as, repo, path: 'no such file' }), null);
    assert.match((await bytesOf(await hub.downloadFile({ ...as, repo, path: 'model.safetensors', raw: true }))).toString(), /^version https:\/\/git-lfs/);
  });
  await check('fileDownloadInfo and fileExists tell the truth', async () => {
    const info = await hub.fileDownloadInfo({ ...as, repo, path: 'model.safetensors' });
    assert.equal(info.size, weights.length);
    assert.equal(info.etag.replaceAll('"', ''), sha256(weights));
    assert.equal(await hub.fileExists({ ...as, repo, path: 'config.json' }), true);
    assert.equal(await hub.fileExists({ ...as, repo, path: 'absent' }), false);
  });
  await check('pathsInfo leaves out what is not there', async () => {
    const infos = await hub.pathsInfo({ ...as, repo, paths: ['config.json', 'absent', 'sub dir'], expand: true });
    assert.deepEqual(infos.map((i) => i.path).sort(), ['config.json', 'sub dir']);
  });
  await check('modelInfo and listModels know the card', async () => {
    const info = await hub.modelInfo({ ...as, name: repo.name, additionalFields: ['sha', 'tags', 'cardData', 'safetensors', 'library_name'] });
    assert.equal(info.sha, first);
    assert.equal(info.task, 'text-classification');
    assert.equal(info.cardData.license, 'mit');
    assert.equal(info.safetensors.total, 11 << 20);
    assert.ok(info.tags.includes('demo'));
    const found = await collect(hub.listModels({ ...as, search: { query: 'js-cli', owner: me.name }, limit: 5 }));
    assert.deepEqual(found.map((m) => m.name), [repo.name]);
    assert.equal((await collect(hub.listModels({ ...as, search: { query: 'no such thing at all' } }))).length, 0);
  });
  await check('branches are made, written to and deleted', async () => {
    await hub.createBranch({ ...as, repo, branch: 'feature/x' });
    await assert.rejects(hub.createBranch({ ...as, repo, branch: 'feature/x' }), (e) => e.statusCode === 409);
    await hub.uploadFile({ ...as, repo, branch: 'feature/x', file: { path: 'only-here.txt', content: new Blob(['x']) } });
    assert.equal(await hub.fileExists({ ...as, repo, path: 'only-here.txt' }), false);
    assert.equal(await hub.fileExists({ ...as, repo, path: 'only-here.txt', revision: 'feature/x' }), true);
    const files = await collect(hub.listFiles({ ...as, repo, revision: 'feature/x' }));
    assert.ok(files.some((f) => f.path === 'only-here.txt'));
    await hub.deleteBranch({ ...as, repo, branch: 'feature/x' });
    await assert.rejects(hub.downloadFile({ ...as, repo, path: 'config.json', revision: 'feature/x' }).then((b) => { if (b === null) throw new hub.HubApiError('', 404); }));
  });
  await check('commits delete, rename and are listed', async () => {
    await hub.commit({
      ...as, repo, title: 'second', useXet: false,
      operations: [
        { operation: 'delete', path: 'empty.txt' },
        { operation: 'addOrUpdate', path: 'config.json', content: new Blob(['{"model_type":"bert"}']) },
      ],
    });
    assert.equal(await hub.fileExists({ ...as, repo, path: 'empty.txt' }), false);
    await hub.deleteFile({ ...as, repo, path: 'sub dir/größe %.txt' });
    const commits = await collect(hub.listCommits({ ...as, repo, batchSize: 2 }));
    assert.deepEqual(commits.map((c) => c.title).slice(1), ['second', 'first', 'initial commit']);
    assert.equal(await hub.countCommits({ ...as, repo }), 4);
    await assert.rejects(hub.commit({ ...as, repo, title: 'late', parentCommit: first, useXet: false, operations: [{ operation: 'addOrUpdate', path: 'late.txt', content: new Blob(['x']) }] }), (e) => e.statusCode === 412);
    await assert.rejects(hub.deleteFile({ ...as, repo, path: 'absent.txt' }), (e) => e.statusCode === 404);
  });
  await check('access is told apart', async () => {
    await hub.checkRepoAccess({ ...as, repo });
    const hidden = { type: 'dataset', name: `${me.name}/hidden` };
    await hub.createRepo({ ...as, repo: hidden, private: true });
    await hub.uploadFile({ ...as, repo: hidden, file: { path: 'data.csv', content: new Blob(['a,b\n1,2\n']) } });
    assert.equal(await hub.repoExists({ hubUrl, repo: hidden }), false);
    await assert.rejects(hub.downloadFile({ hubUrl, repo: hidden, path: 'data.csv' }), (e) => e.statusCode === 401);
    assert.equal((await bytesOf(await hub.downloadFile({ ...as, repo: hidden, path: 'data.csv' }))).toString(), 'a,b\n1,2\n');
    await assert.rejects(hub.whoAmI({ hubUrl, accessToken: 'hf_' + 'x'.repeat(37) }), (e) => e.statusCode === 401);
    await hub.deleteRepo({ ...as, repo: hidden });
  });
  await check('spaces have an sdk and are listed', async () => {
    const space = { type: 'space', name: `${me.name}/demo` };
    await hub.createRepo({ ...as, repo: space, sdk: 'static', files: [{ path: 'index.html', content: new TextEncoder().encode('<p>hi</p>').buffer }] });
    assert.equal((await hub.spaceInfo({ ...as, name: space.name })).sdk, 'static');
    assert.deepEqual((await collect(hub.listSpaces({ ...as, search: { owner: me.name } }))).map((s) => s.name), [space.name]);
    await hub.deleteRepo({ ...as, repo: space });
  });
  await check('a deleted repository is gone', async () => {
    await hub.deleteRepo({ ...as, repo });
    assert.equal(await hub.repoExists({ ...as, repo }), false);
    await assert.rejects(hub.modelInfo({ ...as, name: repo.name }), (e) => e.statusCode === 404);
  });
}

// Uploads a folder and says, as JSON on the last line, what the publisher and a reader are told.
async function incident(folder, name) {
  const repo = { type: 'model', name };
  await hub.createRepo({ ...as, repo });
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
    .map((e) => join(e.parentPath ?? e.path, e.name)).map((p) => ({ path: relative(folder, p), content: new Blob([readFileSync(p)]) }));
  const upload = await hub.uploadFiles({ ...as, repo, files, useXet: false, commitTitle: 'upload' });
  const outcome = { commit: upload.commit.oid, hookOutput: upload.hookOutput, downloads: {} };
  for (const { path } of files) {
    outcome.downloads[path] = await hub.downloadFile({ hubUrl, repo, path }).then(async (blob) => (blob === null ? 'missing' : `served ${(await bytesOf(blob)).length}`), (e) => `${e.statusCode} ${e.message}`);
  }
  outcome.info = await hub.modelInfo({ hubUrl, name }).then(() => 'served', (e) => `${e.statusCode} ${e.message}`);
  outcome.listed = (await collect(hub.listModels({ hubUrl, search: { owner: name.split('/')[0] } }))).some((m) => m.name === name);
  console.log(JSON.stringify(outcome));
}

// Downloads by branch, as a client with a cached copy does before it uses it.
async function fetchAgain(name, path) {
  const outcome = await hub.downloadFile({ hubUrl, repo: { type: 'model', name }, path }).then((blob) => (blob === null ? 'missing' : 'served'), (e) => `${e.statusCode} ${e.message}`);
  console.log(JSON.stringify({ outcome }));
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === 'conformance') await conformance();
else if (mode === 'incident') await incident(...rest);
else if (mode === 'fetch') await fetchAgain(...rest);
else { console.error('usage: node hub-client.mjs conformance | incident FOLDER REPO | fetch REPO PATH'); process.exit(3); }
process.exit(failed() > 0 ? 1 : 0);
