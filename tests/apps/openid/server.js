// A third-party OpenID provider, kept in memory: `node server.js --port 4000 --client http://127.0.0.1:8080`.
// Whoever types a name is that person; whatever is no e-mail address has none that is verified.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Provider } from 'oidc-provider';

const { values } = parseArgs({ options: { port: { type: 'string' }, client: { type: 'string' } } });
const issuer = `http://127.0.0.1:${values.port}`;
const SCOPES = 'openid profile email groups';

const page = (title, body) =>
  `<!doctype html><html lang="en"><head><title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'lockstep',
      client_secret: 'the secret of the client, long enough',
      redirect_uris: [`${values.client}/sign-in/callback`],
      post_logout_redirect_uris: [`${values.client}/sign-in`],
    },
  ],
  jwks: { keys: [{ ...key, kid: 'first', use: 'sig', alg: 'RS256' }] },
  cookies: { keys: ['only for tests'] },
  scopes: SCOPES.split(' '),
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: id,
      email: id,
      email_verified: id.includes('@'),
      groups: id.startsWith('it.') ? ['it'] : [],
    }),
  }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      logoutSource: (ctx, form) => {
        const button = '<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out of everything</button>';
        ctx.body = page('Sign out?', form + button);
      },
    },
  },
  // Nobody is asked whether Lockstep may know their name.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(SCOPES);
    await grant.save();
    return grant;
  },
  renderError: (ctx, out) => {
    ctx.type = 'html';
    ctx.body = page('The provider refuses', `<p>${out.error}</p>`);
  },
});

async function body(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return new URLSearchParams(text);
}

async function interact(request, response) {
  if (request.method === 'GET') {
    const form = `<form method="post"><label>Name <input name="login" autofocus></label>
      <button name="go" value="in">Sign in</button> <button name="go" value="no">Refuse</button></form>`;
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page('The provider', form));
    return;
  }
  const answer = await body(request);
  const result =
    answer.get('go') === 'no'
      ? { error: 'access_denied', error_description: 'you did not want to' }
      : { login: { accountId: answer.get('login') } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const rest = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return rest(request, response);
  interact(request, response).catch((error) => response.writeHead(500).end(String(error)));
}).listen(Number(values.port), '127.0.0.1');
