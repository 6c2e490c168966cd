import type { ModelName, ModelsDocument } from '../../daemon/status.ts';
import { plain, type Terminal } from './terminal.ts';
import { formatTokens, grid, type Cell } from './text.ts';

const GROUPS: readonly (readonly [ModelName['group'], string])[] = [
  ['alias', 'Names of your own'],
  ['local', 'Local models'],
  ['cloud', 'Cloud models'],
  ['demo', 'Built in'],
];

/** The names that a client can send, under a heading for each kind: what `llmgw models` prints. */
export function renderModels(document: ModelsDocument, terminal: Terminal): string {
  const blocks = GROUPS.flatMap(([group, heading]) => {
    const models = document.models.filter((model) => model.group === group);
    if (models.length === 0) return [];
    return [[terminal.paint.bold(heading), ...grid(models.map(row)).map((line) => `  ${line}`.trimEnd())].join('\n')];
  });
  if (blocks.length === 0) return 'No model can be used yet: no model server and no credential was found.\n';
  return `${blocks.join('\n\n')}\n`;
}

function row(model: ModelName): Cell[] {
  // A name that is its own single target says nothing twice.
  const elsewhere = model.targets.length === 1 && model.targets[0] === model.name ? [] : model.targets;
  return [
    { text: plain(model.name) },
    { text: plain(elsewhere.length === 0 ? '' : `→ ${elsewhere.join(', ')}`) },
    { text: model.context_length === null ? '' : formatTokens(model.context_length), align: 'right' },
    { text: plain((model.capabilities ?? []).join(' ')) },
    { text: model.loaded === true ? 'loaded' : '' },
  ];
}
