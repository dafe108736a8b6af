/** Lockstep as a process, and third-party applications beside it: what a browser test stands on. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
const BINARY = resolve(ROOT, process.env.LOCKSTEP_BINARY ?? 'target/debug/lockstep');
const PYTHON = join(ROOT, '.venv/bin/python');

export const ADMINISTRATOR = { userName: 'maya.patel@northwind.example', password: 'correct horse battery' };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** Wait until something is so. */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | null | undefined>,
  seconds = 30,
): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await look().catch(() => null);
    if (found) return found;
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 60));
  }
}

async function end(process: ChildProcess) {
  if (process.exitCode !== null) return;
  const gone = new Promise((done) => process.once('exit', done));
  process.kill('SIGTERM');
  await gone;
}

/** One Lockstep with a data directory of its own. */
export class Lockstep {
  private token = '';
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly log: () => string,
  ) {}

  static async start(): Promise<Lockstep> {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-console.'));
    const port = await freePort();
    let log = '';
    const environment = { ...process.env, LOCKSTEP_SCIM_RATE: '0', LOCKSTEP_SCIM_FAILURES: '0', DATABASE_URL: '' };
    const child = spawn(
      BINARY,
      ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', folder, '--allow-outbound', '127.0.0.0/8'],
      { env: environment, cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => (log += bytes));
    const url = `http://127.0.0.1:${port}`;
    await until('Lockstep is ready', async () => {
      if (child.exitCode !== null) throw new Error(`Lockstep ended:\n${log}`);
      return (await fetch(`${url}/readyz`)).ok;
    });
    return new Lockstep(url, folder, child, () => log);
  }

  /** The link that the first start prints. */
  setupLink(): Promise<string> {
    return until('the one-time link is in the log', async () => /http\S+\/setup\?code=\S+/.exec(this.log())?.[0]);
  }

  /** Make the first administrator without the browser. */
  async setUp(): Promise<void> {
    const code = new URL(await this.setupLink()).searchParams.get('code');
    const answer = await fetch(`${this.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, ...ADMINISTRATOR }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** Call the admin API as a program with an owner's token. */
  // biome-ignore lint/suspicious/noExplicitAny: the answers of a test's own calls
  async api(method: string, path: string, body?: unknown): Promise<any> {
    this.token ||= execFileSync(BINARY, ['admin', 'token', '--data-dir', this.folder, '--role', 'owner'], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: '' },
    }).trim();
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** As if everybody had signed in long ago. */
  async forgetConfirmations(): Promise<void> {
    const change = 'import sqlite3, sys; d = sqlite3.connect(sys.argv[1], timeout=10); ';
    const run = 'd.execute("UPDATE sessions SET confirmed_at = 0"); d.commit()';
    execFileSync(PYTHON, ['-c', change + run, join(this.folder, 'lockstep.db')]);
  }

  /** Wait until nothing is under way. What has failed or waits for something stays. */
  async settled(): Promise<void> {
    await until('nothing is under way', async () => {
      const status = await this.api('GET', '/status');
      return status.unplanned === 0 && status.pending === 0;
    });
  }

  async stop(): Promise<void> {
    await end(this.process);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A third-party SCIM server as an application: `scim2-server`, kept in memory. */
export class Application {
  static readonly token = 'application-token';
  private process: ChildProcess | null = null;
  private constructor(private readonly port: number) {}

  /** `port`: start it where one stopped before. */
  static async start(port?: number): Promise<Application> {
    const application = new Application(port ?? (await freePort()));
    await application.start();
    return application;
  }

  /** An address at which nothing listens, until `start`. */
  static async absent(): Promise<Application> {
    return new Application(await freePort());
  }

  get baseUrl() {
    return `http://127.0.0.1:${this.port}/v2`;
  }

  async start(): Promise<void> {
    const script = join(ROOT, 'tests/apps/app_scim2.py');
    this.process = spawn(PYTHON, [script, '--port', String(this.port), '--token', Application.token], {
      stdio: 'ignore',
    });
    await until('the application answers', async () => (await this.get('/ServiceProviderConfig')).ok);
  }

  /** Its accounts by userName. */
  async accounts(): Promise<Map<string, { id: string; active: boolean; displayName?: string }>> {
    const { Resources = [] } = await (await this.get('/Users?count=1000')).json();
    return new Map(Resources.map((one: { userName: string }) => [one.userName, one]));
  }

  /** Somebody else makes a resource there; its id. */
  async has(endpoint: 'Users' | 'Groups', body: object): Promise<string> {
    const answer = await fetch(`${this.baseUrl}/${endpoint}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${Application.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()).id;
  }

  private get(path: string) {
    return fetch(this.baseUrl + path, { headers: { authorization: `Bearer ${Application.token}` } });
  }

  async stop(): Promise<void> {
    if (this.process) await end(this.process);
  }
}

/** A third-party OpenID provider to sign in with: `oidc-provider`, kept in memory. */
export class OpenIdProvider {
  static readonly client = { id: 'lockstep', secret: 'the secret of the client, long enough' };
  private constructor(
    readonly issuer: string,
    private readonly process: ChildProcess,
  ) {}

  /** One that knows this Lockstep as its client. */
  static async start(lockstep: Lockstep): Promise<OpenIdProvider> {
    const port = await freePort();
    const script = join(ROOT, 'tests/apps/openid/server.js');
    const child = spawn(process.execPath, [script, '--port', String(port), '--client', lockstep.url], {
      stdio: 'ignore',
    });
    const issuer = `http://127.0.0.1:${port}`;
    await until('the provider answers', async () => (await fetch(`${issuer}/.well-known/openid-configuration`)).ok);
    return new OpenIdProvider(issuer, child);
  }

  async stop(): Promise<void> {
    await end(this.process);
  }
}

/** Read a file of the repository. */
export const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
