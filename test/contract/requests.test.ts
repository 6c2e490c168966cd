import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { emptyRequest } from '../../src/canonical/request.ts';
import type { CanonicalRequest } from '../../src/canonical/request.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { LAWS } from './every-dialect.ts';
import { CONTENT_PARTS } from './generate-content.ts';
import { canonicalRequests } from './generate-request.ts';
import { targetOf } from './laws.ts';
import type { DialectLaws } from './laws.ts';

const SAID = { role: 'user', content: [{ type: 'text', text: 'hello', cache: null, state: null }] } as const;

/** Written out as far as they go, these have millions of parts. */
const HOSTILE_SCHEMAS: readonly (readonly [string, JsonObject])[] = [
  ['to its root', { type: 'object', properties: properties(80, '#') }],
  [
    'to a definition of its own',
    {
      type: 'object',
      properties: properties(80, '#/$defs/a'),
      $defs: { a: { properties: properties(80, '#/$defs/a') } },
    },
  ],
  [
    'to ever more definitions',
    {
      type: 'object',
      properties: properties(10, '#/$defs/d0'),
      $defs: Object.fromEntries(
        Array.from({ length: 12 }, (_, level) => [
          `d${level}`,
          { properties: properties(10, `#/$defs/d${level + 1}`) },
        ]),
      ),
    },
  ],
];

function properties(count: number, reference: string): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, { $ref: reference }]));
}

const RUNS = { numRuns: 150 };

describe.each(LAWS.map((laws) => [laws.dialect.id, laws] as const))('requests in %s', (_id, laws) => {
  const { dialect, asSpoken } = laws;
  const { back, front } = dialect;
  const requests = canonicalRequests({ dialect: dialect.id, ...laws.requests });

  if (front !== null && asSpoken !== null) {
    it('round trip: what is written is read again as it was, without what was dropped', () => {
      fc.assert(
        fc.property(requests, (request) => {
          const { body, dropped } = back.encodeRequest(request, targetOf(request));
          const { model, stream } = request;
          const read = front.decodeRequest(asSent(body), { model, stream });
          expect(compared(laws.withoutOwn(read), laws)).toEqual(compared(asSpoken(request, dropped), laws));
        }),
        RUNS,
      );
    });
  }

  it("dropped: each name once, and only names of the dialect's own list", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(requests, (request) => {
        const { dropped } = back.encodeRequest(request, targetOf(request));
        expect(new Set(dropped).size).toBe(dropped.length);
        for (const name of dropped) seen.add(name);
        expect(dropped.filter((name) => !isDroppable(name, laws.droppable))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('sends nothing as null', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { body } = back.encodeRequest(request, targetOf(request));
        expect(nullsIn(body, '')).toEqual([]);
      }),
      RUNS,
    );
  });

  it('gives the same body for the same request, and leaves the request as it was', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const before = structuredClone(request);
        const first = back.encodeRequest(request, targetOf(request));
        expect(back.encodeRequest(request, targetOf(request))).toEqual(first);
        expect(request).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  it.each(HOSTILE_SCHEMAS)(
    'writes a schema that refers to itself all over in bounded size: %s',
    (_name, parameters) => {
      const tool = { kind: 'function', name: 'f', description: null, parameters, strict: null } as const;
      const model = laws.requests.models[0] ?? 'm';
      const tools = [{ ...tool, namespace: null, cache: null }];
      const request: CanonicalRequest = { ...emptyRequest(model, dialect.id), messages: [SAID], tools };
      const { body } = back.encodeRequest(request, targetOf(request));
      expect(JSON.stringify(body).length).toBeLessThan(5_000_000);
    },
  );

  it.each(laws.refuses)('refuses what it cannot take with a 400 that names the part: %s', (kind) => {
    const [part] = fc.sample(CONTENT_PARTS[kind], 1);
    const messages = [{ role: 'user', content: part === undefined ? [] : [part] }] as const;
    const request: CanonicalRequest = { ...emptyRequest(laws.requests.models[0] ?? 'm', dialect.id), messages };
    try {
      back.encodeRequest(request, targetOf(request));
      expect.unreachable('it was taken');
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      expect({ code: error.code, status: error.status }).toEqual({ code: 'unsupported_content', status: 400 });
      expect(error.param).toMatch(/\[0\]/);
    }
  });
});

function compared(request: CanonicalRequest, { modelDependent }: DialectLaws): unknown {
  return Object.fromEntries(Object.entries(request).filter(([key]) => !(modelDependent as string[]).includes(key)));
}

/** The body after the wire. */
function asSent(body: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(body)) as JsonObject;
}

function isDroppable(name: string, droppable: readonly (string | RegExp)[]): boolean {
  return droppable.some((one) => (typeof one === 'string' ? one === name : one.test(name)));
}

/** Members whose `null` is a value of the client's own: arguments of tools and schemas. */
const CLIENTS_OWN = /(^|\.)(args|arguments|input|input_schema|parameters|parametersJsonSchema|schema|json)$/;

/** Chat completions write `null` for the content of a message that has calls and nothing else (OpenAI's reference). */
const CALLS_ALONE = /^\.messages\.\d+\.content$/;

function nullsIn(value: unknown, path: string): string[] {
  if (value === null) return CALLS_ALONE.test(path) ? [] : [path];
  if (typeof value !== 'object' || CLIENTS_OWN.test(path)) return [];
  return Object.entries(value).flatMap(([key, member]) => nullsIn(member, `${path}.${key}`));
}
