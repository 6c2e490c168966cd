// The targets that the project has set itself, and how a run stands to them.

/** Every target: what is compared, in one unit, with its limit. `read` gives undefined or null where not measured. */
const targets = [
  ['processor time per request / nginx', '×', 4, ({ llmgw, nginx }) => ratio(llmgw?.processorUs, nginx?.processorUs)],
  [
    'processor time per request / Portkey',
    '×',
    1 / 14,
    ({ llmgw, portkey }) => ratio(llmgw?.processorUs, portkey?.processorUs),
  ],
  ['p50 at 1 connection / nginx', '×', 1.6, ({ llmgw, nginx }) => ratio(llmgw?.p50Ms, nginx?.p50Ms)],
  ['p99 at 1 connection', 'ms', 1.5, ({ llmgw }) => llmgw?.p99Ms],
  ['processor time per streamed chunk', 'µs', 8, ({ llmgw }) => llmgw?.processorUsPerChunk],
  ['lost to translation, messages to chat', '%', 25, (all) => lost(all.llmgw, all['messages-to-chat'])],
  ['lost to translation, chat to messages', '%', 25, (all) => lost(all.llmgw, all['chat-to-messages'])],
  ['lost to translation, streamed to chat', '%', 25, (all) => lostOfStreams(all.llmgw, all['messages-to-chat'])],
  ['lost to translation, streamed to messages', '%', 25, (all) => lostOfStreams(all.llmgw, all['chat-to-messages'])],
  ['memory idle', 'MB', 110, ({ llmgw }) => llmgw?.idleMb],
  ['memory loaded', 'MB', 180, ({ llmgw }) => llmgw?.loadedMb],
  ['memory growth over 50,000 requests', 'MB', 10, (_, alone) => alone?.memory.growthMb],
  ['llmgw start to first answered request', 'ms', 600, (_, alone) => alone?.starts.detachedMs],
  ['llmgw --help', 'ms', 200, (_, alone) => alone?.commands.helpMs],
  ['llmgw spend', 'ms', 200, (_, alone) => alone?.commands.spendMs],
];

/** `[{name, unit, limit, value, state}]`; state is reached, missed or "not measured", value null for the last. */
export function judge(summaries, alone) {
  const byName = Object.fromEntries(summaries.map((summary) => [summary.name, summary]));
  return targets.map(([name, unit, limit, read]) => {
    const value = read(byName, alone) ?? null;
    const state = value === null ? 'not measured' : value <= limit ? 'reached' : 'missed';
    return { name, unit, limit, value, state };
  });
}

/** How much less a core does of what is translated than of what passes through, in per cent. */
function lost(passed, translated) {
  return share(passed?.processorUs, translated?.processorUs);
}

function lostOfStreams(passed, translated) {
  return share(passed?.processorUsPerChunk, translated?.processorUsPerChunk);
}

function share(passedUs, translatedUs) {
  const kept = ratio(passedUs, translatedUs);
  return kept === null ? null : (1 - kept) * 100;
}

function ratio(ours, theirs) {
  return typeof ours === 'number' && typeof theirs === 'number' && theirs > 0 ? ours / theirs : null;
}
