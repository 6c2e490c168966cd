import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { routeTable } from '../helpers/routes.ts';
import { ADMIN, BOUND_KEY, KEY, ORPHAN_KEY, startTestServer, type TestServer } from '../helpers/test-server.ts';

let server: TestServer;
beforeEach(async () => {
  // Each profile has its own table; the active one is `dev`.
  const tables = {
    dev: routeTable({ profile: 'dev', demo: true }),
    prod: routeTable({ profile: 'prod', demo: true }),
  };
  server = await startTestServer({}, {}, { routes: (name) => tables[name === 'prod' ? 'prod' : 'dev'] });
});
afterEach(() => server.close());

const BODY = JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'x' }] });

interface Call {
  readonly path?: string;
  readonly key?: string;
  readonly header?: string;
}

async function profileOf({ path = '/v1', key = KEY, header }: Call): Promise<string> {
  const answer = await server.ask({
    method: 'POST',
    path: `${path}/chat/completions`,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(header === undefined ? {} : { 'x-llmgw-profile': header }),
    },
    body: BODY,
  });
  if (answer.status === 200) return String(answer.headers['x-llmgw-profile']);
  const { error } = answer.json as { error: { code: string } };
  return `${answer.status} ${error.code}`;
}

describe('the profile of a request', () => {
  it.each<[string, Call, string]>([
    ['nothing said: the active one', {}, 'dev'],
    ['the path, with /v1', { path: '/prod/v1' }, 'prod'],
    ['the path, without', { path: '/prod' }, 'prod'],
    ['the header', { header: 'prod' }, 'prod'],
    ['the header before the path', { header: 'prod', path: '/dev/v1' }, 'prod'],
    ['a header of another profile than there is', { header: 'prood' }, '404 profile_not_found'],
    ['a path of another profile than there is', { path: '/prood/v1' }, '404 not_found'],
    ['two profiles in the path', { path: '/prod/dev/v1' }, '404 not_found'],
    ['a bound key', { key: BOUND_KEY }, 'dev'],
    ['a bound key that asks for its own', { key: BOUND_KEY, path: '/dev/v1', header: 'dev' }, 'dev'],
    ['a bound key that asks for another by the header', { key: BOUND_KEY, header: 'prod' }, '403 profile_not_allowed'],
    ['a bound key that asks for another by the path', { key: BOUND_KEY, path: '/prod/v1' }, '403 profile_not_allowed'],
    ['a key whose profile is no more', { key: ORPHAN_KEY }, '403 profile_not_allowed'],
    ['no key: not even whether the profile is there', { key: 'wrong', header: 'prood' }, '401 invalid_api_key'],
  ])('%s', async (_what, call, expected) => {
    expect(await profileOf(call)).toBe(expected);
  });

  it('holds for lists of models too', async () => {
    const headers = { authorization: `Bearer ${BOUND_KEY}` };
    expect((await server.ask({ path: '/dev/v1/models', headers })).status).toBe(200);
    expect((await server.ask({ path: '/prod/v1/models', headers })).status).toBe(403);
  });
});

describe('the management of profiles', () => {
  const headers = { authorization: `Bearer ${ADMIN}` };

  it('lists, switches and explains, each for a profile that is there', async () => {
    const post = (path: string) => server.ask({ method: 'POST', path, headers });
    expect((await server.ask({ path: '/llmgw/profiles', headers })).status).toBe(200);
    expect((await post('/llmgw/profiles/prod/use')).status).toBe(200);
    expect((await post('/llmgw/profiles/prood/use')).text).toMatch(/profile_not_found|Did you mean `prod`/);
    expect((await server.ask({ path: '/llmgw/route?model=gpt-4o&profile=dev', headers })).status).toBe(200);
    expect((await server.ask({ path: '/llmgw/route?profile=dev', headers })).status).toBe(400);
    expect((await server.ask({ path: '/llmgw/models?profile=nope', headers })).status).toBe(404);
    expect(server.managed).toEqual(['profiles', 'use prod', 'route gpt-4o dev']);
  });

  it.each(['/llmgw/profiles', '/llmgw/route?model=x', '/dev/llmgw/profiles'])(
    '%s needs the admin token',
    async (path) => {
      expect((await server.ask({ path, headers: { authorization: `Bearer ${KEY}` } })).status).toBe(401);
    },
  );
});
