import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { formatTokens } from '../../render/text.ts';
import type { Column } from '../columns.ts';
import { Lines, List } from '../components/list.tsx';
import { clockText, countText, percentile, priceText, rateText, shortTime } from '../figures.ts';
import { isWide } from '../layout.ts';
import { modelRows } from '../rows.ts';
import type { ModelRow } from '../rows.ts';
import type { Data, ModelFigures, Ui } from '../state.ts';

interface ModelsProps {
  readonly data: Data;
  readonly ui: Ui;
  readonly height: number;
  readonly paint: ChalkInstance;
}

const SHOWN_RATE_PERCENTILE = 50;

/** The names that a client can send in the active profile: what they are, what they cost, and how fast they were. */
export function ModelsView({ data, ui, height, paint }: ModelsProps): ReactNode {
  const rows = modelRows(data, ui);
  const since = `PRICE: dollars a million tokens, in/out. REQ to TOK/S: since ${clockText(data.since)}.`;
  return (
    <>
      <List
        name="MODELS"
        columns={modelColumns(ui)}
        rows={rows}
        keyOf={({ model }) => model.name}
        marked={ui.marked.models}
        width={ui.columns}
        height={height - 1}
        empty={emptyText(data, ui)}
        paint={paint}
      />
      <Lines lines={[`  ${paint.dim(since)}`]} height={1} />
    </>
  );
}

function modelColumns(ui: Ui): readonly Column<ModelRow>[] {
  const wide = isWide(ui);
  const target: Column<ModelRow> = {
    title: 'TARGET',
    width: { share: 4, least: 12 },
    text: ({ model, target: first }) => (first === model.name ? '' : `→ ${model.targets.join(', ')}`),
    paint: (_, paint) => paint.dim,
  };
  return [
    { title: '', width: 6, text: placeText, paint: placePaint },
    { title: '', width: { share: 5, least: 14 }, text: wide ? ({ model }) => model.name : nameAndTarget },
    ...(wide ? [target] : []),
    { title: 'CTX', width: 5, align: 'right', text: ({ model }) => contextText(model.context_length) },
    { title: 'PRICE', width: 11, align: 'right', text: ({ price }) => priceText(price) },
    { title: 'REQ', width: wide ? 7 : 5, align: 'right', text: ({ figures }) => requestsText(figures) },
    ...(wide ? [failedColumn, firstTokenColumn] : []),
    { title: 'P50', width: 5, align: 'right', text: latency(50) },
    { title: 'P95', width: 5, align: 'right', text: latency(95) },
    { title: 'TOK/S', width: 5, align: 'right', text: ({ figures }) => rateText(rateOf(figures)) },
  ];
}

const failedColumn: Column<ModelRow> = {
  title: 'FAILED',
  width: 6,
  align: 'right',
  text: ({ figures }) => (figures === null ? '-' : countText(figures.failed)),
  paint: ({ figures }, paint) => (figures !== null && figures.failed > 0 ? paint.red : paint.reset),
};

const firstTokenColumn: Column<ModelRow> = {
  title: 'TTFT',
  width: 5,
  align: 'right',
  text: ({ figures }) => shortTime(percentile(figures?.firstTokensMs ?? [], 50)),
};

/** Loaded or not where the server tells, else where it is. */
function placeText({ model }: ModelRow): string {
  if (model.loaded === true) return '● mem';
  if (model.loaded === false) return '○ disk';
  return model.group;
}

function placePaint({ model }: ModelRow, paint: ChalkInstance): ChalkInstance {
  return model.loaded === true ? paint.green : paint.dim;
}

function nameAndTarget({ model, target }: ModelRow): string {
  return target === null || target === model.name ? model.name : `${model.name} → ${target}`;
}

function contextText(length: number | null): string {
  return length === null ? '-' : formatTokens(length);
}

function requestsText(figures: ModelFigures | null): string {
  return figures === null ? '-' : countText(figures.answered + figures.failed);
}

function latency(hundredths: number): (row: ModelRow) => string {
  return ({ figures }) => shortTime(percentile(figures?.latenciesMs ?? [], hundredths));
}

function rateOf(figures: ModelFigures | null): number | null {
  return percentile(figures?.rates ?? [], SHOWN_RATE_PERCENTILE);
}

function emptyText({ models }: Data, ui: Ui): string {
  if (models === null) return 'Asking the daemon.';
  return ui.filter === ''
    ? 'No model can be used: no model server and no credential was found.'
    : 'Nothing matches the filter.';
}
