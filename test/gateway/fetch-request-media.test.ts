import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { textPart } from '../../src/canonical/parts.ts';
import type { FilePart, ImagePart, MediaSource } from '../../src/canonical/parts.ts';
import { emptyRequest } from '../../src/canonical/request.ts';
import type { CanonicalRequest, Message } from '../../src/canonical/request.ts';
import { needsFetching, withFetchedMedia } from '../../src/gateway/fetch-request-media.ts';
import type { RequestMediaLimits } from '../../src/gateway/fetch-request-media.ts';
import { createMediaFetcher } from '../../src/upstream/fetch-media.ts';

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(92, 7)]);
const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(91, 7)]);
const FETCHED: MediaSource = { kind: 'base64', mediaType: 'image/png', data: PNG.toString('base64') };

const at = (url: string): MediaSource => ({ kind: 'url', url, mediaType: null });
const image = (source: MediaSource): ImagePart => ({ type: 'image', source, detail: 'high', cache: '5m' });
const file = (source: MediaSource): FilePart => ({ type: 'file', source, filename: 'a.pdf', cache: null });
const asking = (...messages: readonly Message[]): CanonicalRequest => ({
  ...emptyRequest('m', 'openai-chat'),
  messages,
});
const user = (...content: Extract<Message, { role: 'user' }>['content']): Message => ({ role: 'user', content });
const tool = (...content: Extract<Message, { role: 'tool' }>['results'][number]['content']): Message => ({
  role: 'tool',
  results: [{ callId: 'c1', name: null, content, isError: null, cache: null }],
});

interface Host {
  readonly origin: string;
  readonly asked: readonly string[];
  /** Resolves when so many have been asked for. */
  counted(count: number): Promise<void>;
}

/** Serves images, PDFs below `/pdf`, nothing below `/missing`, and below `/slow` only a beginning. */
async function startHost(): Promise<Host> {
  const asked: string[] = [];
  const server = http.createServer(({ url = '' }, response) => {
    asked.push(url);
    server.emit('asked');
    if (url.startsWith('/missing')) {
      response.writeHead(404).end();
      return;
    }
    const isPdf = url.startsWith('/pdf');
    response.writeHead(200, { 'content-type': isPdf ? 'application/pdf' : 'image/png' });
    if (url.startsWith('/slow')) response.write(PNG);
    else response.end(isPdf ? PDF : PNG);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    counted: async (count) => {
      while (asked.length < count) await once(server, 'asked');
    },
  };
}

const fetch = createMediaFetcher({ isAllowedAddress: (address) => address === '127.0.0.1' });
const fetched = (request: CanonicalRequest, limits: RequestMediaLimits = {}): Promise<CanonicalRequest> =>
  withFetchedMedia(request, fetch, limits);

describe('a request whose images and files are at addresses', () => {
  it('gets their bytes, in messages of users and in results of tools, and is else as it was', async () => {
    const { origin } = await startHost();
    const before: Message[] = [
      { role: 'system', content: [textPart('be short')] },
      user(textPart('look'), image(at(`${origin}/a`)), file(at(`${origin}/pdf`)), image(FETCHED)),
      { role: 'assistant', content: [textPart('yes')] },
      tool(textPart('shot'), image(at(`${origin}/b`))),
    ];
    const request = asking(...before);
    const copy = structuredClone(request);
    const pdf: MediaSource = { kind: 'base64', mediaType: 'application/pdf', data: PDF.toString('base64') };
    expect(await fetched(request)).toEqual(
      asking(
        ...before.slice(0, 1),
        user(textPart('look'), image(FETCHED), file(pdf), image(FETCHED)),
        ...before.slice(2, 3),
        tool(textPart('shot'), image(FETCHED)),
      ),
    );
    expect(request).toEqual(copy);
  });

  it('has each address fetched once', async () => {
    const { origin, asked } = await startHost();
    const same = image(at(`${origin}/a`));
    const result = await fetched(asking(user(same, same), tool(same), user(image(at(`${origin}/b`)))));
    expect([...asked].sort()).toEqual(['/a', '/b']);
    expect(result.messages).toEqual([user(image(FETCHED), image(FETCHED)), tool(image(FETCHED)), user(image(FETCHED))]);
  });

  it('is the same when there is none', async () => {
    const request = asking(user(textPart('hi'), image(FETCHED)));
    expect(await fetched(request)).toBe(request);
  });

  it('leaves to others what is not an image or a file', async () => {
    const audio = { type: 'audio', source: at('http://127.0.0.1:1/a'), cache: null } as const;
    const uploaded = image({ kind: 'uploaded', origin: 'openai-chat', id: 'file-1', mediaType: null });
    const request = asking(user(audio, uploaded));
    expect(await fetched(request)).toBe(request);
  });
});

describe('a request whose media cannot be fetched is refused', () => {
  const refusal = (path: string, message: RegExp): Error =>
    expect.objectContaining({
      code: 'media_not_fetched',
      status: 400,
      param: path,
      message: expect.stringMatching(message) as string,
    }) as Error;

  it.each([['messages[1].content[1]', /^The image at `messages\[1\]\.content\[1\]` answered with status 404\.$/]])(
    'with the path of the part: %s',
    async (path, message) => {
      const { origin } = await startHost();
      const request = asking(user(textPart('a')), user(textPart('b'), image(at(`${origin}/missing`))));
      await expect(fetched(request)).rejects.toThrow(refusal(path, message));
    },
  );

  it('with the path in the results of a tool', async () => {
    const { origin } = await startHost();
    const request = asking(user(textPart('a')), tool(textPart('b'), file(at(`${origin}/a.png`))));
    const message = /^The file at .* is none of application\/pdf\.$/;
    await expect(fetched(request)).rejects.toThrow(refusal('messages[1].results[0].content[1]', message));
  });

  it('when an address is private', async () => {
    const request = asking(user(image(at('http://10.0.0.1/a.png'))));
    const message = /could not be reached at a public address/;
    await expect(fetched(request)).rejects.toThrow(refusal('messages[0].content[0]', message));
  });

  it('when it names too many', async () => {
    const { origin, asked } = await startHost();
    const images = Array.from({ length: 21 }, (_, index) => image(at(`${origin}/${index}`)));
    await expect(fetched(asking(user(...images)))).rejects.toThrow(refusal('messages[0].content[20]', /one more than/));
    expect(asked).toEqual([]);
    await fetched(asking(user(...images.slice(1))));
    expect(asked).toHaveLength(20);
  });

  it.each([
    [99, /is larger than 99 bytes/],
    [100, null],
  ])('when one is larger than %d bytes: %s', async (maxBytes, message) => {
    const { origin } = await startHost();
    const done = fetched(asking(user(image(at(`${origin}/a`)))), { maxBytes });
    if (message === null) expect(await done).toMatchObject({ messages: [user(image(FETCHED))] });
    else await expect(done).rejects.toThrow(refusal('messages[0].content[0]', message));
  });

  it.each([
    [50, false],
    [600, false],
    [999, false],
    [1000, true],
  ])('when all are together larger than %d bytes: taken %s', async (maxTotalBytes, isTaken) => {
    const { origin } = await startHost();
    const images = Array.from({ length: 10 }, (_, index) => image(at(`${origin}/${index}`)));
    const done = fetched(asking(user(...images)), { maxTotalBytes });
    if (isTaken) expect((await done).messages).toEqual([user(...images.map(() => image(FETCHED)))]);
    else await expect(done).rejects.toThrow(/all together are larger than \d+ bytes/);
  });

  it('when all of them take too long', async () => {
    const { origin } = await startHost();
    const images = Array.from({ length: 10 }, (_, index) => image(at(`${origin}/slow${index}`)));
    const started = performance.now();
    await expect(fetched(asking(user(...images)), { timeoutMs: 200 })).rejects.toThrow(/did not arrive within/);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('at once, when one of them fails', async () => {
    const { origin } = await startHost();
    const request = asking(user(image(at(`${origin}/slow`)), image(at(`${origin}/missing`))));
    await expect(fetched(request)).rejects.toThrow(refusal('messages[0].content[1]', /404/));
  });

  it('and not for that when the client has left', async () => {
    const host = await startHost();
    const controller = new AbortController();
    const done = fetched(asking(user(image(at(`${host.origin}/slow`)))), { signal: controller.signal });
    await host.counted(1);
    controller.abort(new Error('the client has left'));
    await expect(done).rejects.toThrow('the client has left');
  });
});

describe('whether something must be fetched', () => {
  const withImage = asking(user(image(at('https://example.com/a.png'))));
  it.each([
    ['an image', withImage, 'nothing', true],
    ['an image', withImage, 'all', false],
    ['an image over HTTPS', withImage, 'https', false],
    ['an image over HTTP', asking(user(image(at('http://example.com/a.png')))), 'https', true],
    ['a file', asking(user(file(at('https://example.com/a.pdf')))), 'nothing', true],
    ['an image of a tool', asking(tool(image(at('https://example.com/a.png')))), 'nothing', true],
    ['bytes', asking(user(image(FETCHED))), 'nothing', false],
    ['text', asking(user(textPart('https://example.com/a.png'))), 'nothing', false],
  ] as const)('of %s for an upstream that fetches %4$s itself', (_, request, itself, needed) => {
    const fetchesItself = (url: string): boolean =>
      itself === 'all' || (itself === 'https' && url.startsWith('https:'));
    expect(needsFetching(request, fetchesItself)).toBe(needed);
  });
});
