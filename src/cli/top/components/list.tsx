import type { ChalkInstance } from 'chalk';
import { Box, Text, Transform } from 'ink';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { columnWidths, rowLine, titleLine } from '../columns.ts';
import type { Column } from '../columns.ts';
import { windowOf } from '../layout.ts';

interface ListProps<Row> {
  readonly name: string;
  /** Behind the name: how many there are. */
  readonly detail?: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** The key of the marked row, which may be in another list. */
  readonly marked: string | null;
  readonly width: number;
  /** Lines, the title's included. */
  readonly height: number;
  /** Said where there are no rows. */
  readonly empty?: string;
  readonly paint: ChalkInstance;
}

/** A title and as many rows as there is room for, around the marked one; always as high as it is told. */
export function List<Row>(props: ListProps<Row>): ReactNode {
  const { name, columns, rows, keyOf, marked, width, height, paint } = props;
  const widths = columnWidths(columns, width);
  const room = Math.max(0, height - 1);
  const at = marked === null ? 0 : rows.findIndex((row) => keyOf(row) === marked);
  const { from, to } = windowOf(rows.length, Math.max(0, at), room);
  const lines = rows.slice(from, to).map((row, index) => {
    return rowLine(row, columns, widths, { paint, marked: from + index === at && marked !== null });
  });
  if (rows.length === 0 && props.empty !== undefined) lines.push(`  ${paint.dim(props.empty)}`);
  const hidden = rows.length - (to - from);
  const detail = [props.detail ?? String(rows.length), ...(hidden > 0 ? [`${from + 1}-${to} shown`] : [])].join('  ');
  return (
    <Lines
      lines={[titleLine(name, rows.length === 0 ? '' : detail, { columns, widths, paint }), ...lines]}
      height={height}
    />
  );
}

/** Lines that are as wide as they may be already, cut or filled up to `height`. */
export function Lines({ lines, height }: { readonly lines: readonly string[]; readonly height: number }): ReactNode {
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      {lines.slice(0, height).map((line, index) => (
        <Line key={index} text={line} />
      ))}
    </Box>
  );
}

/**
 * A line that is laid out as one space and becomes its text when it is written. Ink keeps the measures of every text
 * that it has ever laid out: a screen that shows other figures four times a second would fill the memory.
 */
const Line = memo(function Line({ text }: { readonly text: string }): ReactNode {
  return (
    <Transform transform={() => text}>
      <Text> </Text>
    </Transform>
  );
});
