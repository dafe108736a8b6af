/** A company that looks like one: people from two providers, an application in step, one that fails. */
import { Entra, Okta, person } from './clients';
import { Application, type Lockstep } from './world';

export interface Seeded {
  application: Application;
  okta: Okta;
  /** Ids in Okta's source, by userName. */
  ids: Map<string, string>;
}

export async function seed(lockstep: Lockstep, people = 40): Promise<Seeded> {
  await lockstep.setUp();
  const [one, two] = [
    await lockstep.api('POST', '/sources', { name: 'Okta', client: 'okta' }),
    await lockstep.api('POST', '/sources', { name: 'Microsoft Entra ID', client: 'entra' }),
  ];
  const okta = new Okta(one.baseUrl, one.token);
  const entra = new Entra(two.baseUrl, two.token);
  await okta.test();
  await entra.test();
  const ids = new Map<string, string>();
  const teams = new Map<string, string[]>();
  for (let n = 0; n < people; n++) {
    const who = person(n);
    if (n % 4 === 3) await entra.assign(who);
    else {
      const id = await okta.assign(who);
      ids.set(who.userName, id);
      teams.set(who.department, [...(teams.get(who.department) ?? []), id]);
    }
  }
  for (const [team, members] of teams) await okta.group(team, members);
  await okta.group('Staff', [...ids.values()]);

  const application = await Application.start();
  await connect(lockstep, 'Slack', application.baseUrl, { group: 'Staff' });
  await lockstep.api('POST', '/applications/Slack/groups', { group: 'Engineering' });
  const gone = await Application.absent();
  await connect(lockstep, 'GitHub', gone.baseUrl, { group: 'Engineering' });
  await lockstep.api('POST', '/applications', {
    name: 'Datadog',
    baseUrl: gone.baseUrl,
    match: 'userName',
    token: 'x',
  });
  await until(lockstep);
  return { application, okta, ids };
}

/** Add an application, say who gets it, publish and activate. */
export async function connect(lockstep: Lockstep, name: string, baseUrl: string, whom: unknown) {
  await lockstep.api('POST', '/applications', { name, baseUrl, match: 'userName', token: Application.token });
  await lockstep.api('POST', `/applications/${name}/assignments`, whom);
  await lockstep.api('POST', `/applications/${name}/publish`);
  await lockstep.api('POST', `/applications/${name}/activate`);
}

/** Everything that can be sent has been sent; what fails has failed once. */
async function until(lockstep: Lockstep) {
  for (let tries = 0; tries < 200; tries++) {
    const { unplanned, applications } = await lockstep.api('GET', '/status');
    const slack = applications.find((one: { name: string }) => one.name === 'Slack');
    if (unplanned === 0 && slack?.pending === 0) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('the company did not come to rest');
}
