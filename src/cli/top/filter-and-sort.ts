/** Whether one of some texts holds every word of the filter. */
export function matcher(filter: string): (...texts: readonly (string | null)[]) => boolean {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return () => true;
  return (...texts) => {
    const all = texts.map((text) => (text ?? '').toLowerCase());
    return words.every((word) => all.some((text) => text.includes(word)));
  };
}

export function byMost<T>(figure: (item: T) => number): (a: T, b: T) => number {
  return (a, b) => figure(b) - figure(a);
}

export function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [text(a), text(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
