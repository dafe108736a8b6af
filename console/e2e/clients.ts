import { createHash } from 'node:crypto';

/** Identity providers as SCIM clients: what Okta and Entra send, in their order and with their habits. */
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const GIVEN = [
  'Ada',
  'Niko',
  'Mateo',
  'Wanjiru',
  'Chen',
  'Theo',
  'Noor',
  'Lara',
  'Daniel',
  'Lin',
  'Eva',
  'Julia',
  'Jonas',
];
const FAMILY = [
  'Lovelace',
  'Rossi',
  'Becker',
  'Nakamura',
  'Ito',
  'Marino',
  'Banerjee',
  'Keller',
  'Schmidt',
  'Eriksen',
  'Mendes',
];
const TEAMS = ['Engineering', 'Support', 'Product', 'Sales'];
const TITLES = ['Software Engineer', 'Support Specialist', 'Product Designer', 'Account Executive'];

export interface Person {
  userName: string;
  given: string;
  family: string;
  department: string;
  title: string;
}

/** The n-th of an endless company. */
export function person(n: number): Person {
  const given = GIVEN[n % GIVEN.length] ?? 'Ada';
  const family = FAMILY[(n * 7 + Math.floor(n / GIVEN.length)) % FAMILY.length] ?? 'Rossi';
  const mail = `${given}.${family}${n < 100 ? '' : n}`.toLowerCase();
  return {
    given,
    family,
    userName: `${mail}@northwind.example`,
    department: TEAMS[n % TEAMS.length] ?? 'Sales',
    title: TITLES[n % TEAMS.length] ?? 'Clerk',
  };
}

/** An id as Okta makes them, the same for the same person: `00u`, then letters and digits. */
function oktaId(userName: string): string {
  return `00u${createHash('sha256').update(userName).digest('hex').slice(0, 17)}`;
}

/** What a client sends and reads below one base URL. */
export class ScimClient {
  constructor(
    readonly baseUrl: string,
    readonly token: string,
  ) {}

  // biome-ignore lint/suspicious/noExplicitAny: SCIM resources as they come
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await fetch(this.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/scim+json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  async group(displayName: string, members: string[]): Promise<string> {
    const body = { schemas: [GROUP], displayName, members: members.map((value) => ({ value })) };
    return (await this.call('POST', '/Groups', body)).id;
  }

  patch(path: string, ...Operations: unknown[]) {
    return this.call('PATCH', path, { schemas: [PATCH], Operations });
  }
}

/** Okta: looks for the user name, then creates; deactivates by PATCH with a value object; groups are pushed. */
export class Okta extends ScimClient {
  /** `Test Connector Configuration`: two people, then groups. */
  async test() {
    await this.call('GET', '/Users?startIndex=1&count=2');
    await this.call('GET', '/Groups?startIndex=1&count=100');
  }

  /** `Push Groups`: the group with nobody in it, its name again, then its members. */
  async push(displayName: string, members: string[]): Promise<string> {
    const id = await this.group(displayName, []);
    await this.patch(`/Groups/${id}`, { op: 'replace', value: { id, displayName } });
    const value = members.map((member) => ({ value: member }));
    await this.patch(`/Groups/${id}`, { op: 'add', path: 'members', value });
    return id;
  }

  async assign(who: Person): Promise<string> {
    const filter = encodeURIComponent(`userName eq "${who.userName}"`);
    const found = await this.call('GET', `/Users?filter=${filter}&startIndex=1&count=100`);
    if (found.totalResults) return found.Resources[0].id;
    const made = await this.call('POST', '/Users', {
      schemas: [CORE, ENTERPRISE],
      userName: who.userName,
      name: { givenName: who.given, familyName: who.family },
      displayName: `${who.given} ${who.family}`,
      emails: [{ primary: true, value: who.userName, type: 'work' }],
      title: who.title,
      [ENTERPRISE]: { department: who.department },
      externalId: oktaId(who.userName),
      groups: [],
      active: true,
    });
    return made.id;
  }

  unassign(id: string) {
    return this.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
  }

  returns(id: string) {
    return this.patch(`/Users/${id}`, { op: 'replace', value: { active: true } });
  }
}

/** Entra: asks for somebody who can't be there, then creates; capital operations, booleans as text. */
export class Entra extends ScimClient {
  test() {
    return this.call('GET', `/Users?filter=${encodeURIComponent(`userName eq "${crypto.randomUUID()}"`)}`);
  }

  async assign(who: Person): Promise<string> {
    await this.call('GET', `/Users?filter=${encodeURIComponent(`userName eq "${who.userName}"`)}`);
    const made = await this.call('POST', '/Users', {
      schemas: [CORE, ENTERPRISE],
      externalId: crypto.randomUUID(),
      userName: who.userName,
      active: true,
      displayName: `${who.given} ${who.family}`,
      emails: [{ primary: true, type: 'work', value: who.userName }],
      name: { formatted: `${who.given} ${who.family}`, familyName: who.family, givenName: who.given },
      title: who.title,
      [ENTERPRISE]: { department: who.department },
    });
    return made.id;
  }

  /** A group with its object id, then its members one request each, in capital operations. */
  async push(displayName: string, members: string[]): Promise<string> {
    const filter = encodeURIComponent(`displayName eq "${displayName}"`);
    await this.call('GET', `/Groups?excludedAttributes=members&filter=${filter}`);
    const { id } = await this.call('POST', '/Groups', {
      schemas: [GROUP, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
      externalId: crypto.randomUUID(),
      displayName,
      meta: { resourceType: 'Group' },
    });
    for (const value of members)
      await this.patch(`/Groups/${id}`, { op: 'Add', path: 'members', value: [{ $ref: null, value }] });
    return id;
  }

  disable(id: string) {
    return this.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' });
  }

  enable(id: string) {
    return this.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'True' });
  }
}
