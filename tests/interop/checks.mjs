// What the scripts beside it share: where the hub is, and how a check is run and told.
import { createHash } from 'node:crypto';

export const hubUrl = process.env.HUB_URL;
export const as = { hubUrl, accessToken: process.env.HUB_TOKEN };
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
export const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());
export const collect = async (generator) => { const all = []; for await (const one of generator) all.push(one); return all; };

let failures = 0;

export const failed = () => failures;

export async function check(name, action) {
  try {
    await action();
    console.log(`ok   ${name}`);
  } catch (e) {
    failures++;
    console.log(`FAIL ${name}: ${e.stack}`);
  }
}
