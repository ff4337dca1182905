/** What labels and waiting cost a write, and how fast new rules reach what is stored: CPU time of the server itself.
 *
 *     node benches/labels.mjs SERVER [SERVER…]      each in turn, ROUNDS times (default 2), on a fresh SQLite file
 *
 * Prints one JSON line per server, round and kind of write. Node 20 or later; Linux, for /proc. */

import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const servers = process.argv.slice(2);
const rounds = Number(process.env.ROUNDS ?? 2);
const writes = Number(process.env.WRITES ?? 2000);
const older = Number(process.env.OLDER ?? 20000);
const atOnce = 16;

const LOINC = 'http://loinc.org';
const PLAIN = '2345-7';
const LABELLED = '56888-1';
const NEW = '99990-1';

/** User and system time of a process, in microseconds. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function start(server, home) {
  const manifest = join(home, 'manifest.json');
  const child = spawn(server, ['demo', '--listen', '127.0.0.1:0', '--manifest', manifest, '--database', `sqlite:${home}/db`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((ready, fail) => {
    child.stdout.on('data', (text) => String(text).includes('kinchart ready at') && ready());
    child.on('exit', () => fail(new Error('the server ended')));
  });
  return { child, manifest: JSON.parse(readFileSync(manifest, 'utf8')) };
}

async function run(server, round) {
  const home = mkdtempSync(join(tmpdir(), 'kinchart-labels-'));
  const { child, manifest } = await start(server, home);
  try {
    const token = execFileSync(server, ['admin', 'token', 'mint', '--database', `sqlite:${home}/db`, '--client', 'backend', '--scope', 'system/*.cruds'], { encoding: 'utf8' })
      .trim().split('\n').pop();
    const ask = async (method, path, body) => {
      const answer = await fetch(`${manifest.fhir_base}/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', prefer: 'return=minimal' },
        body: body && JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer;
    };
    const patient = manifest.users.find((one) => one.key === 'ana').patient;
    const result = (code) => ({
      resourceType: 'Observation',
      status: 'final',
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] }],
      code: { coding: [{ system: LOINC, code }] },
      subject: { reference: `Patient/${patient}` },
      effectiveDateTime: manifest.now,
      valueQuantity: { value: 5.4, unit: 'mmol/L' },
    });
    const many = async (count, make) => {
      let left = count;
      const one = async () => {
        while (left > 0) {
          left -= 1;
          await make();
        }
      };
      await Promise.all(Array.from({ length: atOnce }, one));
    };
    const measure = async (kind, code) => {
      await many(200, () => ask('POST', 'Observation', result(code)));
      const [before, began] = [cpu(child.pid), Date.now()];
      await many(writes, () => ask('POST', 'Observation', result(code)));
      const used = (cpu(child.pid) - before) / writes;
      const rate = Math.round((writes * 1000) / (Date.now() - began));
      console.log(JSON.stringify({ server, round, kind, cpu_us_per_write: Math.round(used), writes_per_second: rate }));
    };
    await measure('plain', PLAIN);
    await measure('labelled', LABELLED);
    // Rules that are new: everything stored is looked at again, in steps.
    const entry = Array.from({ length: 200 }, () => ({ request: { method: 'POST', url: 'Observation' }, resource: result(NEW) }));
    for (let made = 0; made < older; made += entry.length) {
      await ask('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
    }
    const before = cpu(child.pid);
    const began = Date.now();
    await ask('PUT', 'ValueSet/rare', {
      resourceType: 'ValueSet', id: 'rare', status: 'active', url: 'http://bench.example/ValueSet/rare', version: '1',
      extension: [{ url: 'https://kinchart.org/fhir/StructureDefinition/label-of-codes',
        valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' } }],
      compose: { include: [{ system: LOINC, concept: [{ code: NEW }] }] },
    });
    for (;;) {
      const found = await (await ask('GET', `Observation?code=${LOINC}|${NEW}&_security=HIV&_summary=count`)).json();
      if (found.total >= older || Date.now() - began > 600_000) {
        const seconds = (Date.now() - began) / 1000;
        const used = Math.round((cpu(child.pid) - before) / 1000);
        console.log(JSON.stringify({ server, round, kind: 'relabel', rows: found.total, seconds, cpu_ms: used }));
        break;
      }
      await new Promise((later) => setTimeout(later, 200));
    }
    const wish = {
      resourceType: 'Consent', status: 'active', dateTime: '2020-01-01T00:00:00Z',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
      category: [{ coding: [{ system: 'https://kinchart.org/fhir/CodeSystem/consent-kind', code: 'wait' }] }],
      patient: { reference: `Patient/${patient}` },
      policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTOUT' }] },
      provision: { type: 'deny' },
    };
    await ask('POST', 'Consent', wish);
    await measure('waiting', PLAIN);
  } finally {
    child.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

for (let round = 1; round <= rounds; round += 1) {
  for (const server of servers) await run(server, round);
}
