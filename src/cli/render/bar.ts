const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const STEPS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** `part` of `whole` as a bar of at most `width` characters; what is more than nothing is seen as such. */
export function bar(part: number, whole: number, width: number): string {
  if (part <= 0 || whole <= 0 || width <= 0) return '';
  const eighths = Math.max(1, Math.round((Math.min(part, whole) / whole) * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** Values side by side in at most `width` characters, neighbours put together where there are more; nothing is `·`. */
export function sparkline(values: readonly number[], width: number): string {
  const together = Math.max(1, Math.ceil(values.length / Math.max(1, width)));
  const sums: number[] = [];
  values.forEach((value, index) => {
    const place = Math.floor(index / together);
    sums[place] = (sums[place] ?? 0) + value;
  });
  const most = Math.max(...sums, 0);
  return sums.map((sum) => (sum <= 0 ? '·' : (STEPS[Math.ceil((sum / most) * STEPS.length) - 1] ?? '█'))).join('');
}
