import type { PriceBook } from './price-book.ts';

/** Reads the price data and compiles the book, both only now: what a process imports at its start stays small. */
export async function loadPriceBook(): Promise<PriceBook> {
  const { compilePriceBook } = await import('./compile-price-book.ts');
  return compilePriceBook();
}
