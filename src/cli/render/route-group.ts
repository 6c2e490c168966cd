import type { RouteDeployment, RouteDocument, RouteGroup } from '../../daemon/status.ts';
import { plain, type Terminal } from './terminal.ts';
import { counted, grid, wrap } from './text.ts';

const INDENT = '   ';

/** How one of several deployments is chosen, and who is asked when none can answer; empty: there is no choice. */
export function groupBlocks({ group }: RouteDocument, terminal: Terminal): string[][] {
  if (group === null) return [];
  return [...ruleBlock(group, terminal), ...choiceBlock(group, terminal), ...fallbackBlock(group, terminal)];
}

/** Whether its targets are simply tried one after another. */
export function isInOrder({ group }: RouteDocument): boolean {
  return group === null || group.strategy === 'in-order' || group.deployments.length < 2;
}

function ruleBlock({ name, rule }: RouteGroup, { columns }: Terminal): string[][] {
  return rule === null ? [] : [wrap(plain(`Chosen for a short request: ${name} (${rule}).`), columns)];
}

function choiceBlock(group: RouteGroup, { paint }: Terminal): string[][] {
  const { deployments, strategy, name } = group;
  const isPlain = strategy === 'in-order' && deployments.every((one) => isUsual(one));
  if (isPlain || deployments.length === 0) return [];
  const rows = deployments.map((one) => [
    one.is_next ? '>' : ' ',
    plain(one.id),
    plain(termsText(one)),
    plain(one.left_out ?? (one.state === 'trial' ? 'is tried again' : '')),
  ]);
  return [[paint.bold(plain(`Group ${name}, by ${strategy}`)), ...grid(rows).map((line) => line.trimEnd())]];
}

function isUsual({ weight, tags, region, left_out: leftOut }: RouteDeployment): boolean {
  return weight === null && tags.length === 0 && region === null && leftOut === null;
}

function termsText({ order, weight, tags, region, in_flight: inFlight }: RouteDeployment): string {
  const terms = [
    `order ${order}`,
    ...(weight === null ? [] : [`weight ${weight}`]),
    ...(tags.length === 0 ? [] : [`tags ${tags.join(' ')}`]),
    ...(region === null ? [] : [`region ${region}`]),
    ...(inFlight === 0 ? [] : [`${counted(inFlight, 'request')} under way`]),
  ];
  return terms.join(', ');
}

function fallbackBlock({ fallbacks }: RouteGroup, { paint, columns }: Terminal): string[][] {
  const lists: readonly (readonly [string, readonly string[] | null])[] = [
    ['when nobody of it can answer', fallbacks.general],
    ['when the prompt is too long', fallbacks.context_window],
    ['when the content is refused', fallbacks.content_policy],
  ];
  const lines = lists.flatMap(([when, names]) =>
    names === null || names.length === 0
      ? []
      : wrap(plain(`${when}: ${names.join(', then ')}`), columns - INDENT.length),
  );
  return lines.length === 0 ? [] : [[paint.bold('Fallbacks'), ...lines.map((line) => `${INDENT}${line}`)]];
}
